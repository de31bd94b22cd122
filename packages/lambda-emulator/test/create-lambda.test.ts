import { describe, expect, test } from "vitest";
import { LambdaEmulatorError, chunks, createLambda } from "../src/index.ts";
import type { FunctionDefinition, LambdaOptions } from "../src/index.ts";
import { awslambda } from "../src/runtime.ts";
import { call, createUrl } from "./function-url-client.ts";
import { Signal, readEvent, request, stream, streamTarget } from "./invoke-client.ts";

function circular(): object {
  const object: Record<string, unknown> = {};
  return Object.assign(object, { object });
}

describe("options that are not allowed are refused with invalid_option", () => {
  test.each<[string, object, string]>([
    ["no functions", { functions: undefined }, "the option functions is undefined, expected functions by name"],
    ["a region that is none", { region: "here" }, 'the option region is "here", expected an AWS region'],
    ["a short account", { accountId: "123" }, 'the option accountId is "123", expected twelve digits'],
    ["an unknown profile", { profile: "real" }, 'the option profile is "real", expected "modelled" or "observed"'],
    ["an unknown side of a switch", { switches: { midStreamError: true } }, "switches.midStreamError is true"],
    ["a limit that is no number", { limits: { requestBytes: "6 MB" } }, "limits.requestBytes"],
    ["a negative limit", { limits: { clientContextBytes: -1 } }, "limits.clientContextBytes is -1"],
    ["an unknown switch", { switches: { dryRun: "observed" } }, "switches.dryRun"],
    ["a number of invocations that is none", { keepInvocations: 0.5 }, "keepInvocations is 0.5"],
    ["a big number as a profile", { profile: 5n }, 'the option profile is 5n, expected "modelled" or "observed"'],
    ["a big number of invocations", { keepInvocations: 5n }, "keepInvocations is 5n"],
    ["a big number as a limit", { limits: { requestBytes: 5n } }, "limits.requestBytes is 5n"],
    ["what has itself in it", { profile: circular() }, "the option profile is an object that JSON has no text for"],
    ["an unknown limit", { limits: { bytes: 1 } }, "limits.bytes"],
    [
      "an unknown option",
      { acountId: "1" },
      "found the option acountId, expected one of functions, region, accountId, ",
    ],
  ])("%s", (_what, options, message) => {
    const create = () => createLambda({ functions: {}, ...options });
    expect(create).toThrow(LambdaEmulatorError);
    expect(create).toThrow(
      expect.objectContaining({ code: "invalid_option", message: expect.stringContaining(message) }),
    );
  });

  test.each([undefined, null, "chat"])("%s in place of options", (options) => {
    expect(() => createLambda(options as unknown as LambdaOptions)).toThrow(
      expect.objectContaining({
        code: "invalid_option",
        message: expect.stringContaining("expected functions by name"),
      }),
    );
  });

  test.each(["us-east-1", "us-gov-west-1", "us-isob-east-1", "eusc-de-east-1", "ap-southeast-2"])(
    "%s is a region",
    async (region) => {
      const lambda = createLambda({ functions: { f: chunks("x") }, region });
      expect((await stream(lambda, "f")).status).toBe(200);
      expect(lambda.invocations[0]!.invokedFunctionArn).toContain(`:lambda:${region}:`);
    },
  );
});

describe("invocations", () => {
  test("record what was called, with what, and how it ended", async () => {
    const lambda = createLambda({
      functions: {
        f: {
          handler: (event: { list: number[] }, context) => {
            event.list.push(2);
            context.log("hello");
          },
          versions: { 3: () => Promise.reject(new Error("boom")) },
          aliases: { live: 3 },
        },
      },
    });
    const first = await stream(lambda, "f", { body: '{"list":[1]}' });
    const second = await stream(lambda, "f", { body: '{"list":[1]}', qualifier: "live" });
    const common = {
      functionName: "f",
      event: { list: [1] },
      ended: expect.any(Promise),
      delivery: "complete",
      delivered: expect.any(Promise),
      log: expect.any(Function),
    };
    expect(lambda.invocations).toEqual([
      {
        ...common,
        requestId: first.requestId,
        version: "$LATEST",
        invokedFunctionArn: "arn:aws:lambda:us-east-1:123456789012:function:f",
        outcome: { kind: "success" },
      },
      {
        ...common,
        requestId: second.requestId,
        version: "3",
        invokedFunctionArn: "arn:aws:lambda:us-east-1:123456789012:function:f:live",
        outcome: { kind: "error", errorType: "Error", errorMessage: "boom", trace: expect.any(Array) },
      },
    ]);
    expect(lambda.invocations[0]!.log()).toContain("\tINFO\thello\nEND RequestId: ");
    await expect(lambda.invocations[1]!.ended).resolves.toBe(lambda.invocations[1]!.outcome);
  });
});

