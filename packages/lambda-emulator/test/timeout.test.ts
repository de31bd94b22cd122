import { setImmediate } from "node:timers/promises";
import type { Delay } from "@eventstream-kit/service";
import { describe, expect, test } from "vitest";
import { createLambda } from "../src/index.ts";
import type { LambdaOptions } from "../src/index.ts";
import { awslambda } from "../src/runtime.ts";
import { Signal, invokeTarget, send, stream, streamTarget } from "./invoke-client.ts";

const profiles = ["modelled", "observed"] as const;
const tail = [["X-Amz-Log-Type", "Tail"]] as const;

/** Time that passes when a test says so. */
function testClock() {
  let now = Date.UTC(2026, 0, 1);
  const timers = new Set<{ at: number; resolve: () => void }>();
  const delay: Delay = (ms, signal) =>
    new Promise((resolve, reject) => {
      const timer = { at: now + ms, resolve };
      timers.add(timer);
      signal?.addEventListener("abort", () => {
        timers.delete(timer);
        reject(signal.reason as Error);
      });
    });
  const advance = (ms: number) => {
    now += ms;
    for (const timer of timers) {
      if (timer.at > now) continue;
      timers.delete(timer);
      timer.resolve();
    }
  };
  return { options: { now: () => now, delay }, advance, timers };
}

/** Writes "abcd", or nothing, and then never ends. */
function stuck(clock: ReturnType<typeof testClock>) {
  const isStuck = new Signal();
  const forever = async () => {
    isStuck.happen();
    await new Promise(() => undefined);
  };
  const definitions: LambdaOptions["functions"] = {
    after: {
      timeout: 1,
      handler: async function* () {
        yield "abcd";
        await forever();
      },
    },
    afterWriter: {
      timeout: 1,
      handler: awslambda.streamifyResponse(async (_event, responseStream) => {
        responseStream.write("abcd");
        await forever();
      }),
    },
    before: { timeout: 1, handler: forever },
  };
  const advance = async () => {
    await isStuck.happened;
    clock.advance(999);
    clock.advance(1);
  };
  return { definitions, advance };
}

describe("lambda case 16: timeout", () => {
  test.each(["after", "afterWriter"])("%s: the bytes, the completion, the log's status", async (name) => {
    for (const profile of profiles) {
      const clock = testClock();
      const { definitions, advance } = stuck(clock);
      const lambda = createLambda({ functions: definitions, profile, ...clock.options });
      const [answer] = await Promise.all([stream(lambda, name, { headers: tail }), advance()]);
      expect(answer.chunks).toEqual(["abcd"]);
      const { LogResult, ...members } = answer.complete;
      expect(Buffer.from(LogResult!, "base64").toString()).toMatch(
        /REPORT RequestId: \S+\tDuration: 1000\.00 ms\tBilled Duration: 1000 ms\t.*\tStatus: timeout\n$/,
      );
      const details = `RequestId: ${answer.requestId} Error: Task timed out after 1.00 seconds`;
      expect(members).toEqual(profile === "modelled" ? { ErrorCode: "Sandbox.Timeout", ErrorDetails: details } : {});
      expect(lambda.invocations[0]!.outcome).toEqual({ kind: "timeout", seconds: 1 });
    }
  });

  test("Invoke answers Sandbox.Timedout as a function error", async () => {
    const clock = testClock();
    const { definitions, advance } = stuck(clock);
    const lambda = createLambda({ functions: definitions, ...clock.options });
    const [answer] = await Promise.all([send(lambda, "POST", invokeTarget("before")), advance()]);
    expect(answer.status).toBe(200);
    expect(answer.all("X-Amz-Function-Error")).toEqual(["Unhandled"]);
    const [requestId] = answer.all("x-amzn-RequestId");
    expect(answer.text).toBe(
      `{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: ${requestId} Error: Task timed out after 1.00 seconds"}`,
    );
  });

  test("a slow reader is not the function's fault, and no timer is left", async () => {
    const clock = testClock();
    const remaining: number[] = [];
    const lambda = createLambda({
      functions: {
        f: {
          timeout: 1,
          handler: async function* (_event, context) {
            for (const part of ["a", "b", "c"]) {
              clock.advance(300);
              remaining.push(context.getRemainingTimeInMillis());
              yield part;
            }
          },
        },
      },
      ...clock.options,
    });
    const reply = await lambda.handle({
      method: "POST",
      target: streamTarget("f"),
      headers: [],
      body: new Uint8Array(),
    });
    let count = 0;
    for await (const _step of reply!.body) {
      clock.advance(60_000);
      // Lets the timer that just fired be heard.
      await Promise.resolve();
      count++;
    }
    expect(count).toBe(4);
    expect(remaining).toEqual([700, 400, 100]);
    expect(await lambda.invocations[0]!.ended).toEqual({ kind: "success" });
    expect(clock.timers.size).toBe(0);
  });

  test("time that the function takes itself still counts after a slow reader", async () => {
    const clock = testClock();
    const isStuck = new Signal();
    const lambda = createLambda({
      functions: {
        f: {
          timeout: 1,
          handler: async function* () {
            yield "a";
            clock.advance(600);
            yield "b";
            isStuck.happen();
            await new Promise(() => undefined);
          },
        },
      },
      ...clock.options,
    });
    const left = (async () => {
      await isStuck.happened;
      await setImmediate();
      clock.advance(399);
      const before = lambda.invocations[0]!.outcome;
      await setImmediate();
      clock.advance(1);
      return before;
    })();
    const reply = await lambda.handle({
      method: "POST",
      target: streamTarget("f"),
      headers: [],
      body: new Uint8Array(),
    });
    for await (const _step of reply!.body) clock.advance(5000);
    expect(await left).toBe(undefined);
    expect(await lambda.invocations[0]!.ended).toEqual({ kind: "timeout", seconds: 1 });
  });
});
