import type { Message } from "@eventstream-kit/codec";
import type { SmithyMessage } from "./smithy.ts";

/*
 * What a consumer does with a message: asks for every header by its name, looks at its value, and at both ends of the
 * payload. So a codec that puts work off until it is asked for has to do it here.
 */

export function readOurs({ headers, payload }: Message, names: readonly string[]): number {
  let sum = payload.length + (payload.length > 0 ? payload[0]! + payload[payload.length - 1]! : 0);
  for (let i = 0; i < names.length; i++) sum += weight(headers.get(names[i]!)!.value);
  return sum;
}

export function readSmithy({ headers, body }: SmithyMessage, names: readonly string[]): number {
  let sum = body.length + (body.length > 0 ? body[0]! + body[body.length - 1]! : 0);
  for (let i = 0; i < names.length; i++) sum += weight(headers[names[i]!]!.value);
  return sum;
}

/** Something of the value that cannot be known without it. */
function weight(value: unknown): number {
  if (typeof value === "string") return value.length + value.charCodeAt(0);
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value === "bigint") return value > 0n ? 1 : 0;
  return value instanceof Uint8Array ? value[0]! : Number(value) > 0 ? 1 : 0;
}
