import * as codec from "@eventstream-kit/codec";
import { crc32 } from "@eventstream-kit/codec/crc32";
import { bitwiseCrc, cut, noise, utf8 } from "./bytes.mjs";

const { EventStreamError } = codec;

/** Whether there is WebAssembly, and whether it may be used: pages with a strict policy and workers forbid it. */
function webAssembly() {
  if (typeof WebAssembly === "undefined") return "absent";
  try {
    const module = new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
    return module instanceof WebAssembly.Module ? "allowed" : "broken";
  } catch {
    return "forbidden";
  }
}

export const crcChecks = {
  async "crc32: against the definition"(t) {
    t.equal(crc32(utf8("123456789")), 0xcbf43926, "the check value");
    t.equal(codec.crc32 === crc32, true, "one crc32");
    const bytes = noise(70_000);
    for (let length = 0; length <= 700; length++) {
      const part = bytes.subarray(length % 17, (length % 17) + length);
      t.equal(crc32(part), bitwiseCrc(part), `${length} bytes`);
    }
    for (const length of [1023, 1024, 1025, 4095, 4096, 4799, 4801, 16_384, 65_535, 65_536, 65_537, 69_999]) {
      const part = bytes.subarray(1, 1 + length);
      const expected = bitwiseCrc(part);
      t.equal(crc32(part), expected, `${length} bytes`);
      for (const at of [1, 8, 1000]) {
        t.equal(crc32(part.subarray(at), crc32(part.subarray(0, at))), expected, `${length} bytes from ${at} on`);
      }
    }
    await t.refused(EventStreamError, "invalid_argument", () => crc32("text"));
    await t.refused(EventStreamError, "invalid_argument", () => crc32(bytes, -1));
  },

  // An implementation may be chosen while a process runs, once it has seen enough bytes: the sum must not notice.
  "crc32: much and long"(t) {
    t.fact("WebAssembly", webAssembly());
    const bytes = noise(3_000_001, 7);
    const expected = bitwiseCrc(bytes);
    for (let round = 0; round < 6; round++) t.equal(crc32(bytes), expected, `round ${round}`);
    let sum = 0;
    for (const chunk of cut(bytes, 9_999)) sum = crc32(chunk, sum);
    t.equal(sum, expected, "in parts");
    for (let length = 0; length <= 700; length += 9) {
      const part = bytes.subarray(length, 2 * length);
      t.equal(crc32(part), bitwiseCrc(part), `${length} bytes after many`);
    }
  },
};
