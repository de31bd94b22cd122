import { nextTick } from "node:process";
import { afterEach, describe, expect, test, vi } from "vitest";
import { realTimer } from "../src/function-timer.ts";

const timersSet = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
const endOfTurn = () => new Promise<void>((resolve) => nextTick(resolve));

describe("A timer of the system", () => {
  test("is set at the end of the turn, and called off later", async () => {
    const before = timersSet();
    const timer = realTimer(60_000, () => undefined);
    expect(timersSet()).toBe(before);
    await endOfTurn();
    expect(timersSet()).toBe(before + 1);
    timer.callOff();
    expect(timersSet()).toBe(before);
  });

  test("is never set when it is called off in its turn", async () => {
    const before = timersSet();
    realTimer(60_000, () => undefined).callOff();
    await endOfTurn();
    expect(timersSet()).toBe(before);
  });

  test("counts what the rest of its turn takes", async () => {
    const passed: string[] = [];
    realTimer(60, () => passed.push("early"));
    const began = performance.now();
    while (performance.now() - began < 60);
    await new Promise<void>((resolve) => nextTick(() => setTimeout(resolve, 30)));
    expect(passed).toEqual(["early"]);
  });

  test("passes", async () => {
    const passed = new Promise((resolve) => realTimer(1, () => resolve("passed")));
    expect(await passed).toBe("passed");
  });
});

describe("A timer of a test", () => {
  afterEach(() => void vi.useRealTimers());

  test("is set at once, so that its time may pass in the same turn", () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const passed: string[] = [];
    realTimer(1000, () => passed.push("one"));
    realTimer(1000, () => passed.push("two")).callOff();
    vi.advanceTimersByTime(1000);
    expect(passed).toEqual(["one"]);
  });
});
