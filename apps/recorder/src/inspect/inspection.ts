import { exchangeChunks, parseCassette, type CassetteHeader, type Exchange } from "@eventstream-kit/cassette";
import { payloadFiles } from "@eventstream-kit/cassette/node";
import type { Message } from "@eventstream-kit/codec";
import { headerValue } from "@eventstream-kit/service";
import { callName } from "../call-name.ts";
import { cassetteFailure } from "../cassette-failure.ts";
import { functionFailure } from "../function-failure.ts";
import { otherContent } from "./other-content.ts";
import type { Problem } from "./problem.ts";
import { walkBody } from "./walk-body.ts";

/** Everything `eventstream inspect` knows about a file. */
export interface Inspection {
  readonly file: string;
  readonly format: "cassette" | "event-stream";
  /** Of a cassette. */
  readonly header?: CassetteHeader;
  /** A file of bytes is one stream without a request. */
  readonly streams: readonly InspectedStream[];
}

export interface InspectedStream {
  /** From 1. */
  readonly number: number;
  /** Of a cassette: the rest of what was recorded. */
  readonly exchange?: Exchange;
  readonly body: Uint8Array;
  /** Empty when the body is not an event stream: see `opaque`. */
  readonly frames: readonly InspectedFrame[];
  /** Why the body is not looked into. */
  readonly opaque?: "not_event_stream" | "content_encoding";
  /** How the body came, of a cassette with timing. */
  readonly chunks?: readonly InspectedChunk[];
  readonly warnings: readonly string[];
}

export interface InspectedFrame {
  /** From 1, as in faults: `truncate@frame:2`. */
  readonly number: number;
  /** In the body. */
  readonly offset: number;
  readonly length: number;
  /** Milliseconds from the request to the chunk that completed the frame. */
  readonly at?: number;
  /** What the frame is called: its event, exception or error. */
  readonly name: string;
  readonly kind: "event" | "exception" | "error" | "other" | "damaged";
  readonly message?: Message;
  readonly problem?: Problem;
}

export interface InspectedChunk {
  /** Where it ends in the body. */
  readonly end: number;
  /** Milliseconds from the request. */
  readonly at: number;
  /** Milliseconds since the chunk before it, or the head. */
  readonly gap: number;
  /** The client's back-pressure made the gap. */
  readonly paused: boolean;
}

/** Looks into a file. Throws a RecorderError for a cassette that is none, or says something else than it holds. */
export function inspectFile(file: string, bytes: Uint8Array): Inspection {
  if (!isCassette(bytes)) return { file, format: "event-stream", streams: [inspectStream(1, bytes)] };
  try {
    const { header, exchanges } = parseCassette(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes), {
      readFile: payloadFiles(file),
    });
    const streams = exchanges.map((exchange, index) => {
      const chunks = exchangeChunks(exchange);
      return inspectStream(index + 1, Buffer.concat(chunks), exchange, chunks);
    });
    return { file, format: "cassette", header, streams };
  } catch (cause) {
    throw cassetteFailure(cause, file);
  }
}

/** A frame that began with `{`, or with a byte order mark, would have 2 GB and more. */
function isCassette([first, second, third]: Uint8Array): boolean {
  return first === 0x7b || (first === 0xef && second === 0xbb && third === 0xbf);
}

function inspectStream(
  number: number,
  body: Uint8Array,
  exchange?: Exchange,
  parts: readonly Uint8Array[] = [],
): InspectedStream {
  const chunks = exchange?.timing && chunkTimes(exchange.timing, parts);
  const opaque = exchange && whyOpaque(exchange);
  const frames = opaque === undefined ? inspectedFrames(body, chunks) : [];
  return {
    number,
    body,
    frames,
    warnings: [...contentWarning(frames, body, exchange), ...warningsOf(frames, exchange, opaque !== undefined)],
    ...(exchange ? { exchange } : {}),
    ...(opaque === undefined ? {} : { opaque }),
    ...(chunks ? { chunks } : {}),
  };
}

function whyOpaque({ items }: Exchange): InspectedStream["opaque"] {
  const [first] = items;
  if (first?.kind !== "raw") return undefined;
  return first.why === "not_event_stream" || first.why === "content_encoding" ? first.why : undefined;
}

