import { isBytes } from "@eventstream-kit/service";
import { MockHandlersError } from "./errors.ts";

const chunk = 0x8000;

/**
 * A structure in SDK terms as the JSON document of AWS's JSON protocols: blobs are base64, a `Date` is seconds since
 * the epoch (the default timestamp format of restJson1 and awsJson1), and the numbers JSON lacks are strings. Member
 * names are kept as they are: a model that renames members in JSON needs `event()`.
 *
 * @throws MockHandlersError `item_value` for what has no form in JSON.
 */
export function eventJson(name: string, value: object): string {
  try {
    return JSON.stringify(value, function (this: Record<string, unknown>, key) {
      // `this[key]`, because a Date has already become text in the second argument.
      return documentValue(this[key]);
    });
  } catch (cause) {
    if (cause instanceof MockHandlersError) throw cause;
    throw new MockHandlersError("item_value", `The event ${name} could not be written as JSON: ${String(cause)}`, {
      cause,
    });
  }
}

function documentValue(value: unknown): unknown {
  if (isBytes(value)) return base64(value);
  if (value instanceof Date) return value.getTime() / 1000;
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  if (typeof value === "bigint") {
    if (Number.isSafeInteger(Number(value))) return Number(value);
    throw new MockHandlersError(
      "item_value",
      `An event has the integer ${String(value)}; expected at most 53 bits, or the JSON text with event(name, { text })`,
    );
  }
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
    throw new MockHandlersError("item_value", `An event has a ${value.constructor.name}; expected a Uint8Array`);
  }
  return value;
}

function base64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += chunk) text += String.fromCharCode(...bytes.subarray(at, at + chunk));
  return btoa(text);
}
