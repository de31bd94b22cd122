import { LambdaStreamError, readLambdaStream } from "@eventstream-kit/codec/lambda";
import { InvokeWithResponseStreamCommand } from "@aws-sdk/client-lambda";
import { toResponse } from "@eventstream-kit/service";
import { describe, expect, test } from "vitest";
import { chunks, createLambda } from "../src/index.ts";
import type { FunctionFaults } from "../src/index.ts";
import { createUrl, send } from "./function-url-client.ts";
import { Signal, invokeTarget, request, stream, streamTarget } from "./invoke-client.ts";
import { served, streamBy } from "./real-client.ts";

const faulty = (faults: FunctionFaults, ...writes: string[]) =>
  createLambda({ functions: { f: { handler: chunks(...writes), faults } } });

describe("an injected error of the service has its form", () => {
  test.each([
    ["500", "ServiceException", { Type: "Service", Message: "no" }],
    ["502", "ENILimitReachedException", { Type: "Service", Message: "no" }],
    ["502", "ResourceNotReadyException", { Type: "Service", message: "no" }],
    ["409", "ResourceConflictException", { Type: "User", message: "no" }],
    ["409", "SnapStartNotReadyException", { Type: "User", Message: "no" }],
    ["429", "TooManyRequestsException", { Reason: "CallerRateLimitExceeded", Type: "User", message: "no" }],
    ["400", "ValidationException", { message: "no" }],
    ["403", "AccessDeniedException", { Message: "no" }],
    ["418", "SomebodysException", { Type: "User", message: "no" }],
  ])("%s %s", async (status, type, body) => {
    const lambda = faulty([`status:${status}:${type}:no`], "one");
    for (const target of [streamTarget("f"), invokeTarget("f")]) {
      const answer = await send(lambda, "POST", target);
      expect([answer.status, JSON.parse(answer.text)]).toEqual([Number(status), body]);
      expect(answer.headers).toEqual([
        ["Content-Type", "application/json"],
        ["Content-Length", String(answer.bytes.length)],
        ["x-amzn-RequestId", expect.stringMatching(/^[\da-f-]{36}$/)],
        ["x-amzn-ErrorType", type],
        ...(status === "429" ? [["Retry-After", "0"]] : []),
      ]);
    }
    expect(lambda.invocations).toEqual([]);
  });

  test("the last of several counts, as everywhere", async () => {
    const answer = await send(
      faulty(["status:503", "status:409:ENINotReadyException"], "one"),
      "POST",
      streamTarget("f"),
    );
    expect([answer.status, JSON.parse(answer.text)]).toEqual([
      409,
      { Type: "User", Message: "Injected by the fault status:409" },
    ]);
    const other = await send(
      faulty(["status:429:TooManyRequestsException", "status:503"], "one"),
      "POST",
      streamTarget("f"),
    );
    expect([other.status, JSON.parse(other.text)]).toEqual([503, { message: "Injected by the fault status:503" }]);
  });

  test("without a text it says that it is injected, and what comes behind it in the list happens to it", async () => {
    const lambda = faulty(["status:500:ServiceException", "eof@byte:20"], "one");
    expect((await send(lambda, "POST", streamTarget("f"))).text).toBe('{"Type":"Service","M');
    const whole = await send(faulty(["status:500:ServiceException"], "one"), "POST", streamTarget("f"));
    expect(JSON.parse(whole.text)).toEqual({ Type: "Service", Message: "Injected by the fault status:500" });
  });
});

describe("lambda case 28: the connection breaks", () => {
  test.each(["reset@frame:1", "reset@byte:0", "reset@byte:7"])(
    "before the first frame is whole, the default client makes three attempts: %s",
    async (fault) => {
      const lambda = faulty([fault], "one", "two");
      const { client } = await served(lambda);
      const { chunks: got, error } = await streamBy(client, "f");
      expect([got, (error as NodeJS.ErrnoException).code]).toEqual([[], "ECONNRESET"]);
      expect(lambda.invocations).toHaveLength(3);
    },
  );

  test("an attempt can be spared", async () => {
    const lambda = faulty(({ attempt }) => (attempt < 3 ? ["reset"] : []), "one");
    const { client } = await served(lambda);
    expect(await streamBy(client, "f")).toMatchObject({ chunks: ["one"], complete: {} });
    expect(lambda.invocations).toHaveLength(3);
  });

  test("after the first frame there is one attempt, and the iterator throws", async () => {
    const lambda = faulty(["reset@frame:2"], "one", "two");
    const { client } = await served(lambda);
    const { chunks: got, error } = await streamBy(client, "f");
    expect([got, error!.message]).toEqual([["one"], "aborted"]);
    expect(lambda.invocations).toHaveLength(1);
  });
});

test("lambda case 29: a flipped bit in a payload fails the checksum, after the chunks before it", async () => {
  const { client } = await served(faulty(["corrupt@frame:2:payload:0"], "one", "two"));
  const { chunks: got, error } = await streamBy(client, "f");
  expect(got).toEqual(["one"]);
  expect(error!.message).toMatch(/^The message checksum \(\d+\) did not match the expected value of \d+$/);
});

