/**
 * What the compiler has to accept and to refuse. Nothing here runs: `npm run check:static -- types` compiles it against
 * the sources, and `npm run test:consumers` against the packed package with every TypeScript that users may have.
 */
import type {
  DecodeErrorCode,
  encodedLength,
  EventStreamErrorCode,
  FrameSplitter,
  HeaderInput,
  HeaderValue,
  LastItem,
  Message,
  messageFromJson,
  MessageJson,
  messageToJson,
  StreamEvent,
  StreamSource,
} from "@eventstream-kit/codec";
import {
  byte,
  crc32,
  decodeEvents,
  decodeMessage,
  decodeStream,
  encodeError,
  encodeEvent,
  encodeException,
  encodeInto,
  encodeMessage,
  encodeMessages,
  encodeParts,
  EventStreamError,
  EventStreamException,
  int32,
  long,
  MessageDecoder,
  MessageDecoderStream,
  MessageEncoderStream,
  MessageHeaders,
  timestampToDate,
} from "@eventstream-kit/codec";
import type { crc32 as crc32Alone } from "@eventstream-kit/codec/crc32";
import { LambdaStreamError, readLambdaStream } from "@eventstream-kit/codec/lambda";
import { EventSigner, requestSignature, signEvents, verifyEvents } from "@eventstream-kit/codec/signing";

// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- two types are the same when no T tells them apart
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
/** Fails to compile unless both types are the same. */
declare function same<A, B>(value: Same<A, B>): void;
declare const bytes: Uint8Array;
declare const message: Message;

// An encoder's bytes are in memory of their own, which is what bodies take.
same<ReturnType<typeof encodeMessage>, Uint8Array<ArrayBuffer>>(true);
export const bodies = [
  new Response(encodeMessage({ payload: "text" })),
  new Response(encodeEvent({ event: "chunk", json: { text: "Hello" } })),
  new Response(encodeException({ exception: "ThrottlingException" })),
  new Response(encodeError({ error: "InternalError", message: "Oh" })),
  new Blob([encodeMessage({})]),
];
// So are those of a batch, and the parts of a message of which the payload is.
same<ReturnType<typeof encodeMessages>, Uint8Array<ArrayBuffer>>(true);
export const more = [
  new Response(encodeMessages([{ payload: "text" }, message])),
  new Blob([...encodeParts({ payload: "text" })]),
  new Blob([...encodeParts({ headers: { a: true }, payload: new Uint8Array(5) })]),
  new Blob([...encodeParts({})]),
];
export const [head, payload, trailer] = encodeParts(message);
same<typeof payload, Uint8Array>(true);
// @ts-expect-error -- a payload is bytes or text
encodeParts({ payload: 5 });
same<ReturnType<typeof encodeInto>, number>(true);
same<ReturnType<typeof encodedLength>, number>(true);
encodeInto(message, bytes, 5, { limits: "wire" });
// @ts-expect-error -- bytes to write into
encodeInto(message, 5);
// @ts-expect-error -- one message is no list of them
encodeMessages(message);
// @ts-expect-error -- bytes are no message
encodeMessage(bytes);
// @ts-expect-error -- neither are headers
encodeMessage(message.headers);
// @ts-expect-error -- no event without a name
encodeEvent({ json: 1 });
// @ts-expect-error -- an error has a message
encodeError({ error: "InternalError" });
// @ts-expect-error -- a payload is bytes or text
encodeMessage({ payload: 5 });
// @ts-expect-error -- limits have two names
encodeMessage({}, { limits: "none" });

// Headers: in any form, but a number must say how wide it is.
encodeMessage({
  headers: { a: "text", b: true, c: 1n, d: new Date(0), e: bytes, f: byte(1), g: int32(1), h: long(1) },
});
encodeMessage({ headers: new Map<string, HeaderInput>([["a", "text"]]) });
encodeMessage({ headers: [["a", { type: "long", value: 1 }]] });
encodeMessage(message);
// @ts-expect-error -- 5 could be a byte, a short, an integer or a long
encodeMessage({ headers: { n: 5 } });
// @ts-expect-error -- no such type
encodeMessage({ headers: { n: { type: "float", value: 5 } } });
// @ts-expect-error -- a long is a bigint or a safe integer
encodeMessage({ headers: { n: { type: "long", value: "5" } } });
// @ts-expect-error -- nothing is sent for null
encodeMessage({ headers: { n: null } });
// @ts-expect-error -- 64 bits do not fit
int32(1n);
// @ts-expect-error -- milliseconds on the wire are a bigint
timestampToDate(5);

same<InstanceType<typeof MessageHeaders>, MessageHeaders>(true);
encodeMessage({ headers: new MessageHeaders({ a: "text" }) });
// @ts-expect-error -- 5 could be a byte, a short, an integer or a long
export const unclear = new MessageHeaders({ n: 5 });

// Messages can only be read.
same<(typeof message)["headers"], MessageHeaders>(true);
same<ReturnType<MessageHeaders["get"]>, HeaderValue | undefined>(true);
export const map: ReadonlyMap<string, HeaderValue> = message.headers;
// @ts-expect-error -- no mutators
message.headers.set("a", { type: "boolean", value: true });
// @ts-expect-error -- read-only
message.payload = bytes;
const header = message.headers.get("a");
if (header?.type === "uuid") same<typeof header.value, string>(true);
if (header?.type === "timestamp") same<typeof header.value, bigint>(true);
if (header?.type === "short") same<typeof header.value, number>(true);
if (header?.type === "binary") same<typeof header.value, Uint8Array>(true);
// @ts-expect-error -- the types of headers are a closed list
if (header?.type === "float") throw new Error("Never");

