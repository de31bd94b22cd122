import { expect, test } from "vitest";
import { fromBase64, toBase64 } from "../src/base64.ts";

const lengths = [0, 1, 2, 3, 4, 255, 256, 257, 12_287, 12_288, 12_289, 40_000];

test.each(lengths)("%i bytes, of every value, are those of Node's own base64, and come back", (length) => {
  const bytes = Uint8Array.from({ length }, (_, index) => (index * 167 + 13) & 255);
  const text = toBase64(bytes);
  expect(text === Buffer.from(bytes).toString("base64")).toBe(true);
  expect(Buffer.from(fromBase64(text)!).equals(bytes)).toBe(true);
});

test.each(["QQ", "QQ=", "QR==", " QQ==", "QQ==\n", "Q Q==", "Q-_=", "Q", "====", "QQ==QQ==", "\u0141A=="])(
  "%j is no base64 that is written here",
  (text) => {
    expect(fromBase64(text)).toBeUndefined();
  },
);