describe("lambda case 30: the stream ends without a completion", () => {
  test.each(["eof@frame:3", "omit-complete"])("the SDK ends silently: %s", async (fault) => {
    const { client } = await served(faulty([fault], "one", "two"));
    expect(await streamBy(client, "f")).toEqual({ chunks: ["one", "two"], complete: undefined, error: undefined });
  });

  test("readLambdaStream reports it, with the bytes so far", async () => {
    const { client } = await served(faulty(["omit-complete"], "one", "two"));
    const output = await client.send(new InvokeWithResponseStreamCommand({ FunctionName: "f" }));
    const failed = readLambdaStream(output).text();
    await expect(failed).rejects.toThrow(LambdaStreamError);
    await expect(failed).rejects.toMatchObject({
      code: "missing_complete",
      received: new TextEncoder().encode("onetwo"),
    });
  });
});

test("lambda case 31: a frame cut short at a clean end", async () => {
  const { client } = await served(faulty(["truncate@frame:2+20"], "one", "two"));
  const { chunks: got, error } = await streamBy(client, "f");
  expect([got, error!.message]).toEqual([["one"], "Truncated event message received."]);
});

describe("faults of a function", () => {
  test("are those of its own calls, and come in order", async () => {
    const faults = ["drop@frame:1", "dup@frame:1"];
    const lambda = createLambda({ functions: { f: { handler: chunks("a", "b"), faults }, g: chunks("a", "b") } });
    expect((await stream(lambda, "f")).chunks).toEqual(["b", "b"]);
    expect((await stream(lambda, "g")).chunks).toEqual(["a", "b"]);
  });

  test("may be data, and may be chosen by the call", async () => {
    const calls: unknown[] = [];
    const lambda = createLambda({
      functions: {
        f: {
          handler: chunks("a"),
          faults: (call) => {
            calls.push(call);
            return call.event === 1 ? [{ kind: "dup", frame: 1 }] : undefined;
          },
        },
      },
    });
    const headers = [["amz-sdk-request", "attempt=2; max=3"]] as const;
    const first = await stream(lambda, "f", { body: "1", headers });
    expect(first.chunks).toEqual(["a", "a"]);
    expect((await stream(lambda, "f", { body: "2" })).chunks).toEqual(["a"]);
    const call = { requestId: first.requestId, functionName: "f", version: "$LATEST", event: 1, attempt: 2 };
    expect(calls).toEqual([call, expect.objectContaining({ event: 2, attempt: 1 })]);
  });

  test("a status answers before anything runs", async () => {
    const lambda = faulty(["status:503"], "one");
    for (const target of [streamTarget("f"), invokeTarget("f")]) {
      const answer = await send(lambda, "POST", target);
      expect(answer.status).toBe(503);
      expect(answer.all("x-amzn-RequestId")).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/)]);
    }
    expect(lambda.invocations).toEqual([]);
  });

  test("at a frame, they pass Invoke and function URLs by; all others reach them", async () => {
    const framed = faulty(["reset@frame:1", "omit-complete"], "one");
    const url = await createUrl(framed, "f");
    expect((await send(framed, "POST", invokeTarget("f"))).text).toBe("one");
    expect((await send(framed, "GET", `${url.path}/`)).text).toBe("one");

    const bytes = faulty(["eof@byte:2"], "one");
    const other = await createUrl(bytes, "f", { InvokeMode: "RESPONSE_STREAM" });
    expect((await send(bytes, "POST", invokeTarget("f"))).text).toBe("on");
    expect((await send(bytes, "GET", `${other.path}/`)).text).toBe("on");
  });

  test("that are not reached break the answer: a test that asked for one must not pass", async () => {
    const reply = await request(faulty(["reset@frame:9"], "one"), "POST", streamTarget("f"));
    await expect(toResponse(reply).text()).rejects.toMatchObject({ code: "fault_unreached" });
  });

  test("leave the function to run on when its reader leaves before the first step", async () => {
    const ended = new Signal();
    const handler = async function* () {
      yield "a";
      yield "b";
      ended.happen();
    };
    const lambda = createLambda({ functions: { f: { handler, faults: ["rechunk:1"] } } });
    const { body } = await request(lambda, "POST", streamTarget("f"));
    await (body as AsyncIterable<unknown>)[Symbol.asyncIterator]().return!();
    await ended.happened;
    expect(await lambda.invocations[0]!.ended).toEqual({ kind: "success" });
  });

  test("that are none are refused, at the definition and at the call", async () => {
    for (const fault of ["explode", { kind: "drop", frame: 0 } as const]) {
      expect(() => faulty([fault], "one")).toThrow(expect.objectContaining({ code: "invalid_function" }));
      await expect(
        request(
          faulty(() => [fault]),
          "POST",
          streamTarget("f"),
        ),
      ).rejects.toMatchObject({
        code: "invalid_function",
        cause: { name: "ServiceError" },
      });
    }
    const chosen = request(
      faulty(() => "reset" as never),
      "POST",
      streamTarget("f"),
    );
    await expect(chosen).rejects.toThrow('the faults "reset"; expected a list');
  });
});
