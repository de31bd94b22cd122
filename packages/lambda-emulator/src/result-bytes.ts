// Imports nothing: the process of a zip with a Node.js handler loads this file.
const encoder = new TextEncoder();

/** The JSON document of an ordinary handler's result; `null` when it returned nothing, as in Lambda's Node.js runtime. */
export function resultBytes(value: unknown): Uint8Array<ArrayBuffer> {
  let json: string | undefined;
  try {
    json = JSON.stringify(value === undefined ? null : value);
  } catch (cause) {
    const error = new Error("Unable to stringify response body", { cause });
    error.name = "Runtime.JSONStringifyError";
    throw error;
  }
  return encoder.encode(json ?? "null");
}
