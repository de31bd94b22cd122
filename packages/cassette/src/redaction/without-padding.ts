import type { Item } from "../cassette.ts";
import type { RedactionCounts } from "./redactor.ts";

/** Bedrock cuts the padding off this text, at a random length. */
const alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/**
 * An event of Bedrock with empty padding: `{"delta":{"text":"Hi"},"p":"abcdefg"}` becomes `{"delta":{"text":"Hi"},"p":""}`. The
 * same item for all others.
 */
export function withoutPadding(item: Item, counts: RedactionCounts): Item {
  if (item.kind === "raw") return item;
  const text = new TextDecoder().decode(item.message.payload);
  const padding = /"p":"([A-Za-z0-9]+)"\}?/.exec(text)?.[1];
  if (padding === undefined || !alphabet.startsWith(padding)) return item;
  const value = objectOf(text);
  if (value?.["p"] !== padding) return item;
  counts.set("bedrock-padding", (counts.get("bedrock-padding") ?? 0) + 1);
  const payload = new TextEncoder().encode(JSON.stringify({ ...value, p: "" }));
  return { kind: "frame", message: { headers: item.message.headers, payload } };
}

/** An object whose one notation is this text. */
function objectOf(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject && JSON.stringify(value) === text ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
