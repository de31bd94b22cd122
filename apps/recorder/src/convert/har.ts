import { STATUS_CODES } from "node:http";
import { exchangeChunks, type Cassette, type Exchange } from "@eventstream-kit/cassette";
import type { HeaderLine } from "@eventstream-kit/service";
import { version } from "../version.ts";
import type { Place } from "./place.ts";

/**
 * A cassette as an HTTP Archive 1.2, for the tools that show one. What HAR has no member for is in members that begin with an
 * underscore, as HAR demands: `_cassette` is the first line, `_chunks` the chunks and their times, `_trailers` the trailers, `_end` how the body ended,
 * `_meta` the `meta` line. Reading it gives the cassette again.
 *
 * @param place where the calls went, which a cassette does not say.
 */
export function harOf({ header, exchanges }: Cassette, place: (exchange: Exchange) => Place): object {
  return {
    log: {
      version: "1.2",
      creator: { name: "eventstream", version: version() },
      entries: exchanges.map((exchange) => entryOf(exchange, place(exchange).origin)),
      _cassette: header,
    },
  };
}

function entryOf(exchange: Exchange, origin: string): object {
  const { timing, trailers, end, meta } = exchange;
  const parts = exchangeChunks(exchange);
  const wait = timing?.res ?? 0;
  const receive = sum((timing?.chunks ?? []).map(({ dt }) => dt));
  return {
    startedDateTime: startOf(meta?.["recordedAt"]),
    time: sum([wait, receive]),
    request: requestOf(exchange, origin),
    response: responseOf(exchange, Buffer.concat(parts)),
    cache: {},
    timings: { send: 0, wait, receive },
    ...(timing ? { _chunks: parts.map((bytes, index) => chunkOf(bytes, timing.chunks[index]!)) } : {}),
    ...(trailers ? { _trailers: trailers.map(namedValue) } : {}),
    _end: end.how,
    ...(meta ? { _meta: meta } : {}),
  };
}

function chunkOf(bytes: Uint8Array, { dt, paused }: NonNullable<Exchange["timing"]>["chunks"][number]): object {
  return { ms: dt, bytes: bytes.length, ...(paused ? { paused } : {}) };
}

function requestOf({ request, meta }: Exchange, origin: string): object {
  const { method, path, headers, body } = request;
  const url = new URL(origin + path);
  return {
    method,
    url: origin + path,
    httpVersion: httpVersionOf(meta?.["http"]),
    cookies: [],
    headers: headers.map(namedValue),
    queryString: [...url.searchParams].map(namedValue),
    ...(body.length === 0 ? {} : { postData: postDataOf(headers, body) }),
    headersSize: -1,
    bodySize: body.length,
  };
}

function postDataOf(headers: readonly HeaderLine[], body: Uint8Array): object {
  const mimeType = headers.find(([name]) => name === "content-type")?.[1] ?? "application/octet-stream";
  const text = utf8Of(body);
  // HAR 1.2 knows no encoding of what was sent.
  return text === undefined ? { mimeType, text: base64Of(body), _encoding: "base64" } : { mimeType, text };
}

function responseOf({ response, meta }: Exchange, body: Uint8Array): object {
  const mimeType = response.headers.find(([name]) => name === "content-type")?.[1] ?? "application/octet-stream";
  const isStream = mimeType.startsWith("application/vnd.amazon.eventstream");
  const text = isStream ? undefined : utf8Of(body);
  return {
    status: response.status,
    statusText: STATUS_CODES[response.status] ?? "",
    httpVersion: httpVersionOf(meta?.["http"]),
    cookies: [],
    headers: response.headers.map(namedValue),
    content: {
      size: body.length,
      mimeType,
      ...(text === undefined ? { text: base64Of(body), encoding: "base64" } : { text }),
    },
    redirectURL: "",
    headersSize: -1,
    bodySize: body.length,
  };
}

function namedValue([name, value]: readonly [string, string]): object {
  return { name, value };
}

function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}

/** Undefined for bytes that text would not give back, and for text that a reader could take for bytes. */
function utf8Of(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** HAR demands a date; a cassette without one says none. */
function startOf(recordedAt: unknown): string {
  const date = new Date(typeof recordedAt === "string" ? recordedAt : 0);
  return Number.isNaN(date.getTime()) ? new Date(0).toISOString() : date.toISOString();
}

function httpVersionOf(http: unknown): string {
  return typeof http === "string" ? `HTTP/${http}` : "HTTP/1.1";
}

/** Of tenths, without the noise of binary fractions. */
function sum(numbers: readonly number[]): number {
  return Math.round(numbers.reduce((total, number) => total + number, 0) * 10) / 10;
}