test("an event of any depth is taken", async () => {
  const lambda = createLambda({ functions: { f: () => "taken" } });
  const body = "[".repeat(200_000) + "]".repeat(200_000);
  expect((await stream(lambda, "f", { body })).chunks).toEqual(['"taken"']);
  expect(lambda.invocations).toHaveLength(1);
});

test.each([
  [0, []],
  [2, [1, 2]],
  [3, [0, 1, 2]],
])("%i invocations are kept of three, the last ones", async (keepInvocations, kept) => {
  const lambda = createLambda({ functions: { f: chunks("x") }, keepInvocations });
  for (const body of ["0", "1", "2"]) expect((await stream(lambda, "f", { body })).chunks).toEqual(["x"]);
  expect(lambda.invocations.map(({ event }) => event)).toEqual(kept);
});

describe("define, remove and reset", () => {
  test("change the functions and put them back", async () => {
    const lambda = createLambda({ functions: { f: chunks("first") } });
    const { invocations } = lambda;
    lambda.define("f", chunks("second"));
    lambda.define("g", chunks("new"));
    expect((await stream(lambda, "f")).chunks).toEqual(["second"]);
    expect((await stream(lambda, "g")).chunks).toEqual(["new"]);
    lambda.remove("f");
    expect((await request(lambda, "POST", streamTarget("f"))).status).toBe(404);
    expect(invocations).toHaveLength(2);

    lambda.reset();
    expect(invocations).toEqual([]);
    expect((await stream(lambda, "f")).chunks).toEqual(["first"]);
    expect((await request(lambda, "POST", streamTarget("g"))).status).toBe(404);
  });

  test("reset forgets function URLs", async () => {
    const lambda = createLambda({ functions: { f: chunks("x") } });
    await createUrl(lambda, "f");
    lambda.reset();
    expect((await call(lambda, "GET", "/2021-10-31/functions/f/url")).answer.status).toBe(404);
  });

  test.each<[string, (left: () => void) => FunctionDefinition]>([
    [
      "a generator",
      (left) =>
        async function* () {
          try {
            for (;;) yield "x";
          } finally {
            left();
          }
        },
    ],
    [
      "a streamifyResponse handler",
      (left) =>
        awslambda.streamifyResponse(async (_event, responseStream) => {
          responseStream.on("close", left);
          responseStream.write("x");
          await new Promise(() => undefined);
        }),
    ],
  ])("reset ends what still runs: %s", async (_name, functionOf) => {
    const left = new Signal();
    let timers = 0;
    const delay = async (_ms: number, signal?: AbortSignal) => {
      timers += 1;
      await new Promise((resolve) => signal?.addEventListener("abort", resolve));
      timers -= 1;
    };
    const lambda = createLambda({ functions: { f: functionOf(() => left.happen()) }, delay });
    const reply = await request(lambda, "POST", streamTarget("f"));
    const steps = (reply.body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
    expect(readEvent((await steps.next()).value as Uint8Array).text).toBe("x");
    const { ended } = lambda.invocations[0]!;
    expect(timers).toBe(1);

    lambda.reset();
    expect(await ended).toMatchObject({ kind: "error", errorType: "Runtime.ExitError" });
    await left.happened;
    expect(timers).toBe(0);
    const rest: string[] = [];
    for (let step = await steps.next(); step.done !== true; step = await steps.next()) {
      rest.push(readEvent(step.value).text);
    }
    expect(JSON.parse(rest.pop()!)).toMatchObject({ ErrorCode: "Runtime.ExitError" });
    expect(rest.length).toBeLessThanOrEqual(1); // A generator runs one write ahead.
  });

  test("functions are found by their own name alone", async () => {
    const lambda = createLambda({ functions: { f: chunks("x") } });
    for (const name of ["F", "constructor", "__proto__", "toString"]) {
      expect((await request(lambda, "POST", streamTarget(name))).status).toBe(404);
    }
  });
});
