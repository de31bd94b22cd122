import type { CassetteHeader, End } from "@eventstream-kit/cassette";
import type { HeaderLine } from "@eventstream-kit/service";
import { messageOf } from "../errors.ts";
import { base64Bytes, type ImportedCall, type ReadCall } from "./imported.ts";
import { latinBytes } from "./latin-bytes.ts";
import { malformed } from "./source.ts";

// HTTP Archive 1.2 (http://www.softwareishard.com/blog/har-12-spec/). Members that begin with an underscore are ours.

type Members = Readonly<Record<string, unknown>>;

export interface HarImport {
  /** Of a HAR that `convert --to har` wrote. */
  readonly header: CassetteHeader | undefined;
  readonly calls: readonly ReadCall[];
}

/** The calls of a HAR, in their order. Throws `integrity` for what is none. What is wrong with a call is found when it is read. */
export function callsOfHar(text: string): HarImport {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\ufeff/, ""));
  } catch (cause) {
    throw malformed("HAR", `it is not JSON: ${messageOf(cause)}`, cause);
  }
  const log = membersOf(membersOf(value, "the file")["log"], "log");
  const { entries } = log;
  if (!Array.isArray(entries)) throw malformed("HAR", "log.entries is no list");
  const header = log["_cassette"] as CassetteHeader | undefined;
  return { header, calls: entries.map((entry, index) => () => callOf(entry, `log.entries[${index}]`)) };
}

function callOf(value: unknown, at: string): ImportedCall {
  const entry = membersOf(value, at);
  const request = membersOf(entry["request"], `${at}.request`);
  const response = membersOf(entry["response"], `${at}.response`);
  const content = membersOf(response["content"] ?? {}, `${at}.response.content`);
  const wasCassette = typeof entry["_end"] === "string";
  const { wait, receive } = membersOf(entry["timings"] ?? {}, `${at}.timings`);
  const body = bodyOf(content, content["encoding"], `${at}.response.content`);
  return {
    method: textOf(request["method"], `${at}.request.method`),
    target: textOf(request["url"], `${at}.request.url`),
    requestHeaders: headersOf(request["headers"], `${at}.request.headers`),
    requestBody: requestBodyOf(request, at),
    status: typeof response["status"] === "number" ? response["status"] : 0,
    responseHeaders: headersOf(response["headers"], `${at}.response.headers`).filter(
      // What a HAR holds is decoded, whatever the wire had.
      ([name]) => wasCassette || !/^(content-encoding|transfer-encoding)$/i.test(name),
    ),
    body,
    ...(typeof entry["startedDateTime"] === "string" ? { recordedAt: entry["startedDateTime"] } : {}),
    head: milliseconds(wait),
    ...(wasCassette ? ownFacts(entry, at) : { chunks: [{ ms: milliseconds(receive), bytes: body.length }] }),
  };
}

/** What `convert --to har` wrote. */
function ownFacts(entry: Members, at: string): Partial<ImportedCall> {
  const { _end: how, _meta: meta, _chunks: chunks, _trailers: trailers } = entry;
  if (!isHow(how)) throw malformed("HAR", `${at}._end is ${JSON.stringify(how)}`);
  return {
    wasCassette: true,
    how,
    ...(meta === undefined ? {} : { meta: membersOf(meta, `${at}._meta`) }),
    ...(trailers === undefined ? {} : { trailers: headersOf(trailers, `${at}._trailers`) }),
    ...(chunks === undefined ? {} : { chunks: chunksOf(chunks, `${at}._chunks`) }),
  };
}

const hows: readonly unknown[] = ["eof", "reset", "timeout", "client-abort", "limit"] satisfies End["how"][];

function isHow(value: unknown): value is End["how"] {
  return hows.includes(value);
}

function chunksOf(value: unknown, at: string): NonNullable<ImportedCall["chunks"]> {
  if (!Array.isArray(value)) throw malformed("HAR", `${at} is no list`);
  return value.map((entry, index) => {
    const { ms, bytes, paused } = membersOf(entry, `${at}[${index}]`);
    if (typeof ms === "number" && ms >= 0 && Number.isInteger(bytes)) {
      return { ms, bytes: bytes as number, paused: paused === true };
    }
    throw malformed("HAR", `${at}[${index}] has no ms and bytes`);
  });
}

function requestBodyOf(request: Members, at: string): Uint8Array {
  const { postData } = request;
  if (postData === undefined) return new Uint8Array();
  const data = membersOf(postData, `${at}.request.postData`);
  // HAR 1.2 has no encoding here; a draft of 1.3 has, and so have we.
  return bodyOf(data, data["encoding"] ?? data["_encoding"], `${at}.request.postData`);
}

function bodyOf({ text, size }: Members, encoding: unknown, at: string): Uint8Array {
  if (text === undefined && typeof size === "number" && size > 0) {
    // As browsers do without being asked for bodies, and Playwright when it has them in files.
    throw malformed("HAR", `${at} has a size of ${size}, and no text: it was saved without bodies`);
  }
  if (text === undefined || text === "") return new Uint8Array();
  const given = textOf(text, `${at}.text`);
  if (encoding !== "base64") return latinBytes(given);
  const bytes = base64Bytes(given);
  if (bytes === undefined) throw malformed("HAR", `${at}.text is no base64`);
  return bytes;
}

function headersOf(value: unknown, at: string): HeaderLine[] {
  if (!Array.isArray(value)) throw malformed("HAR", `${at} is no list`);
  return value.map((entry, index): HeaderLine => {
    const { name, value: text } = membersOf(entry, `${at}[${index}]`);
    return [textOf(name, `${at}[${index}].name`), textOf(text, `${at}[${index}].value`)];
  });
}

function membersOf(value: unknown, at: string): Members {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Members;
  throw malformed("HAR", `${at} is no object`);
}

function textOf(value: unknown, at: string): string {
  if (typeof value === "string") return value;
  throw malformed("HAR", `${at} is no string`);
}

/** -1 says that nobody knows. */
function milliseconds(value: unknown): number {
  return typeof value === "number" && value > 0 ? value : 0;
}
