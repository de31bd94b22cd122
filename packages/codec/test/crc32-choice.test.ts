import { afterEach, expect, test, vi } from "vitest";
import { foldingCrc32 } from "../src/crc32-fold.ts";
import { chooseCrc32 } from "../src/crc32-large.ts";
import type { Crc32 } from "../src/crc32-large.ts";
import { nativeCrc32 } from "../src/crc32-native.ts";

afterEach(() => {
  vi.unstubAllGlobals();
});

function forbidden(): never {
  throw new Error("forbidden by a policy");
}

const mebibyte = new Uint8Array(2 ** 20);
const right = nativeCrc32()!;

/** Implementations that take a given time by a clock of their own, and count the calls with a whole mebibyte. */
class World {
  time = 0;
  calls: Record<string, number> = {};

  readonly now = (): number => this.time;
  readonly plain = this.way("plain", 9)();

  /** Takes these times, then always `cost`. */
  way(name: string, cost: number, ...times: number[]): () => Crc32 {
    return () => (bytes, seed) => {
      this.time += times.shift() ?? cost;
      if (bytes.length === mebibyte.length) this.calls[name] = (this.calls[name] ?? 0) + 1;
      return right(bytes, seed);
    };
  }

  choose(...alternatives: (() => Crc32 | undefined)[]): Crc32 {
    return chooseCrc32(this.plain, alternatives, this.now);
  }

  /** Sums so many mebibytes, and says by whom; or how often it was wrong. */
  sum(crc32: Crc32, mebibytes: number): Record<string, number> {
    this.calls = {};
    const wrong = Array.from({ length: mebibytes }, (_, i) => i).filter(
      (i) => crc32(mebibyte, i) !== right(mebibyte, i),
    );
    return wrong.length > 0 ? { wrong: wrong.length } : this.calls;
  }
}

test("nothing is set up before a mebibyte", () => {
  const make = vi.fn(nativeCrc32);
  const crc32 = new World().choose(make);
  for (let i = 0; i < 1023; i++) crc32(mebibyte.subarray(0, 1024), 0);
  crc32(mebibyte.subarray(0, 1023), 0);
  expect(make).not.toHaveBeenCalled();
  crc32(mebibyte.subarray(0, 1), 0);
  expect(make).toHaveBeenCalledOnce();
  new World().sum(crc32, 20);
  expect(make).toHaveBeenCalledOnce();
});

test("the first that works is taken, until the quickest has been found out after 16 MiB", () => {
  const world = new World();
  const crc32 = world.choose(world.way("first", 3), world.way("second", 1), world.way("third", 2));
  expect(world.sum(crc32, 15)).toEqual({ first: 15 });
  expect(world.sum(crc32, 20)).toEqual({ second: 20 });
});

test("of equals the first stays", () => {
  const world = new World();
  const crc32 = world.choose(world.way("first", 2), world.way("second", 2));
  expect(world.sum(crc32, 20)).toEqual({ first: 20 });
});

test("nothing changes where the clock stands still", () => {
  const world = new World();
  const crc32 = chooseCrc32(world.plain, [world.way("first", 2), world.way("second", 1)], () => 5);
  expect(world.sum(crc32, 20)).toEqual({ first: 20 });
});

test("interruptions while measuring do not matter", () => {
  const world = new World();
  // One call to see that it is right, fifteen for the first mebibytes; then it is measured.
  const times = [...Array.from({ length: 1 + 15 }, () => 2), 1000, 1000, 2, 1000];
  const crc32 = world.choose(world.way("first", 2, ...times), world.way("second", 3));
  expect(world.sum(crc32, 20)).toEqual({ first: 20 });
});

test("it is measured again, for what a compiler has made quicker since", () => {
  const world = new World();
  const slow = Array.from({ length: 1 + 15 + 20 }, () => 8);
  const crc32 = world.choose(world.way("first", 1, ...slow), world.way("second", 2));
  world.sum(crc32, 15);
  expect(world.sum(crc32, 256 - 16)).toEqual({ second: 256 - 16 });
  expect(world.sum(crc32, 10)).toEqual({ first: 10 });
});

test("plain JavaScript is chosen when all else is slower", () => {
  const world = new World();
  const crc32 = world.choose(world.way("slow", 10));
  expect(world.sum(crc32, 15)).toEqual({ slow: 15 });
  expect(world.sum(crc32, 5)).toEqual({ plain: 5 });
});

const useless: (() => Crc32 | undefined)[] = [
  () => undefined,
  forbidden,
  () => forbidden,
  () => () => 0,
  () => (bytes, seed) => right(bytes, seed) ^ 1,
  () => "crc32" as unknown as Crc32,
];
test("what is not there, throws, or is wrong is passed over", () => {
  const world = new World();
  expect(world.sum(world.choose(...useless, world.way("good", 0)), 20)).toEqual({ good: 20 });
  expect(world.sum(world.choose(...useless), 20)).toEqual({ plain: 20 });
  expect(world.sum(world.choose(), 20)).toEqual({ plain: 20 });
});

test("the real ones, all the way", () => {
  const world = new World();
  expect(
    world.sum(
      chooseCrc32(world.plain, [foldingCrc32, nativeCrc32], () => performance.now()),
      20,
    ),
  ).toEqual({});
});

const { Module } = WebAssembly;
test.for([
  ["no WebAssembly", undefined, "undefined"],
  ["a policy against compiling", { Module: forbidden }, "forbidden by a policy"],
  ["no memory", { Module, Instance: forbidden }, "forbidden by a policy"],
  ["something else of that name", { Module, Instance: Object }, "undefined"],
] as const)("%s: sums go on without", ([, replacement, problem]) => {
  vi.stubGlobal("WebAssembly", replacement);
  expect(() => foldingCrc32()).toThrow(problem);
  const world = new World();
  expect(world.sum(world.choose(foldingCrc32), 2)).toEqual({ plain: 2 });
});

test.for([
  ["no process", undefined],
  ["an older one", {}],
  ["one without zlib", { getBuiltinModule: (): undefined => undefined }],
  ["an older zlib", { getBuiltinModule: () => ({}) }],
] as const)("%s: nothing native", ([, replacement]) => {
  vi.stubGlobal("process", replacement);
  expect(nativeCrc32()).toBeUndefined();
});

test.for(["crc32", "crc32Range"] as const)("%s leads there", async (name) => {
  vi.resetModules();
  const { crc32 } = await import("../src/crc32.ts");
  const { crc32Range } = await import("../src/crc32-range.ts");
  const Compiled = vi.fn(forbidden);
  vi.stubGlobal("WebAssembly", { Module: Compiled });
  const getBuiltinModule = vi.fn(() => ({ crc32: right }));
  vi.stubGlobal("process", { getBuiltinModule });
  const sum =
    name === "crc32" ? crc32(mebibyte) : crc32Range(new DataView(mebibyte.buffer), 0, mebibyte.length, 0) >>> 0;
  expect(sum).toBe(right(mebibyte, 0));
  expect(Compiled).toHaveBeenCalledOnce();
  expect(getBuiltinModule).toHaveBeenCalledOnce();
});

test("a platform without a clock will do", async () => {
  vi.stubGlobal("performance", undefined);
  vi.resetModules();
  const { crc32Large } = await import("../src/crc32-large.ts");
  expect(new World().sum(crc32Large, 20)).toEqual({});
});
