import { encodeEvent, encodeMessage, MessageDecoderStream, MessageEncoderStream } from "@eventstream-kit/codec";
import type { Message } from "@eventstream-kit/codec";
import { describe, expect, test } from "vitest";
import { concat } from "./support/bytes.ts";
import { outcome } from "./support/outcome.ts";
import { readable } from "./support/readable.ts";
import { manyTurns } from "./support/turns.ts";

const one = encodeEvent({ event: "one", text: "1" });
const two = encodeEvent({ event: "two", text: "2" });
const bad = encodeEvent({ event: "bad", text: "3" });
bad[bad.length - 1]! ^= 1;

const nameOf = ({ headers }: Message) => headers.string(":event-type");

/** A source that never ends, and how it is treated. */
function endless<Chunk>(chunk: Chunk) {
  const record = { pulls: 0, cancels: [] as unknown[] };
  const stream = new ReadableStream<Chunk>(
    {
      pull(controller) {
        record.pulls++;
        controller.enqueue(chunk);
      },
      cancel: (reason) => void record.cancels.push(reason),
    },
    { highWaterMark: 0 },
  );
  return { stream, record };
}

describe("format case 70: a consumer that does not read holds the source back", () => {
  // What a TransformStream takes on its own: the default high-water mark of its writable side.
  const highWaterMark = 1;

  test("MessageDecoderStream", async () => {
    const { stream, record } = endless(concat(one, two, one));
    const messages = stream.pipeThrough(new MessageDecoderStream()).getReader();
    await manyTurns();
    expect(record.pulls).toBe(highWaterMark);
    for (const name of ["one", "two", "one"]) {
      const { value } = await messages.read();
      expect(value && nameOf(value)).toBe(name);
      await manyTurns();
      // The chunk in use, and one in waiting.
      expect(record.pulls).toBe(1 + highWaterMark);
    }
    await messages.read();
    await manyTurns();
    expect(record.pulls).toBe(2 + highWaterMark);
    await messages.cancel("enough");
    expect(record.cancels).toEqual(["enough"]);
  });

  test("MessageEncoderStream", async () => {
    const { stream, record } = endless({ headers: { a: "b" }, payload: "c" });
    const frames = stream.pipeThrough(new MessageEncoderStream()).getReader();
    await manyTurns();
    expect(record.pulls).toBe(highWaterMark);
    expect((await frames.read()).value).toEqual(encodeMessage({ headers: { a: "b" }, payload: "c" }));
    await manyTurns();
    expect(record.pulls).toBe(1 + highWaterMark);
    await frames.cancel("enough");
    await manyTurns();
    expect(record.cancels).toEqual(["enough"]);
  });
});

describe("the stream classes", () => {
  test("decode what they encode", async () => {
    const messages = [one, two].map((bytes) => ({ headers: { n: bytes }, payload: bytes }));
    const frames = readable(messages).pipeThrough(new MessageEncoderStream());
    const { items } = await outcome(frames.pipeThrough(new MessageDecoderStream()));
    expect(items.map(({ payload }) => payload)).toEqual([one, two]);
  });

  test("hand out all messages before a fault, then the fault, which cancels the source", async () => {
    const cancelled: unknown[] = [];
    const source = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(concat(one, two, bad)),
      cancel: (reason) => void cancelled.push(reason),
    });
    const { items, error } = await outcome(source.pipeThrough(new MessageDecoderStream()));
    expect(items.map(nameOf)).toEqual(["one", "two"]);
    expect(error).toMatchObject({ code: "message_crc" });
    await manyTurns();
    expect(cancelled).toEqual([error]);
  });

  test("report an input cut short", async () => {
    const input = readable([one, two.subarray(0, 9)]).pipeThrough(new MessageDecoderStream());
    const { items, error } = await outcome(input);
    expect(items).toHaveLength(1);
    expect(error).toMatchObject({ code: "truncated", expected: 12, received: 9 });
  });

  test("hand on the source's own error", async () => {
    const reset = new Error("reset");
    const { error } = await outcome(readable([one], reset).pipeThrough(new MessageDecoderStream()));
    expect(error).toBe(reset);
  });

  test("report a message that cannot be encoded, after the good ones", async () => {
    const messages = [{ payload: "good" }, { headers: { n: 1 as unknown as string } }];
    const { items, error } = await outcome(readable(messages).pipeThrough(new MessageEncoderStream()));
    expect(items).toEqual([encodeMessage({ payload: "good" })]);
    expect(error).toMatchObject({ code: "encode_type", header: "n" });
  });
});
