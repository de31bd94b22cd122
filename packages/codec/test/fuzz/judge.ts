import assert from "node:assert/strict";
import type { DecodeErrorCode } from "@eventstream-kit/codec";
import {
  decodeMessage,
  encodeMessage,
  EventStreamError,
  FrameSplitter,
  MessageDecoder,
  messageFromJson,
  messageToJson,
} from "@eventstream-kit/codec";
import { embed } from "../support/bytes.ts";
import { plain } from "../support/plain.ts";
import type { PlainMessage } from "../support/plain.ts";

export const decodeCodes = [
  "header_duplicate",
  "header_name_empty",
  "header_overrun",
  "header_type",
  "header_utf8",
  "length_relation",
  "message_crc",
  "prelude_crc",
  "too_large",
  "trailing_bytes",
  "truncated",
  "value_length",
] as const satisfies readonly DecodeErrorCode[];

/** What became of bytes. */
export type Verdict = "message" | DecodeErrorCode;

/** The facts of an error that are the same however the bytes came. */
interface Complaint {
  readonly code: DecodeErrorCode;
  readonly offset: number | undefined;
  readonly messageIndex: number | undefined;
}

/** An error of the decoder that says where in so many bytes it was, and nothing that it does not know. */
export function complaint(error: unknown, length: number): Complaint {
  if (!(error instanceof EventStreamError)) throw error;
  const { code, offset, messageIndex, message } = error;
  assert.ok((decodeCodes as readonly string[]).includes(code), `${code} is no code of the decoder`);
  assert.ok(offset !== undefined && Number.isInteger(offset) && offset >= 0 && offset <= length, `offset ${offset}`);
  assert.doesNotMatch(message, /undefined|NaN|\[object/);
  return { code: code as DecodeErrorCode, offset, messageIndex };
}

/**
 * Decodes bytes that claim to be one message. Whatever lies around them in memory must not matter, and a message must
 * encode to the very same bytes, through JSON too.
 */
export function judge(bytes: Uint8Array): Verdict {
  const alone = decoded(bytes);
  for (const filler of [0x00, 0x61, 0xff]) assert.deepEqual(decoded(embed(bytes, filler)), alone);
  if ("code" in alone) return alone.code;
  const message = decodeMessage(bytes, { payload: "view" });
  assert.deepEqual(plain(message), alone);
  assert.deepEqual(encodeMessage(message, { limits: "wire" }), new Uint8Array(bytes));
  const line: unknown = JSON.parse(JSON.stringify(messageToJson(message)));
  assert.deepEqual(encodeMessage(messageFromJson(line), { limits: "wire" }), new Uint8Array(bytes));
  return "message";
}

function decoded(bytes: Uint8Array): PlainMessage | Complaint {
  try {
    return plain(decodeMessage(bytes));
  } catch (error) {
    return complaint(error, bytes.length);
  }
}

/** What came out of a stream, and how it ended. */
export interface StreamVerdict {
  readonly messages: readonly PlainMessage[];
  readonly error?: Complaint;
}

/**
 * Decodes a stream in chunks, each of which is overwritten as soon as it has been pushed. After an error the decoder must
 * throw that very error for ever, and after `reset` be as good as new.
 */
export function judgeStream(chunks: readonly Uint8Array[], good: Uint8Array): StreamVerdict {
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const decoder = new MessageDecoder();
  const messages: PlainMessage[] = [];
  let error: Complaint | undefined;
  try {
    for (const chunk of chunks) {
      const own = chunk.slice();
      const batch = decoder.push(own);
      own.fill(0xff);
      for (const message of batch) messages.push(plain(message));
    }
    decoder.finish();
  } catch (failure) {
    error = complaint(failure, length);
    for (const again of [() => decoder.push(good), () => decoder.finish(), () => decoder.push(new Uint8Array())]) {
      assert.throws(again, (thrown) => thrown === failure, "a decoder that has failed throws its error for ever");
    }
    for (const next of [new MessageDecoder(), decoder]) {
      if (next === decoder) next.reset();
      assert.deepEqual([...next.push(good)].map(plain), [plain(decodeMessage(good))]);
      next.finish();
    }
  }
  return error === undefined ? { messages } : { messages, error };
}

/** The same by a splitter, then one frame at a time, and with all bytes accounted for. */
export function judgeSplit(chunks: readonly Uint8Array[]): StreamVerdict {
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const splitter = new FrameSplitter();
  const messages: PlainMessage[] = [];
  let taken = 0;
  try {
    for (const chunk of chunks) {
      for (const frame of splitter.push(chunk.slice())) {
        try {
          messages.push(plain(decodeMessage(frame)));
        } catch (failure) {
          const { code, offset } = complaint(failure, frame.length);
          return { messages, error: { code, offset: taken + offset!, messageIndex: messages.length } };
        }
        taken += frame.length;
      }
    }
    splitter.finish();
  } catch (failure) {
    assert.ok(taken + splitter.remainder().length <= length);
    return { messages, error: complaint(failure, length) };
  }
  assert.equal(taken, length);
  return { messages };
}
