import { encodeMessage } from "@eventstream-kit/codec";
import { expect, test } from "vitest";
import { LentFrames, chunkFrame, completeFrame, lentComplete, neverChanges } from "../src/frames.ts";

/** What the codec makes of it, without anything made before. */
function encoded(event: string, contentType: string, payload: Uint8Array | string): Buffer {
  const headers = { ":event-type": event, ":content-type": contentType, ":message-type": "event" };
  return Buffer.from(encodeMessage({ headers, payload }));
}

/** Up to where frames are put together, and around where payloads are lent. */
const lengths = [
  ...Array.from({ length: 4200 }, (_, length) => length),
  ...Array.from({ length: 9 }, (_, i) => 16_380 + i),
];

test("frames of every length are those of the codec, the second time too, and stay as they are", () => {
  const frames: (readonly [frame: Uint8Array, expected: Buffer])[] = [];
  const lentFrames = new LentFrames();
  for (const turn of [1, 2]) {
    for (const length of lengths) {
      const payload = new Uint8Array(length).fill(length * turn);
      const expected = encoded("PayloadChunk", "application/octet-stream", payload);
      const lent = lentFrames.chunk(payload);
      frames.push([chunkFrame(payload), expected]);
      frames.push([lent instanceof Uint8Array ? lent : Buffer.concat(lent), expected]);
    }
  }
  for (const json of ["{}", '{"ErrorCode":"Unhandled"}', `{"LogResult":"${"x".repeat(5000)}"}`]) {
    for (let turn = 0; turn < 2; turn++) {
      frames.push([completeFrame(json), encoded("InvokeComplete", "application/json", json)]);
    }
  }
  expect(frames.filter(([frame, expected]) => !expected.equals(frame))).toEqual([]);
});

test("streams that are read at the same time do not share what their frames are made in", () => {
  const [one, other] = [LentFrames.get(), LentFrames.get()];
  const payload = new Uint8Array(10).fill(1);
  const first = one.chunk(payload) as Uint8Array[];
  other.chunk(new Uint8Array(10).fill(2));
  const expected = encoded("PayloadChunk", "application/octet-stream", payload);
  expect(Buffer.concat(first).equals(expected)).toBe(true);

  one.giveBack();
  expect(LentFrames.get()).toBe(one);
});

test("frames of payloads that never change are made once, and are those of the codec", () => {
  const lentFrames = new LentFrames();
  for (const length of [0, 1, 100, 3900, 4000, 4200, 20_000]) {
    const payload = new Uint8Array(length).fill(length);
    neverChanges(payload);
    const [first, second] = [lentFrames.chunk(payload), new LentFrames().chunk(payload)];
    const expected = encoded("PayloadChunk", "application/octet-stream", payload);
    for (const lent of [first, second]) {
      expect(expected.equals(lent instanceof Uint8Array ? lent : Buffer.concat(lent)), `${length} bytes`).toBe(true);
    }
    // Large ones are lent, or encoded, each time.
    expect(first === second).toBe(length < 4000);
  }
  expect(Buffer.concat(lentComplete).equals(encoded("InvokeComplete", "application/json", "{}"))).toBe(true);
});
