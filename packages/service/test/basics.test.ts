import { describe, expect, test, vi } from "vitest";
import { firstOf, headerValue, headerValues, longestWait, realDelay, reset, wait } from "@eventstream-kit/service";
import type { ServiceRequest } from "@eventstream-kit/service";
import { always, replyOf } from "./support.ts";

const request: ServiceRequest = { method: "GET", target: "/", headers: [], body: new Uint8Array() };

describe("steps", () => {
  test("wait() and reset() are plain data", () => {
    expect(wait(50)).toEqual({ kind: "wait", ms: 50 });
    expect(wait(0)).toEqual({ kind: "wait", ms: 0 });
    expect(reset()).toEqual({ kind: "reset" });
  });

  test.each([-1, Number.NaN, Infinity, longestWait + 1])("wait(%d) is refused", (ms) => {
    expect(() => wait(ms)).toThrow(expect.objectContaining({ code: "wait_range" }));
  });
});

describe("header lines", () => {
  const lines = [
    ["X-A", "1"],
    ["x-b", "2"],
    ["x-a", "3"],
  ] as const;

  test("are found in any letter case, first or all", () => {
    expect(headerValue(lines, "x-a")).toBe("1");
    expect(headerValue(lines, "X-B")).toBe("2");
    expect(headerValue(lines, "x-c")).toBeUndefined();
    expect(headerValues(lines, "X-a")).toEqual(["1", "3"]);
    expect(headerValues(lines, "x-c")).toEqual([]);
  });
});

describe("firstOf", () => {
  const a = replyOf([], [], 201);
  const b = replyOf([], [], 202);
  const none = always(() => undefined);

  test("asks in order, and the first reply counts", async () => {
    expect(await firstOf([none, always(a), always(b)]).handle(request)).toBe(a);
    expect(await firstOf([none, none]).handle(request)).toBeUndefined();
    expect(await firstOf([]).handle(request)).toBeUndefined();
    expect(await firstOf(always(b)).handle(request)).toBe(b);
  });

  test("lets an error of a service through and asks no further", async () => {
    const after = vi.fn();
    const trouble = always(() => {
      throw new Error("trouble");
    });
    await expect(firstOf([trouble, { handle: after }]).handle(request)).rejects.toThrow("trouble");
    expect(after).not.toHaveBeenCalled();
  });

  test("nests", async () => {
    expect(await firstOf([firstOf([none]), firstOf([none, always(b)])]).handle(request)).toBe(b);
  });
});

describe("realDelay", () => {
  test("waits with whatever setTimeout is now, so fake timers apply", async () => {
    vi.useFakeTimers();
    try {
      let waited = false;
      const waiting = (async () => {
        await realDelay(60_000);
        waited = true;
      })();
      await vi.advanceTimersByTimeAsync(59_999);
      expect(waited).toBe(false);
      await vi.advanceTimersByTimeAsync(1);
      await waiting;
      expect(waited).toBe(true);
    } finally {
      vi.useRealTimers();
    }
  });

  test("rejects with the signal's reason when aborted before or meanwhile, and leaves no timer", async () => {
    vi.useFakeTimers();
    try {
      await expect(realDelay(1000, AbortSignal.abort(new Error("before")))).rejects.toThrow("before");
      const client = new AbortController();
      const waiting = realDelay(1000, client.signal);
      client.abort(new Error("meanwhile"));
      await expect(waiting).rejects.toThrow("meanwhile");
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});
