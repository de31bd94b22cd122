/** Streams that somebody wrote by hand are read as `for await` reads them. */
import { expect, test } from "vitest";
import { createLambda } from "../src/index.ts";
import { stream } from "./invoke-client.ts";

/** A function that streams what the iterator gives. */
function lambdaOf(iterator: object) {
  return createLambda({ functions: { f: () => ({ [Symbol.asyncIterator]: () => iterator }) } });
}

test("results need no promise", async () => {
  const results = [{ value: "one" }, { done: false, value: "two" }, { done: true, value: "not this" }];
  const { chunks, complete } = await stream(lambdaOf({ next: () => results.shift() }), "f");
  expect([chunks, complete]).toEqual([["one", "two"], {}]);
});

test.each([
  ["throws", () => Promise.reject(new RangeError("no more")), "RangeError"],
  [
    "throws before it makes a promise",
    () => {
      throw new RangeError("no more");
    },
    "RangeError",
  ],
  ["gives no result", () => Promise.resolve(undefined), "TypeError"],
  [
    "gives a result that cannot be read",
    () => ({
      get done() {
        throw new RangeError("no more");
      },
    }),
    "RangeError",
  ],
])("an iterator that %s is an error of the function", async (_what, second, name) => {
  const nexts = [() => ({ value: "one" }), second];
  const { chunks, complete } = await stream(lambdaOf({ next: () => nexts.shift()!() }), "f");
  expect(chunks).toEqual(["one"]);
  expect(complete).toMatchObject({ ErrorCode: name });
});

test("after a write that is none the iterator may clean up, whose own trouble hides nothing", async () => {
  const seen: string[] = [];
  const iterator = {
    next: () => ({ value: () => "no write" }),
    async return() {
      seen.push("cleaning");
      await Promise.resolve();
      seen.push("clean");
      throw new RangeError("trouble");
    },
  };
  const { complete } = await stream(lambdaOf(iterator), "f");
  expect(complete).toMatchObject({ ErrorCode: "TypeError" });
  expect(seen).toEqual(["cleaning", "clean"]);
});

test("an iterable whose iterator cannot be made is an error of the function", async () => {
  const broken = {
    [Symbol.asyncIterator]() {
      throw new RangeError("none");
    },
  };
  const { complete } = await stream(createLambda({ functions: { f: () => broken } }), "f");
  expect(complete).toMatchObject({ ErrorCode: "RangeError" });
});
