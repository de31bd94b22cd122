import process from "node:process";
import { afterEach, describe, expect, test, vi } from "vitest";
import { changesBetween, processState } from "../src/process-state.ts";

const listener = () => {};

afterEach(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  process.off("SIGTERM", listener);
});

test("of a process that was left alone nothing has changed", () => {
  expect(changesBetween(processState(), processState())).toEqual([]);
});

test("what a test file leaves changed is named, without its value", () => {
  const before = processState();
  vi.stubEnv("AWS_REGION", "eu-west-1");
  vi.stubEnv("AWS_ACCESS_KEY_ID", undefined);
  vi.stubEnv("A_NEW_ONE", "secret");
  vi.stubGlobal("fetch", listener);
  vi.stubGlobal("crypto", undefined);
  process.on("SIGTERM", listener);
  vi.spyOn(process, "cwd").mockReturnValue("/");
  expect(changesBetween(before, processState()).toSorted()).toEqual([
    "the global crypto",
    "the global fetch",
    "the listeners of SIGTERM",
    "the variable AWS_ACCESS_KEY_ID",
    "the variable AWS_REGION",
    "the variable A_NEW_ONE",
    "the working directory",
  ]);
});

test("a global that a package has made does not count", () => {
  const before = processState();
  vi.stubGlobal("madeByAPackage", 1);
  expect(changesBetween(before, processState())).toEqual([]);
});

describe("a global that is loaded when it is first read", () => {
  const loaded = {};
  const load = () => {
    Object.defineProperty(globalThis, "loadedLate", { value: loaded, configurable: true });
    return loaded;
  };
  const late = globalThis as { loadedLate?: unknown };

  test.each([
    ["does not count", () => late.loadedLate, []],
    ["counts when it is another then", () => vi.stubGlobal("loadedLate", {}), ["the global loadedLate"]],
  ])("%s", (_what, use, expected) => {
    Object.defineProperty(globalThis, "loadedLate", { get: load, configurable: true });
    try {
      const before = processState();
      use();
      expect(changesBetween(before, processState())).toEqual(expected);
    } finally {
      vi.unstubAllGlobals();
      delete late.loadedLate;
    }
  });
});
