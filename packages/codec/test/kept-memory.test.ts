import { encodeMessage, encodeMessages, FrameSplitter, MessageDecoder } from "@eventstream-kit/codec";
import process from "node:process";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

test("a large frame that was taken is not kept, though the splitter lives on", async () => {
  const splitter = new FrameSplitter();
  const large = encodeMessage({ headers: {}, payload: new Uint8Array(8_000_000) });
  const kept = (() => {
    const half = large.length / 2;
    expect([...splitter.push(large.subarray(0, half))]).toEqual([]);
    const [frame] = splitter.push(large.subarray(half));
    expect(frame!).toHaveLength(large.length);
    return new WeakRef(frame!.buffer);
  })();
  // The next frame is whole: it takes none of the memory for frames that span chunks.
  const small = encodeMessage({ headers: {}, payload: "small" });
  expect([...splitter.push(small)]).toHaveLength(1);
  for (let turn = 0; turn < 20 && kept.deref(); turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
  }
  expect(kept.deref()).toBeUndefined();
});

test("a chunk is not kept, whether it ends with a message or in one", async () => {
  const frame = encodeMessage({ headers: { n: "a header" }, payload: "payload" });
  for (const end of [2 * frame.length, 2 * frame.length - 1, frame.length + 5]) {
    for (const decoder of [new MessageDecoder(), new FrameSplitter()]) {
      const kept = (() => {
        const chunk = new Uint8Array(end);
        chunk.set(frame);
        chunk.set(frame.subarray(0, end - frame.length), frame.length);
        expect([...decoder.push(chunk)]).not.toEqual([]);
        return new WeakRef(chunk.buffer);
      })();
      for (let turn = 0; turn < 20 && kept.deref(); turn++) {
        await new Promise((resolve) => setImmediate(resolve));
        collectGarbage();
      }
      expect(kept.deref()).toBeUndefined();
      // It is alive until here.
      decoder.reset();
    }
  }
});

const megabyte = 1_000_000;

/** Bytes that are in use when everything else has been collected. */
async function usedBytes(enough: number): Promise<number> {
  for (let turn = 0; turn < 20 && process.memoryUsage().arrayBuffers > enough; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
  }
  return process.memoryUsage().arrayBuffers;
}

test.for<[string, (decoder: MessageDecoder) => void]>([
  [
    "ended in the middle of one",
    (decoder) => {
      decoder.push(encodeMessage({ payload: new Uint8Array(8 * megabyte) }).subarray(0, 7 * megabyte));
      expect(() => decoder.finish()).toThrow(expect.objectContaining({ code: "truncated" }));
    },
  ],
  [
    "failed at the end of one",
    (decoder) => {
      const damaged = encodeMessage({ payload: new Uint8Array(8 * megabyte) });
      damaged[damaged.length - 1]! ^= 1;
      decoder.push(damaged.subarray(0, 7 * megabyte));
      // Not in the function below: the stack of the error keeps what its functions see.
      const batch = decoder.push(damaged.subarray(7 * megabyte));
      expect(() => [...batch]).toThrow(expect.objectContaining({ code: "message_crc" }));
    },
  ],
])("a decoder that %s keeps no large frame", async ([, end]) => {
  const before = await usedBytes(0);
  const decoder = new MessageDecoder();
  end(decoder);
  expect(await usedBytes(before + megabyte)).toBeLessThanOrEqual(before + megabyte);
  // It is alive until here.
  decoder.reset();
});

test("a splitter that failed keeps what is in no frame, and that only once", async () => {
  const before = await usedBytes(0);
  const splitter = new FrameSplitter();
  (() => {
    const damaged = encodeMessage({ payload: new Uint8Array(8 * megabyte) });
    damaged[damaged.length - 1]! ^= 1;
    splitter.push(damaged.subarray(0, 7 * megabyte));
    splitter.push(damaged.subarray(7 * megabyte));
  })();
  const enough = before + 9 * megabyte;
  expect(await usedBytes(enough)).toBeLessThanOrEqual(enough);
  expect(splitter.remainder().length).toBeGreaterThan(8 * megabyte);
});

test("an encoder keeps no memory that a large batch, or a large header block, has made it take", async () => {
  const before = await usedBytes(0);
  encodeMessages([{ payload: new Uint8Array(8 * megabyte) }]);
  expect(await usedBytes(before + megabyte)).toBeLessThanOrEqual(before + megabyte);
  const value = new Uint8Array(30_000);
  const headers = Array.from({ length: 300 }, (_, i) => [`h${i}`, value] as const);
  encodeMessage({ headers }, { limits: "wire" });
  expect(await usedBytes(before + megabyte)).toBeLessThanOrEqual(before + megabyte);
});