// Decoders.
same<ReturnType<typeof decodeMessage>, Message>(true);
decodeMessage(bytes, { role: "service", maxMessageBytes: 1024, payload: "view" });
// @ts-expect-error -- bytes
decodeMessage("text");
// @ts-expect-error -- two roles
decodeMessage(bytes, { role: "server" });
// @ts-expect-error -- no such option
decodeMessage(bytes, { lenient: true });
export function all(chunks: Iterable<Uint8Array>): Message[] {
  const decoder = new MessageDecoder();
  const messages: Message[] = [];
  for (const chunk of chunks) messages.push(...decoder.push(chunk));
  decoder.finish();
  return messages;
}
same<ReturnType<FrameSplitter["push"]>, Iterable<Uint8Array<ArrayBuffer>>>(true);
same<ReturnType<typeof crc32>, number>(true);
same<typeof crc32, typeof crc32Alone>(true);
// @ts-expect-error -- a seed is a number
crc32(bytes, 0n);

// Every source of bytes.
export async function sources(response: Response, stream: ReadableStream<Uint8Array>, signal: AbortSignal) {
  const chunks: readonly StreamSource[] = [response, stream, bytes, [bytes], (async function* () {})()];
  for (const source of chunks)
    for await (const found of decodeStream(source, { signal })) same<typeof found, Message>(true);
  const piped: ReadableStream<Message> = new Response(bytes.slice()).body!.pipeThrough(new MessageDecoderStream());
  const frames: ReadableStream<Uint8Array<ArrayBuffer>> = piped.pipeThrough(new MessageEncoderStream());
  // @ts-expect-error -- a chunk of a stream is bytes
  decodeStream(["text"]);
  // @ts-expect-error -- a promise of a response: it was not awaited
  decodeStream(Promise.resolve(response));
  return frames;
}

// Events.
export async function events(response: Response): Promise<string[]> {
  const texts: string[] = [];
  for await (const event of decodeEvents(response)) {
    same<typeof event, StreamEvent>(true);
    texts.push(event.text(), event.json<{ text: string }>().text);
    // @ts-expect-error -- what JSON holds is unknown until somebody says so
    texts.push(event.json().text);
  }
  for await (const event of decodeEvents(response, { events: ["chunk", "done"] })) {
    if (event.kind === "event") same<typeof event.name, "chunk" | "done">(true);
    else same<typeof event.kind, "unknown">(true);
    // @ts-expect-error -- an event of that name was not asked for
    if (event.kind === "event" && event.name === "chunks") texts.push("typo");
    // @ts-expect-error -- exceptions are thrown
    if (event.kind === "exception") texts.push("never");
  }
  for await (const item of decodeEvents(response, { exceptions: "yield" })) {
    same<typeof item, StreamEvent | LastItem>(true);
    if (item.kind === "exception" || item.kind === "error") same<typeof item, LastItem>(true);
  }
  // @ts-expect-error -- thrown or yielded
  decodeEvents(response, { exceptions: "ignore" });
  return texts;
}

// Errors: one class, a closed list of codes.
export function explain(error: unknown): string {
  if (error instanceof EventStreamException) {
    same<typeof error.code, "exception" | "error">(true);
    return error.name;
  }
  if (error instanceof LambdaStreamError) {
    same<typeof error.code, "function_error" | "missing_complete" | "after_complete" | "interrupted">(true);
    return error.errorCode ?? "";
  }
  if (!(error instanceof EventStreamError)) throw error;
  same<typeof error.code, EventStreamErrorCode>(true);
  // @ts-expect-error -- no such code
  if (error.code === "crc") return "never";
  const code: DecodeErrorCode | undefined = error.code === "truncated" ? error.code : undefined;
  return code ?? error.message;
}

// JSON notation.
same<ReturnType<typeof messageToJson>, MessageJson>(true);
same<ReturnType<typeof messageFromJson>, Message>(true);
export const line: MessageJson = { k: "frame", event: "chunk", ct: "text/plain", text: "Hello" };
// @ts-expect-error -- either event and ct, or headers
export const both: MessageJson = { k: "frame", event: "chunk", ct: "text/plain", headers: [] };

// Lambda: what the SDK returns, as far as it is used.
export async function lambda(output: { EventStream?: AsyncIterable<{ PayloadChunk?: { Payload?: Uint8Array } }> }) {
  const stream = readLambdaStream(output, { keepBytes: 1024 });
  same<typeof stream.logResult, string | undefined>(true);
  for await (const chunk of stream) same<typeof chunk, Uint8Array>(true);
  // @ts-expect-error -- the command was not sent
  readLambdaStream({ FunctionName: "story" });
  return readLambdaStream(output).json<{ answer: number }>();
}

// Signing.
export async function sign(authorization: string): Promise<Uint8Array<ArrayBuffer>> {
  const options = {
    credentials: () => Promise.resolve({ secretAccessKey: "secret" }),
    region: "us-east-1",
    service: "transcribe",
    priorSignature: requestSignature(authorization),
  };
  for await (const event of verifyEvents(signEvents([{ payload: "audio" }], options), options)) {
    same<typeof event, Message>(true);
  }
  // @ts-expect-error -- a chain begins somewhere
  signEvents([], { credentials: options.credentials, region: "us-east-1", service: "transcribe" });
  return new EventSigner(options).sign({ payload: "audio" });
}
