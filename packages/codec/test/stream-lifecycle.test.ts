import { getEventListeners } from "node:events";
import { decodeEvents, decodeStream, encodeEvent, EventStreamError } from "@eventstream-kit/codec";
import type { Message } from "@eventstream-kit/codec";
import { describe, expect, test } from "vitest";
import { concat, cut } from "./support/bytes.ts";
import { outcome } from "./support/outcome.ts";
import { manyTurns, until } from "./support/turns.ts";
import { patientSources, watchedSources } from "./support/watched-sources.ts";

const one = encodeEvent({ event: "one", text: "1" });
const two = encodeEvent({ event: "two", text: "2" });
const bad = encodeEvent({ event: "bad", text: "3" });
bad[bad.length - 1]! ^= 1;

const nameOf = ({ headers }: Message) => headers.string(":event-type");

describe.each(watchedSources)("from %s", (_, make) => {
  test("nothing is asked for before the first message is, and no chunk too many", async () => {
    const { source, asked } = make([one, two]);
    const messages = decodeStream(source);
    await manyTurns();
    expect(asked()).toBe(0);
    await messages.next();
    // A Node stream reads one chunk ahead by itself.
    expect(asked()).toBeLessThanOrEqual(2);
    await messages.return?.();
  });

  test("calls of next() that wait ask for one chunk between them", async () => {
    const { source, asked } = make([concat(one, two), one], { end: "wait" });
    const messages = decodeStream(source);
    const results = await Promise.all([messages.next(), messages.next()]);
    expect(results.map(({ value }) => value && nameOf(value))).toEqual(["one", "two"]);
    await manyTurns();
    // As above.
    expect(asked()).toBeLessThanOrEqual(2);
    await messages.return?.();
  });

  test("a whole stream is not cancelled", async () => {
    const { source, cancels } = make([one, two]);
    const { items, error } = await outcome(decodeStream(source));
    expect(error).toBeUndefined();
    expect(items.map(nameOf)).toEqual(["one", "two"]);
    expect(cancels).toEqual([]);
  });

  test("an iterator that is never used can be returned", async () => {
    const { source } = make([one]);
    const messages = decodeStream(source);
    expect(await messages.return?.()).toEqual({ done: true, value: undefined });
    expect(await messages.next()).toEqual({ done: true, value: undefined });
  });
});

describe("format case 50: an error of the source is the source's own", () => {
  describe.each(watchedSources)("%s", (_, make) => {
    test.each([
      ["between messages", [one]],
      ["inside a message", [one, two.subarray(0, 20)]],
    ])("%s", async (__, chunks) => {
      const reset = Object.assign(new Error("aborted"), { code: "ECONNRESET" });
      const { source } = make(chunks, { end: reset });
      const messages = decodeStream(source);
      const { items, error } = await outcome(messages);
      expect(items.map(nameOf)).toEqual(["one"]);
      expect(error).toBe(reset);
      await expect(messages.next()).rejects.toBe(reset);
    });
  });
});

describe("format case 67: leaving the loop cancels the source exactly once", () => {
  describe.each(watchedSources)("%s", (_, make) => {
    test.each([
      ["between chunks", [one, two]],
      ["between the messages of a chunk", [concat(one, two), two]],
      ["inside the next message", [concat(one, two.subarray(0, 20)), two.subarray(20)]],
    ])("%s", async (__, chunks) => {
      for (const decode of [decodeStream, decodeEvents]) {
        const { source, cancels } = make(chunks);
        const items: AsyncIterable<unknown> = decode(source);
        for await (const item of items) {
          expect(item).toBeDefined();
          break;
        }
        await manyTurns();
        expect(cancels).toHaveLength(1);
      }
    });

    test("an error of the loop's body too", async () => {
      const { source, cancels } = make([one, two]);
      const mine = new Error("mine");
      const loop = async () => {
        for await (const message of decodeStream(source)) throw Object.assign(mine, { message });
      };
      await expect(loop()).rejects.toBe(mine);
      await manyTurns();
      expect(cancels).toHaveLength(1);
    });
  });

  test.each(patientSources)("%s, while a message is being waited for", async (_, make) => {
    const { source, cancels, asked } = make([one, two.subarray(0, 20)], { end: "wait" });
    const messages = decodeStream(source);
    await messages.next();
    const waiting = [messages.next(), messages.next()];
    await until(() => asked() === 3);
    await messages.return?.();
    expect(await Promise.all(waiting)).toEqual([
      { done: true, value: undefined },
      { done: true, value: undefined },
    ]);
    await manyTurns();
    expect(cancels).toHaveLength(1);
    // The end of the source comes inside a message, but to nobody.
    expect(await messages.next()).toEqual({ done: true, value: undefined });
  });

  test("a source need not know how to be cancelled", async () => {
    const chunks = [one, two].values();
    const messages = decodeStream({ [Symbol.iterator]: () => ({ next: () => chunks.next() }) } as never);
    await messages.next();
    expect(await messages.return?.()).toEqual({ done: true, value: undefined });
  });

  test("an async generator that waits returns when it can, and nobody waits for that", async () => {
    const arrivals: ((chunk: Uint8Array) => void)[] = [];
    let cleaned = 0;
    async function* generate() {
      try {
        yield await new Promise<Uint8Array>((resolve) => arrivals.push(resolve));
      } finally {
        cleaned++;
      }
    }
    const messages = decodeStream(generate());
    const waiting = messages.next();
    const returned = messages.return?.();
    expect(await waiting).toEqual({ done: true, value: undefined });
    arrivals[0]!(one);
    await returned;
    expect(cleaned).toBe(1);
  });
});

