import { InvokeWithResponseStreamCommand, TooManyRequestsException } from "@aws-sdk/client-lambda";
import { describe, expect, test } from "vitest";
import { chunks, createLambda } from "../src/index.ts";
import { createUrl, send } from "./function-url-client.ts";
import { Signal, invokeTarget, request, stream, streamTarget } from "./invoke-client.ts";
import { served, streamBy } from "./real-client.ts";

const throttled = {
  Reason: "FunctionInvocationRateLimitExceeded",
  Type: "User",
  message: "Rate Exceeded.",
};
const full = { ...throttled, Reason: "ReservedFunctionConcurrentInvocationLimitExceeded" };

describe("lambda case 27: throttling", () => {
  test.each([
    ["InvokeWithResponseStream", streamTarget("f")],
    ["Invoke", invokeTarget("f")],
  ])("%s: 429 with Retry-After and Reason", async (_operation, target) => {
    const limits = { retryAfterSeconds: 7 };
    const lambda = createLambda({ functions: { f: { handler: chunks("x"), throttle: 1 } }, limits });
    const answer = await send(lambda, "POST", target);
    expect(answer.status).toBe(429);
    expect(answer.all("x-amzn-ErrorType")).toEqual(["TooManyRequestsException"]);
    expect(answer.all("Retry-After")).toEqual(["7"]);
    expect(answer.text).toBe(JSON.stringify(throttled));
    expect(lambda.invocations).toEqual([]);
    expect((await send(lambda, "POST", target)).status).toBe(200);
    lambda.reset();
    expect((await send(lambda, "POST", target)).status).toBe(429);
  });

  test("the default client makes three attempts, and gets through at the third", async () => {
    const attempts: string[] = [];
    const lambda = createLambda({ functions: { f: { handler: chunks("through"), throttle: 2 } } });
    const { client } = await served({
      handle: (one) => {
        attempts.push(one.headers.find(([name]) => name.toLowerCase() === "amz-sdk-request")![1]);
        return lambda.handle(one);
      },
    });
    expect(await streamBy(client, "f")).toMatchObject({ chunks: ["through"], complete: {} });
    expect(attempts).toEqual(["attempt=1; max=3", "attempt=2; max=3", "attempt=3; max=3"]);
    expect(lambda.invocations).toHaveLength(1);
  });

  test("the default client gives up after the third, with the typed exception", async () => {
    const { client } = await served(createLambda({ functions: { f: { handler: "x", throttle: Infinity } } }));
    const failed = client.send(new InvokeWithResponseStreamCommand({ FunctionName: "f" }));
    await expect(failed).rejects.toThrow(TooManyRequestsException);
    await expect(failed).rejects.toMatchObject({
      Reason: "FunctionInvocationRateLimitExceeded",
      retryAfterSeconds: "0",
      $metadata: { attempts: 3, httpStatusCode: 429 },
    });
  });

  test("a function URL", async () => {
    const lambda = createLambda({ functions: { f: { handler: "x", throttle: 1 } } });
    const { path } = await createUrl(lambda, "f");
    const answer = await send(lambda, "GET", `${path}/`);
    expect([answer.status, answer.text]).toEqual([429, JSON.stringify(throttled)]);
    expect((await send(lambda, "GET", `${path}/`)).status).toBe(200);
  });
});

describe("reserved concurrency", () => {
  test("as many as reserved run at once, one more is refused, and the end of one makes room", async () => {
    const go = new Signal();
    const handler = async function* () {
      yield "begun";
      await go.happened;
    };
    const lambda = createLambda({ functions: { f: { handler, concurrency: 2 }, g: "free" } });
    const first = await request(lambda, "POST", streamTarget("f"));
    const second = await request(lambda, "POST", streamTarget("f"));
    const third = await send(lambda, "POST", streamTarget("f"));
    expect([third.status, third.text]).toEqual([429, JSON.stringify(full)]);
    expect((await stream(lambda, "g")).chunks).toEqual(['"free"']);

    go.happen();
    for (const { body } of [first, second]) for await (const step of body) expect(step).toBeInstanceOf(Uint8Array);
    expect((await stream(lambda, "f")).chunks).toEqual(["begun"]);
    expect(lambda.invocations).toHaveLength(4);
  });

  test("of 0 refuses every call, and an Event is accepted and never runs", async () => {
    const lambda = createLambda({ functions: { f: { handler: "x", concurrency: 0 } } });
    const { path } = await createUrl(lambda, "f");
    for (const [method, target] of [
      ["POST", invokeTarget("f")],
      ["POST", streamTarget("f")],
      ["GET", `${path}/`],
    ] as const) {
      const answer = await send(lambda, method, target);
      expect([answer.status, answer.text]).toEqual([429, JSON.stringify(full)]);
    }
    const headers = [["X-Amz-Invocation-Type", "Event"]] as const;
    expect((await send(lambda, "POST", invokeTarget("f"), { headers })).status).toBe(202);
    expect(lambda.invocations).toEqual([]);
    expect((await send(lambda, "POST", invokeTarget("missing"))).status).toBe(404);
  });

  test("what began before a reset does not count after it", async () => {
    const go = new Signal();
    const lambda = createLambda({ functions: { f: { handler: () => go.happened, concurrency: 1 } } });
    const old = send(lambda, "POST", invokeTarget("f"));
    await new Promise(setImmediate);
    lambda.reset();
    const next = send(lambda, "POST", invokeTarget("f"));
    await new Promise(setImmediate);
    expect((await send(lambda, "POST", invokeTarget("f"))).status).toBe(429);
    go.happen();
    expect([(await old).status, (await next).status]).toEqual([200, 200]);
  });

  test.each([-1, 1.5, Number.NaN])("a concurrency of %d is refused", (concurrency) => {
    expect(() => createLambda({ functions: { f: { handler: "x", concurrency } } })).toThrow(
      expect.objectContaining({ code: "invalid_function" }),
    );
  });
});
