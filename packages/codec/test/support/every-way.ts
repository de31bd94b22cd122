import type { DecodeErrorCode, DecodeOptions, Message } from "@eventstream-kit/codec";
import { decodeMessage, encodeMessage, EventStreamError, FrameSplitter, MessageDecoder } from "@eventstream-kit/codec";
import { expect } from "vitest";
import { concat, cut, embed, hex } from "./bytes.ts";
import { plain } from "./plain.ts";
import type { PlainMessage } from "./plain.ts";
import { thrownBy } from "./thrown.ts";

/** Some other message, to stand before and after the one under test: `{ n: byte 7 }`, payload "neighbour". */
const neighbour = hex("0000001d00000004fa3f4843016e02076e65696768626f75722483cb6f");
const neighbourPlain: PlainMessage = { headers: [["n", "byte", 7]], payload: "6e65696768626f7572" };

/** What came out of a stream, and how it ended. */
export interface Outcome {
  readonly messages: readonly PlainMessage[];
  readonly error?: EventStreamError;
}

/** Runs chunks through a decoder; each chunk is overwritten once it has been pushed. */
export function decodeChunks(chunks: Iterable<Uint8Array>, options?: DecodeOptions): Outcome {
  const decoder = new MessageDecoder(options);
  const messages: Message[] = [];
  try {
    for (const chunk of chunks) {
      const own = chunk.slice();
      const batch = decoder.push(own);
      own.fill(0xff);
      for (const message of batch) messages.push(message);
    }
    decoder.finish();
  } catch (error) {
    expect(error).toBeInstanceOf(EventStreamError);
    for (const again of [() => decoder.push(neighbour), () => decoder.push(new Uint8Array()), () => decoder.finish()]) {
      expect(thrownBy(again), "the decoder throws the same error from now on").toBe(error);
    }
    return { messages: messages.map(plain), error: error as EventStreamError };
  }
  return { messages: messages.map(plain) };
}

/** The same as `decodeChunks`, by a splitter and then one message at a time. */
function splitThenDecode(chunks: Iterable<Uint8Array>, options?: DecodeOptions): Outcome {
  const splitter = new FrameSplitter(options);
  const messages: PlainMessage[] = [];
  try {
    for (const chunk of chunks) {
      const own = chunk.slice();
      const batch = splitter.push(own);
      own.fill(0xff);
      for (const frame of batch) messages.push(plain(decodeMessage(frame, options)));
    }
    splitter.finish();
  } catch (error) {
    expect(error).toBeInstanceOf(EventStreamError);
    return { messages, error: error as EventStreamError };
  }
  return { messages };
}

/** Ways to cut a stream. Every one must give the same outcome. */
function* cuttings(bytes: Uint8Array): Generator<readonly Uint8Array[]> {
  yield [bytes];
  yield [embed(bytes)];
  yield Array.from(bytes, (_, i) => bytes.subarray(i, i + 1));
  yield Array.from(bytes, (_, i) => [new Uint8Array(), bytes.subarray(i, i + 1)]).flat();
  const edges = [1, 3, 4, 8, 11, 12, 13, bytes.length - 5, bytes.length - 4, bytes.length - 1];
  for (const edge of edges) if (edge > 0 && edge < bytes.length) yield cut(bytes, edge);
}

function streamOutcomes(stream: Uint8Array, options?: DecodeOptions): Outcome[] {
  return [...cuttings(stream)].flatMap((chunks) => [
    decodeChunks(chunks, options),
    decodeChunks(chunks, { ...options, payload: "copy" }),
    splitThenDecode(chunks, options),
  ]);
}

/**
 * Decodes a valid frame in every way there is: alone, after and before another message, in one chunk, byte by byte and
 * cut at every edge, whole and split first; and encodes the result back to the same bytes.
 *
 * @returns The message, as plain data.
 */
export function decodeEveryWay(bytes: Uint8Array, options?: DecodeOptions): PlainMessage {
  const message = decodeMessage(bytes, options);
  const expected = plain(message);
  expect(plain(decodeMessage(embed(bytes), options))).toEqual(expected);
  expect(plain(decodeMessage(bytes, { ...options, payload: "view" }))).toEqual(expected);
  for (const outcome of streamOutcomes(bytes, options)) expect(outcome).toEqual({ messages: [expected] });
  for (const outcome of streamOutcomes(concat(neighbour, bytes, neighbour), options)) {
    expect(outcome).toEqual({ messages: [neighbourPlain, expected, neighbourPlain] });
  }
  expect(encodeMessage(message, { limits: "wire" })).toEqual(new Uint8Array(bytes));
  return expected;
}

/**
 * Has a frame refused in every way there is, each time with this code, after the good message before it and never with
 * anything of or after the bad one.
 *
 * @returns The error of `decodeMessage`.
 */
export function refuseEveryWay(bytes: Uint8Array, code: DecodeErrorCode, options?: DecodeOptions): EventStreamError {
  const error = refuseWhole(bytes, code, options);
  for (const outcome of streamOutcomes(concat(bytes, neighbour), options)) {
    expect(outcome).toMatchObject({ messages: [], error: { code } });
  }
  for (const outcome of streamOutcomes(concat(neighbour, bytes, neighbour), options)) {
    expect(outcome).toMatchObject({ messages: [neighbourPlain], error: { code } });
  }
  for (const { error: shifted } of streamOutcomes(concat(neighbour, bytes), options).filter((_, i) => i % 3 < 2)) {
    expect(shifted).toMatchObject({ offset: neighbour.length + error.offset!, messageIndex: 1 });
  }
  return error;
}

/** What `decodeMessage` throws for these bytes. */
export function refuseWhole(bytes: Uint8Array, code: DecodeErrorCode, options?: DecodeOptions): EventStreamError {
  for (const input of [embed(bytes), bytes]) {
    try {
      decodeMessage(input, options);
    } catch (error) {
      expect(error).toBeInstanceOf(EventStreamError);
      expect(error).toMatchObject({ code });
      if (input === bytes) return error as EventStreamError;
    }
  }
  throw new Error(`The bytes were accepted, expected ${code}`);
}

/**
 * Has the first twelve bytes refused by themselves: byte by byte it is the twelfth that fails, with nothing more to come,
 * and behind a message in the same chunk, too.
 *
 * @returns The last error.
 */
export function refuseAtByte12(bytes: Uint8Array, code: DecodeErrorCode, options?: DecodeOptions): unknown {
  let error: unknown;
  for (const stream of [new MessageDecoder(options), new FrameSplitter(options)]) {
    for (let i = 0; i < 11; i++) expect([...stream.push(bytes.slice(i, i + 1))]).toEqual([]);
    const batch = stream.push(bytes.slice(11, 12));
    expect(thrownBy(() => [...batch])).toMatchObject({ code });
    stream.reset();
    const [good, behind] = takeUntilError(stream.push(concat(neighbour, bytes.slice(0, 12))));
    expect(good).toBe(1);
    expect(behind).toMatchObject({ code, messageIndex: 1 });
    stream.reset();
    const whole = stream.push(bytes.slice(0, 12));
    error = thrownBy(() => [...whole]);
    expect(error).toMatchObject({ code });
  }
  return error;
}

/** How many items came, and the error after them. */
function takeUntilError(items: Iterable<unknown>): readonly [number, unknown] {
  let count = 0;
  const error = thrownBy(() => {
    for (const _ of items) count += 1;
  });
  return [count, error];
}