describe("format case 68: what is wrong with the bytes cancels the source, and is what the consumer sees", () => {
  describe.each(watchedSources)("%s", (_, make) => {
    test.each([
      ["that cancels", undefined],
      ["that cannot be cancelled", new Error("cannot cancel")],
    ])("%s", async (__, refusal) => {
      const { source, cancels } = make([concat(one, bad, two), two], refusal ? { refusal } : {});
      const messages = decodeStream(source);
      const { items, error } = await outcome(messages);
      expect(items.map(nameOf)).toEqual(["one"]);
      expect(error).toBeInstanceOf(EventStreamError);
      expect(error).toMatchObject({ code: "message_crc", messageIndex: 1 });
      await manyTurns();
      expect(cancels).toHaveLength(1);
      await expect(messages.next()).rejects.toBe(error);
      expect(await messages.return?.()).toEqual({ done: true, value: undefined });
      expect(cancels).toHaveLength(1);
    });

    test("a stream cut short is truncated, and there is nothing to cancel", async () => {
      const { source, cancels } = make(cut(concat(one, two), one.length + 20).with(1, two.subarray(20, 30)));
      const { items, error } = await outcome(decodeStream(source));
      expect(items).toHaveLength(1);
      expect(error).toMatchObject({ code: "truncated", expected: two.length, received: 30 });
      expect(cancels).toEqual([]);
    });
  });

  test("a stream is told why it is cancelled", async () => {
    const cancelled: unknown[] = [];
    const source = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(bad),
      cancel: (reason) => void cancelled.push(reason),
    });
    const { error } = await outcome(decodeStream(source));
    expect(cancelled).toEqual([error]);
  });

  test("chunks that are no bytes", async () => {
    const error = await decodeStream(["text"] as unknown as Uint8Array[])
      .next()
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "invalid_argument", message: expect.stringContaining('"text"') as string });
  });
});

describe("format case 69: an abort rejects with its reason", () => {
  const reason = new Error("enough");

  test.each(watchedSources.filter(([kind]) => kind !== "a generator"))("%s, mid-frame", async (kind, make) => {
    const { source, cancels, asked } = make([one, two.subarray(0, 20)], { end: "wait" });
    const controller = new AbortController();
    const messages = decodeStream(source, { signal: controller.signal });
    await messages.next();
    const waiting = [messages.next(), messages.next()];
    await until(() => asked() === 3);
    controller.abort(reason);
    for (const promise of waiting) await expect(promise).rejects.toBe(reason);
    await expect(messages.next()).rejects.toBe(reason);
    await manyTurns();
    // A generator that waits for ever cannot be told.
    expect(cancels).toHaveLength(kind === "an async generator" ? 0 : 1);
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
  });

  test.each(watchedSources)("%s, with messages ready", async (_, make) => {
    const { source, cancels } = make([concat(one, two), two]);
    const controller = new AbortController();
    const messages = decodeEvents(source, { signal: controller.signal });
    await messages.next();
    controller.abort(reason);
    await manyTurns();
    expect(cancels).toHaveLength(1);
    await expect(messages.next()).rejects.toBe(reason);
  });

  test.each(watchedSources)("%s, before the start", async (_, make) => {
    const { source, asked } = make([one]);
    await expect(decodeStream(source, { signal: AbortSignal.abort(reason) }).next()).rejects.toBe(reason);
    expect(asked()).toBe(0);
  });

  test("with the platform's reason when there is no other", async () => {
    const { error } = await outcome(decodeStream([one], { signal: AbortSignal.abort() }));
    expect(error).toMatchObject({ name: "AbortError" });
  });

  test("and goes on doing so when the source then comes to its end", async () => {
    const ends: ((result: IteratorResult<Uint8Array>) => void)[] = [];
    const iterator = { next: () => new Promise<IteratorResult<Uint8Array>>((resolve) => ends.push(resolve)) };
    const controller = new AbortController();
    const source = { [Symbol.asyncIterator]: () => iterator };
    const messages = decodeStream(source, { signal: controller.signal });
    const waiting = messages.next();
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    ends[0]!({ done: true, value: undefined });
    await manyTurns();
    await expect(messages.next()).rejects.toBe(reason);
  });

  test("after the end it changes nothing, and nobody listens any more", async () => {
    const controller = new AbortController();
    const messages = decodeStream([one], { signal: controller.signal });
    expect((await outcome(messages)).items).toHaveLength(1);
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
    controller.abort(reason);
    expect(await messages.next()).toEqual({ done: true, value: undefined });
  });

  // The last one would be found out when the stream ends, where nobody waits for an error.
  test.each([{}, null, 5, { addEventListener: () => {} }, { removeEventListener: () => {} }])(
    "a signal that is none: %o",
    (signal) => {
      expect(() => decodeStream([], { signal: signal as never })).toThrow(
        expect.objectContaining({ code: "invalid_argument" }),
      );
    },
  );
});
