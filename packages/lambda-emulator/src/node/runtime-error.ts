import { Buffer } from "node:buffer";
import type { Outcome } from "../invocation.ts";

/** Error types that the sandbox takes from the header of an error report. */
const reportedType = /^(?:Runtime|Function)\.[A-Z][a-zA-Z]+$/;

/**
 * An error that a runtime posted to one of the error endpoints. Its JSON reaches the caller as it is; the type is the one
 * it names itself, else that of the header `Lambda-Runtime-Function-Error-Type`, else `Runtime.Unknown`.
 */
export function reportedError(body: Uint8Array, header: string | undefined): Outcome {
  const json = new TextDecoder().decode(body);
  const fallback = header !== undefined && reportedType.test(header) ? header : "Runtime.Unknown";
  const { errorType = fallback, errorMessage, trace } = membersOf(json);
  if (json !== "") return { kind: "error", errorType, errorMessage, trace, json };
  return { kind: "error", errorType, errorMessage, trace, json: JSON.stringify({ errorType, errorMessage }) };
}

/**
 * The error in the trailers of a streaming response. `undefined` when there is none, `"malformed"` when there is one that
 * cannot be read.
 *
 * @param type `Lambda-Runtime-Function-Error-Type`
 * @param body `Lambda-Runtime-Function-Error-Body`: base64 of JSON
 */
export function trailerError(type: string | undefined, body: string | undefined): Outcome | "malformed" | undefined {
  if (type === undefined && body === undefined) return undefined;
  const json = body === undefined ? undefined : jsonOfBase64(body);
  if (type === undefined || type === "" || json === undefined) return "malformed";
  const { errorMessage, trace } = membersOf(json);
  return { kind: "error", errorType: type, errorMessage, trace, json };
}

function jsonOfBase64(text: string): string | undefined {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  try {
    const json = new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(text, "base64"));
    JSON.parse(json);
    return json;
  } catch {
    return undefined;
  }
}

interface ErrorMembers {
  readonly errorType?: string;
  readonly errorMessage: string;
  readonly trace: readonly string[];
}

/** Node.js calls the lines `trace`, others `stackTrace`. */
function membersOf(json: string): ErrorMembers {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return { errorMessage: "", trace: [] };
  }
  const { errorType, errorMessage, trace, stackTrace } = Object(value) as Record<string, unknown>;
  const lines = [trace, stackTrace].find((found) => Array.isArray(found)) ?? [];
  return {
    ...(typeof errorType === "string" && errorType !== "" ? { errorType } : {}),
    errorMessage: typeof errorMessage === "string" ? errorMessage : "",
    // Of what is no text, some cannot even be made text.
    trace: (lines as readonly unknown[]).filter((line) => typeof line === "string"),
  };
}
