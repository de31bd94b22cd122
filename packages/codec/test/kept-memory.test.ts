import { encodeMessage, FrameSplitter } from "@eventstream-kit/codec";
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
