import { Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import { relayBody, type BodyTap } from "../../src/aws-sdk/relayed-body.ts";

/** Notes what a tap is told. */
function noted(): { readonly tap: BodyTap; readonly told: (string | number)[] } {
  const told: (string | number)[] = [];
  return {
    told,
    tap: {
      chunk: (bytes, paused) => told.push(bytes.length, ...(paused ? ["paused"] : [])),
      over: (how) => told.push(how),
    },
  };
}

const piece = (size: number) => new Uint8Array(size);
const quarter = 64 * 1024;

/** As many turns of the event loop as a chunk needs to go through streams. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

describe("back-pressure", () => {
  test("a Node stream is paused at 256 KiB that nobody has read, and goes on when somebody reads", async () => {
    const source = new Readable({ read() {} });
    const { tap, told } = noted();
    const reader = (relayBody(source, tap).body as Readable)[Symbol.asyncIterator]();
    for (let pieces = 0; pieces < 6; pieces++) source.push(piece(quarter));
    await turns();
    expect(source.isPaused()).toBe(true);
    expect(told).toEqual([quarter, quarter, quarter, quarter]);
    for (let pieces = 0; pieces < 5; pieces++) expect((await reader.next()).value).toHaveLength(quarter);
    await turns();
    expect(source.isPaused()).toBe(false);
    source.push(null);
    expect((await reader.next()).value).toHaveLength(quarter);
    expect(await reader.next()).toEqual({ done: true, value: undefined });
    expect(told).toEqual([quarter, quarter, quarter, quarter, quarter, "paused", quarter, "eof"]);
  });

  test("a Node stream of single bytes is paused when they take as much memory", async () => {
    const source = new Readable({ read() {} });
    const { tap, told } = noted();
    const reader = (relayBody(source, tap).body as Readable)[Symbol.asyncIterator]();
    for (let pieces = 0; pieces < 2000; pieces++) source.push(piece(1));
    source.push(null);
    await turns();
    expect(source.isPaused()).toBe(true);
    expect(told.length).toBeLessThan(1100);
    for (let pieces = 0; pieces < 2000; pieces++) expect((await reader.next()).value).toHaveLength(1);
    expect(await reader.next()).toEqual({ done: true, value: undefined });
    expect(told.filter((what) => what === 1)).toHaveLength(2000);
  });

  test("a web stream is not read any further, and is again when somebody reads", async () => {
    let pulled = 0;
    const source = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          pulled += 1;
          if (pulled > 6) controller.close();
          else controller.enqueue(piece(quarter));
        },
      },
      { highWaterMark: 0 },
    );
    const { tap, told } = noted();
    const reader = (relayBody(source, tap).body as ReadableStream<Uint8Array>).getReader();
    await turns();
    expect(pulled).toBe(4);
    for (let pieces = 0; pieces < 6; pieces++) expect((await reader.read()).value).toHaveLength(quarter);
    expect(await reader.read()).toEqual({ done: true, value: undefined });
    expect(told).toEqual([quarter, quarter, quarter, quarter, quarter, "paused", quarter, "eof"]);
  });
});

describe("a body that is drained", () => {
  test("still reaches a reader that keeps up", async () => {
    const source = new Readable({ read() {} });
    const { tap, told } = noted();
    const { body, drain } = relayBody(source, tap);
    const reader = (body as Readable)[Symbol.asyncIterator]();
    source.push(piece(1));
    drain();
    for (let pieces = 0; pieces < 8; pieces++) {
      source.push(piece(quarter));
      expect((await reader.next()).value).toHaveLength(pieces === 0 ? 1 : quarter);
    }
    source.push(null);
    expect((await reader.next()).value).toHaveLength(quarter);
    expect(await reader.next()).toEqual({ done: true, value: undefined });
    expect(told.at(-1)).toBe("eof");
  });

  test("never ends for a reader as if that were all, when something was not kept for it", async () => {
    const source = new Readable({ read() {} });
    const { tap, told } = noted();
    const { body, drain } = relayBody(source, tap);
    drain();
    for (let pieces = 0; pieces < 6; pieces++) source.push(piece(quarter));
    source.push(null);
    await turns();
    expect(told).toEqual([quarter, quarter, quarter, quarter, quarter, quarter, "eof"]);
    const reader = (body as Readable)[Symbol.asyncIterator]();
    for (let pieces = 0; pieces < 4; pieces++) expect((await reader.next()).value).toHaveLength(quarter);
    await expect(reader.next()).rejects.toMatchObject({ code: "state" });
  });

  test("is told to its end, also when the reader has come to where something is missing", async () => {
    const source = new Readable({ read() {} });
    const { tap, told } = noted();
    const { body, drain } = relayBody(source, tap);
    drain();
    for (let pieces = 0; pieces < 5; pieces++) source.push(piece(quarter));
    await turns();
    await expect((body as Readable).toArray()).rejects.toMatchObject({ code: "state" });
    source.push(piece(1));
    source.push(null);
    await turns();
    expect(told).toEqual([quarter, quarter, quarter, quarter, quarter, 1, "eof"]);
  });

  test("nor when it is cancelled then", async () => {
    let more!: ReadableStreamDefaultController<Uint8Array>;
    const source = new ReadableStream<Uint8Array>({ start: (controller) => void (more = controller) });
    const { tap, told } = noted();
    const { body, drain, cancel } = relayBody(source, tap);
    more.enqueue(piece(1));
    const reader = (body as ReadableStream<Uint8Array>).getReader();
    expect((await reader.read()).value).toHaveLength(1);
    const next = reader.read();
    drain();
    cancel();
    await expect(next).rejects.toMatchObject({ code: "state" });
    expect(told).toEqual([1, "client-abort"]);
  });
});

describe("a reader that leaves", () => {
  test("cancels a Node stream", async () => {
    const source = new Readable({ read() {} });
    const { tap, told } = noted();
    const body = relayBody(source, tap).body as Readable;
    source.push(piece(3));
    await turns();
    body.destroy();
    await turns();
    expect(source.destroyed).toBe(true);
    expect(told).toEqual([3, "client-abort"]);
  });

  test("cancels a web stream", async () => {
    let cancelled = false;
    const source = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(piece(3)),
      cancel: () => void (cancelled = true),
    });
    const { tap, told } = noted();
    const body = relayBody(source, tap).body as ReadableStream;
    await turns();
    await body.cancel();
    await turns();
    expect(cancelled).toBe(true);
    expect(told).toEqual([3, "client-abort"]);
  });
});

describe("how a stream ended", () => {
  test.each([
    ["an error", new Error("Broken"), "reset"],
    ["a timeout", Object.assign(new Error("Too slow"), { name: "TimeoutError" }), "timeout"],
  ])("%s comes after the chunks before it", async (_, error, how) => {
    const source = new Readable({ read() {} });
    const { tap, told } = noted();
    const body = relayBody(source, tap).body as Readable;
    source.push(piece(3));
    await turns();
    source.destroy(error);
    await turns();
    const reader = body[Symbol.asyncIterator]();
    expect((await reader.next()).value).toHaveLength(3);
    await expect(reader.next()).rejects.toBe(error);
    expect(told).toEqual([3, how]);
  });

  test("one that was closed before is broken", async () => {
    const source = new Readable({ read() {} });
    source.destroy();
    await turns();
    const { tap, told } = noted();
    const body = relayBody(source, tap).body as Readable;
    await expect(body.toArray()).rejects.toMatchObject({ code: "ERR_STREAM_PREMATURE_CLOSE" });
    expect(told).toEqual(["reset"]);
  });
});

describe("bodies that are no streams are told whole, and stay what they are", () => {
  test.each([
    ["bytes", piece(3), [3, "eof"]],
    ["text", "äb", [3, "eof"]],
    ["nothing", undefined, [0, "eof"]],
    ["a Blob", new Blob(["abc"]), [3, "eof"]],
  ])("%s", async (_, body, expected) => {
    const { tap, told } = noted();
    expect(relayBody(body, tap).body).toBe(body);
    await turns();
    expect(told).toEqual(expected);
  });
});