function chunkTimes(timing: NonNullable<Exchange["timing"]>, parts: readonly Uint8Array[]): InspectedChunk[] {
  let [end, at] = [0, timing.res];
  return timing.chunks.map(({ dt, paused = false }, index) => {
    end += parts[index]!.length;
    at = tenths(at + dt);
    return { end, at, gap: dt, paused };
  });
}

/** Sums of tenths, without the noise of binary fractions. */
export function tenths(ms: number): number {
  return Math.round(ms * 10) / 10;
}

function inspectedFrames(body: Uint8Array, chunks: readonly InspectedChunk[] = []): InspectedFrame[] {
  let chunk = 0;
  return Array.from(walkBody(body), ({ offset, length, message, problem }, index) => {
    while (chunk < chunks.length - 1 && chunks[chunk]!.end < offset + length) chunk++;
    const at = chunks[chunk]?.at;
    return {
      number: index + 1,
      offset,
      length,
      ...(at === undefined ? {} : { at }),
      ...titleOf(message),
      ...(message ? { message } : {}),
      ...(problem ? { problem } : {}),
    };
  });
}

export function titleOf(message: Message | undefined): Pick<InspectedFrame, "kind" | "name"> {
  if (!message) return { kind: "damaged", name: "(damaged)" };
  const kind = textHeader(message, ":message-type");
  if (kind === "event") return { kind, name: textHeader(message, ":event-type") ?? "(unnamed)" };
  if (kind === "exception") return { kind, name: textHeader(message, ":exception-type") ?? "(unnamed)" };
  if (kind === "error") return { kind, name: textHeader(message, ":error-code") ?? "(unnamed)" };
  return { kind: "other", name: textHeader(message, ":event-type") ?? "(no message type)" };
}

export function textHeader({ headers }: Message, name: string): string | undefined {
  const header = headers.get(name);
  return header?.type === "string" ? header.value : undefined;
}

/** Before the details of the damage: that it may be none. */
function contentWarning(frames: readonly InspectedFrame[], body: Uint8Array, exchange: Exchange | undefined): string[] {
  const other = !exchange && frames[0]?.problem ? otherContent(body) : undefined;
  return other === undefined ? [] : [other];
}

function warningsOf(frames: readonly InspectedFrame[], exchange: Exchange | undefined, opaque: boolean): string[] {
  const warnings: string[] = [];
  for (const { number, kind, name, problem } of frames) {
    if (problem) warnings.push(`frame ${number}, byte ${problem.offset}: ${problem.code}: ${problem.message}`);
    if (kind === "exception" || kind === "error") warnings.push(`frame ${number}: the service sent ${name}`);
    if (kind === "other") warnings.push(`frame ${number}: no :message-type of an event stream`);
  }
  const complete = frames.findIndex(({ name }) => name === "InvokeComplete");
  if (complete >= 0 && complete < frames.length - 1) warnings.push("frames follow InvokeComplete, which is the last");
  const failure = complete >= 0 ? functionError(frames[complete]!.message!) : undefined;
  if (failure !== undefined) warnings.push(`the function failed: ${failure}`);
  if (complete < 0 && !opaque && isLambdaStream(frames, exchange))
    warnings.push("the stream ends without InvokeComplete");
  if (exchange && exchange.end.how !== "eof") warnings.push(`the response was cut short: ${exchange.end.how}`);
  return warnings;
}

/** What only Lambda sends, or an answer to what only Lambda understands. */
export function isLambdaStream(frames: readonly InspectedFrame[], exchange: Exchange | undefined): boolean {
  if (!exchange) return frames.some(({ name }) => name === "PayloadChunk" || name === "InvokeComplete");
  const { request, response } = exchange;
  const { op } = callName(request.method, request.path, "");
  const isStream = headerValue(response.headers, "content-type")?.startsWith("application/vnd.amazon.eventstream");
  return op === "lambda:InvokeWithResponseStream" && response.status === 200 && isStream === true;
}

function functionError({ payload }: Message): string | undefined {
  try {
    const { ErrorCode, ErrorDetails } = JSON.parse(new TextDecoder().decode(payload)) as Record<string, unknown>;
    const [code, details] = [ErrorCode, ErrorDetails].map((part) => (typeof part === "string" ? part : ""));
    return functionFailure(code, details).summary || undefined;
  } catch {
    return undefined;
  }
}
