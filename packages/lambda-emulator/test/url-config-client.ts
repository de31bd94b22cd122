import { createLambda } from "../src/index.ts";

export const echo = { handler: () => "ok", versions: { 1: () => "one" }, aliases: { live: 1, next: "$LATEST" } };
export const url = "/2021-10-31/functions/echo/url";
export const list = "/2021-10-31/functions/echo/urls";

/** How the service recites the constraints on the items of a list. */
export function items(max: number, min: number): string {
  return `Member must satisfy constraint: [Member must have length less than or equal to ${max}, Member must have length greater than or equal to ${min}, Member must satisfy regular expression pattern: .*, Member must not be null]`;
}

export function lambda(options: { now?: () => number; random?: () => number } = {}) {
  return createLambda({ functions: { echo, other: () => "other" }, ...options });
}
