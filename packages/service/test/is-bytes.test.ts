import { runInNewContext } from "node:vm";
import { isBytes, toResponse, wait } from "@eventstream-kit/service";
import { expect, test, vi } from "vitest";

const ForeignUint8Array = runInNewContext("Uint8Array") as typeof Uint8Array;

test.each([
  ["a Uint8Array", new Uint8Array(1), true],
  ["a Buffer", Buffer.from("a"), true],
  ["one of another realm", new ForeignUint8Array(1), true],
  ["a Uint16Array", new Uint16Array(1), false],
  ["a clamped one", new Uint8ClampedArray(1), false],
  ["a DataView", new DataView(new ArrayBuffer(1)), false],
  ["an ArrayBuffer", new ArrayBuffer(1), false],
  ["a list", [1], false],
  ["what only says so", { [Symbol.toStringTag]: "Uint8Array", byteLength: 1 }, false],
  ["a step", wait(1), false],
  ["nothing", null, false],
  ["text", "a", false],
])("%s: %s is %s", (_name, value, is) => {
  expect(isBytes(value)).toBe(is);
});

test("where the global Uint8Array is not that of Node, a reply may be of either", async () => {
  vi.stubGlobal("Uint8Array", ForeignUint8Array);
  try {
    const body = [Buffer.from("a"), new TextEncoder().encode("b"), new Uint8Array([0x63])];
    expect(body.map((bytes) => bytes instanceof Uint8Array)).toEqual([false, false, true]);
    expect(await toResponse({ status: 200, headers: [], body }).text()).toBe("abc");
  } finally {
    vi.unstubAllGlobals();
  }
});
