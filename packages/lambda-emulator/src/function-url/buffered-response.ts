import { Buffer } from "node:buffer";
import { hasAnswered } from "../function-error.ts";
import type { RunningInvocation } from "../invocation.ts";
import { readBuffered } from "../read-buffered.ts";
import { nestsTooDeep } from "./json-depth.ts";
import { PreludeSplitter, preludeContentType } from "./prelude.ts";
import type { ResponseHead } from "./response-head.ts";
import { preludeHead, resultHead } from "./response-head.ts";
import { internalServerError } from "./url-response.ts";
import type { UrlResponse } from "./url-response.ts";

/**
 * The answer of a `BUFFERED` URL: waits for the function's end.
 *
 * @param mostBytes of the function's whole response; more is answered like a function error
 */
export async function bufferedResponse(running: RunningInvocation, mostBytes: number): Promise<UrlResponse> {
  const { streaming, contentType, payload, failure } = await readBuffered(running, mostBytes);
  if (failure && !hasAnswered(failure, streaming)) return internalServerError;
  if (!streaming) return ofResult(payload);
  if (payload.length === 0) return json("");
  if (contentType === preludeContentType) return ofPrelude(payload);
  return { status: 200, contentType: "application/octet-stream", lines: [], body: payload };
}

/** A stream with a prelude: the head counts, and the body is lost. */
function ofPrelude(payload: Uint8Array): UrlResponse {
  const outcome = new PreludeSplitter().push(payload);
  if (outcome?.kind !== "prelude") return internalServerError;
  return withHead(preludeHead(outcome.value), Buffer.alloc(0));
}

/** What an ordinary handler returned: a response when it has a `statusCode`, else the body of one. */
function ofResult(payload: Uint8Array): UrlResponse {
  const value = parsedJson(new TextDecoder().decode(payload));
  if (value === undefined) return internalServerError;
  if (typeof value === "string") return json(value);
  if (!hasStatusCode(value)) return json(jsonText(value));
  return withHead(resultHead(value), bodyOf(value));
}

/** `undefined` for what is not JSON, or nests too deep: a runtime other than ours may answer anything. */
export function parsedJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return nestsTooDeep(value) ? undefined : value;
  } catch {
    return undefined;
  }
}

/** True for a result that chooses its response itself. */
export function hasStatusCode(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && Object.hasOwn(value, "statusCode");
}

function bodyOf({ body, isBase64Encoded }: Readonly<Record<string, unknown>>): Uint8Array {
  if (body === undefined || body === null) return Buffer.alloc(0);
  if (typeof body !== "string") return Buffer.from(jsonText(body));
  // Damaged base64 is decoded as far as it goes: invalid characters are skipped, `-` counts as `+`.
  return Buffer.from(body, isBase64Encoded === true ? "base64" : "utf8");
}

function withHead(head: ResponseHead | undefined, body: Uint8Array): UrlResponse {
  return head ? { ...head, contentType: head.contentType ?? "application/json", body } : internalServerError;
}

function json(text: string): UrlResponse {
  return { status: 200, contentType: "application/json", lines: [], body: Buffer.from(text) };
}

/** JSON as the service writes it again: compact, and a slash is escaped. (Its order of members is not kept; ours is.) */
function jsonText(value: unknown): string {
  return JSON.stringify(value).replaceAll("/", String.raw`\/`);
}
