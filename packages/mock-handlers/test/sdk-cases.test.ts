/**
 * The numbered cases of invocations as the callers of a real client see them, by each of its handlers, over every transport. What is a
 * matter of bytes and header lines is shown by raw requests, in packages/lambda-emulator/test.
 */
import { createHash } from "node:crypto";
import { InvokeCommand, InvokeWithResponseStreamCommand } from "@aws-sdk/client-lambda";
import type { InvokeWithResponseStreamCommandInput } from "@aws-sdk/client-lambda";
import { LambdaStreamError, readLambdaStream } from "@eventstream-kit/codec/lambda";
import { chunks } from "@eventstream-kit/lambda-emulator";
import type { FunctionDefinition, LambdaOptions } from "@eventstream-kit/lambda-emulator";
import { awslambda } from "@eventstream-kit/lambda-emulator/runtime";
import { createLambda } from "@eventstream-kit/mock-handlers";
import { gate, gates } from "@eventstream-kit/workshop/gate";
import { describe, expect, test } from "vitest";
import { sdkTransports, skipInTransport } from "./transports.ts";

const observed = { profile: "observed" } as const;
const arn = "arn:aws:lambda:us-east-1:123456789012:function:f";
const prelude = { statusCode: 404, headers: { "x-a": "b" } };

const late = async function* () {
  yield "part";
  throw new RangeError("too far");
};
const never = awslambda.streamifyResponse(async () => {
  throw new RangeError("at once");
});
const hangs = async function* () {
  yield "part";
  await gate().opened;
};

const logOf = (complete: object | undefined) =>
  Buffer.from((complete as { LogResult: string }).LogResult, "base64").toString("latin1");

describe.each(sdkTransports)("$name", (transport) => {
  skipInTransport(transport);

  /** A function called `f` and a client before it. */
  async function lambdaOf(f: FunctionDefinition, options: Partial<LambdaOptions> = {}) {
    const lambda = createLambda({ functions: { f }, ...options });
    const { client } = await transport.reach(lambda);
    const send = (more: Partial<InvokeWithResponseStreamCommandInput> = {}, abortSignal?: AbortSignal) =>
      client.send(
        new InvokeWithResponseStreamCommand({ FunctionName: "f", ...more }),
        abortSignal ? { abortSignal } : {},
      );
    /** All events of a stream: payloads as text, and the last event. */
    const stream = async (more: Partial<InvokeWithResponseStreamCommandInput> = {}) => {
      const output = await send(more);
      const texts: string[] = [];
      let complete: object | undefined;
      let error: Error | undefined;
      try {
        for await (const { PayloadChunk, InvokeComplete } of output.EventStream ?? []) {
          if (PayloadChunk) texts.push(Buffer.from(PayloadChunk.Payload!).toString("latin1"));
          if (InvokeComplete) complete = InvokeComplete;
        }
      } catch (thrown) {
        error = thrown as Error;
      }
      return { output, texts, complete, error };
    };
    const invoke = (more: Partial<InvokeCommand["input"]> = {}) =>
      client.send(new InvokeCommand({ FunctionName: "f", ...more }));
    return { lambda, send, stream, invoke };
  }

  test("lambda case 1 by the SDK: each write is an event, then InvokeComplete", async () => {
    const { stream } = await lambdaOf(chunks("Hello ", "world"));
    expect(await stream()).toMatchObject({ texts: ["Hello ", "world"], complete: {}, error: undefined });
  });

  test("lambda case 3 by the SDK: nothing written is InvokeComplete alone", async () => {
    const { stream } = await lambdaOf(chunks());
    expect(await stream()).toMatchObject({ texts: [], complete: {}, error: undefined });
  });

  test("lambda case 4 by the SDK: binary bytes pass", async () => {
    const { stream } = await lambdaOf(chunks(new Uint8Array([0x41, 0, 0xff, 0x0a])));
    expect((await stream()).texts).toEqual(["A\0\xff\n"]);
  });

  test("lambda case 5 by the SDK: content type, version and request id", async () => {
    const { stream, lambda } = await lambdaOf(chunks("a"));
    const { output } = await stream();
    expect(output).toMatchObject({
      StatusCode: 200,
      ExecutedVersion: "$LATEST",
      ResponseStreamContentType: "application/vnd.amazon.eventstream",
      $metadata: { requestId: lambda.invocations[0]!.requestId, attempts: 1 },
    });
    expect(output.$metadata.requestId).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  });

  test.each([
    [6, "a type that the function has set", { contentType: "text/x", handler: chunks("a") }],
    [7, "an ordinary handler", () => 1],
  ] as const)("lambda case %i by the SDK: %s is not the stream's own type", async (_number, _what, f) => {
    const { stream } = await lambdaOf(f);
    expect((await stream()).output.ResponseStreamContentType).toBe("application/vnd.amazon.eventstream");
  });

  test("lambda case 8 by the SDK: a qualifier's version runs", async () => {
    const { stream } = await lambdaOf({ handler: () => 0, versions: { 1: () => 1 }, aliases: { live: 1 } });
    for (const Qualifier of ["1", "live"]) {
      const { output, texts, complete } = await stream({ Qualifier, LogType: "Tail" });
      expect([output.ExecutedVersion, texts]).toEqual(["1", ["1"]]);
      expect(logOf(complete)).toContain(" Version: 1\n");
    }
  });

  test("lambda case 9 by the SDK: LogType Tail brings the log", async () => {
    const { stream } = await lambdaOf(chunks("a"));
    const { output, complete } = await stream({ LogType: "Tail" });
    expect(Object.keys(complete!)).toEqual(["LogResult"]);
    expect(logOf(complete)).toMatch(
      new RegExp(`^START RequestId: ${output.$metadata.requestId} .*\nREPORT [^\n]*\n$`, "s"),
    );
  });

  test("lambda case 10 by the SDK: of a long log the last 4,096 bytes", async () => {
    const { stream } = await lambdaOf((_event: unknown, context) => context.log("x".repeat(10_000)));
    const { complete } = await stream({ LogType: "Tail" });
    expect(logOf(complete)).toHaveLength(4096);
    expect(logOf(complete)).toMatch(/^x+\n.*\nREPORT [^\n]*\n$/s);
  });

  test("lambda case 11 by the SDK: send() waits for the first write, and reading for each", async () => {
    const [first, second] = gates(2);
    const { lambda, send } = await lambdaOf(async function* () {
      await first!.opened;
      yield "1";
      await second!.opened;
      yield "2";
    });
    let begun = false;
    const sent = send().then((output) => ((begun = true), output));
    while (lambda.invocations.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(begun).toBe(false);
    first!.open();
    const texts: string[] = [];
    for await (const { PayloadChunk } of (await sent).EventStream!) {
      if (PayloadChunk) texts.push(Buffer.from(PayloadChunk.Payload!).toString());
      second!.open();
    }
    expect(texts).toEqual(["1", "2"]);
  });

  test("lambda case 12 by the SDK: an error after a write is in InvokeComplete", async () => {
    const { stream } = await lambdaOf(late);
    expect(await stream()).toMatchObject({
      texts: ["part"],
      complete: { ErrorCode: "RangeError", ErrorDetails: expect.stringContaining('"errorMessage":"too far"') },
    });
  });

  test("lambda case 13 by the SDK: P:observed, or is not", async () => {
    const { stream } = await lambdaOf(late, observed);
    expect(await stream()).toMatchObject({ texts: ["part"], complete: {}, error: undefined });
  });

  test.each([
    ["modelled", { ErrorCode: "RangeError", ErrorDetails: expect.any(String) }],
    ["observed", {}],
  ] as const)("lambda case 14 by the SDK: P:%s, an error before any write", async (profile, complete) => {
    const { stream } = await lambdaOf(never, { profile });
    const seen = await stream();
    expect([seen.output.StatusCode, seen.texts, seen.complete]).toEqual([200, [], complete]);
  });

  test("lambda case 15 by the SDK: P:observed, the error that a runtime reports is the payload", async () => {
    const { stream } = await lambdaOf(() => Promise.reject(new RangeError("no")), observed);
    const { texts, complete } = await stream();
    expect(JSON.parse(texts.join(""))).toMatchObject({ errorType: "RangeError", errorMessage: "no" });
    expect(complete).toEqual({});
  });

  test("lambda case 16 by the SDK: a timeout after a write", async () => {
    const { stream } = await lambdaOf({ handler: hangs, timeout: 0.1 });
    const { texts, complete } = await stream({ LogType: "Tail" });
    expect(texts).toEqual(["part"]);
    expect(complete).toMatchObject({ ErrorCode: "Sandbox.Timeout", ErrorDetails: expect.stringMatching(/timed out/) });
    expect(logOf(complete)).toMatch(/Status: timeout\n$/);
  });

  test("lambda case 17 by the SDK: a prelude is part of the payload", async () => {
    const handler = awslambda.streamifyResponse(async (_event, responseStream) => {
      const response = awslambda.HttpResponseStream.from(responseStream, prelude);
      response.write("body");
      response.end();
    });
    const { stream } = await lambdaOf(handler);
    const { output, texts } = await stream();
    expect([output.StatusCode, texts]).toEqual([200, [`${JSON.stringify(prelude)}${"\0".repeat(8)}body`]]);
  });

  test("lambda case 18 by the SDK: P:modelled, a DryRun is 204 and no event", async () => {
    const { lambda, stream } = await lambdaOf(chunks("a"));
    const { output, texts, complete, error } = await stream({ InvocationType: "DryRun" });
    expect([output.StatusCode, output.ExecutedVersion, texts, complete, error]).toEqual([
      204,
      undefined,
      [],
      undefined,
      undefined,
    ]);
    expect(lambda.invocations).toEqual([]);
  });

  test("lambda case 19 by the SDK: P:modelled, Event is refused", async () => {
    const { stream } = await lambdaOf(chunks("a"));
    await expect(stream({ InvocationType: "Event" as never })).rejects.toMatchObject({
      name: "ValidationException",
      message: expect.stringContaining("'invocationType'"),
    });
  });

  test("lambda case 19 by the SDK: P:observed, Event runs", async () => {
    const { stream } = await lambdaOf(chunks("a"), observed);
    expect((await stream({ InvocationType: "Event" as never })).texts).toEqual(["a"]);
  });

  test("lambda case 20 by the SDK: no payload is {}", async () => {
    const { lambda, stream } = await lambdaOf((event: unknown) => event);
    expect((await stream()).texts).toEqual(["{}"]);
    expect(lambda.invocations[0]!.event).toEqual({});
  });

  test.each<[number, string, Partial<InvokeWithResponseStreamCommandInput>, object]>([
    [
      21,
      "a payload that is no JSON",
      { Payload: "{bad" },
      {
        name: "InvalidRequestContentException",
        message: expect.stringMatching(/^Could not parse request body into json: /),
      },
    ],
    [
      22,
      "a missing function",
      { FunctionName: "g" },
      { name: "ResourceNotFoundException", message: `Function not found: ${arn.replace(/f$/, "g")}:$LATEST` },
    ],
    [
      23,
      "a qualifier that is not the name's",
      { FunctionName: "f:live", Qualifier: "other" },
      {
        name: "InvalidParameterValueException",
        message: "The derived qualifier from the function name does not match the specified qualifier.",
      },
    ],
    [
      25,
      "another region's ARN",
      { FunctionName: arn.replace("us-east-1", "eu-west-1") },
      {
        name: "ResourceNotFoundException",
        message: "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')",
      },
    ],
    [26, "a name of 65 characters", { FunctionName: "n".repeat(65) }, { name: "ResourceNotFoundException" }],
  ])("lambda case %i by the SDK: %s is refused before the stream", async (_number, _what, input, error) => {
    const { lambda, send } = await lambdaOf({ handler: () => 0, aliases: { live: "$LATEST" } });
    await expect(send(input)).rejects.toMatchObject({ ...error, $metadata: { attempts: 1 } });
    expect(lambda.invocations).toEqual([]);
  });

  test("lambda case 24 by the SDK: an ARN is a name", async () => {
    const { lambda, stream } = await lambdaOf(chunks("a"));
    expect((await stream({ FunctionName: arn })).texts).toEqual(["a"]);
    expect(lambda.invocations[0]!.invokedFunctionArn).toBe(arn);
  });

  test("lambda case 27 by the SDK: throttling is tried again, and typed", async () => {
    const { send } = await lambdaOf({ handler: chunks("a"), concurrency: 0 });
    await expect(send()).rejects.toMatchObject({
      name: "TooManyRequestsException",
      message: "Rate Exceeded.",
      Reason: "ReservedFunctionConcurrentInvocationLimitExceeded",
      retryAfterSeconds: "0",
      $metadata: { httpStatusCode: 429, attempts: 2 },
    });
  });

  test.each(["reset@frame:1", "reset@byte:7"])(
    "lambda case 28 by the SDK: a connection that breaks before the first frame is tried again: %s",
    async (fault) => {
      const { lambda, send } = await lambdaOf({ handler: chunks("one", "two"), faults: [fault] });
      await expect(send()).rejects.toThrow(Error);
      // The clients of this suite make two attempts. What msw 3 breaks a fetch with, the SDK does not try again.
      expect(lambda.invocations).toHaveLength(transport.name === "msw 3, fetch" ? 1 : 2);
    },
  );

  test("lambda case 28 by the SDK: a connection that breaks after the first frame is not tried again", async () => {
    const { lambda, stream } = await lambdaOf({ handler: chunks("one", "two"), faults: ["reset@frame:2"] });
    const { texts, error } = await stream();
    // Over HTTP/2 the SDK does not tell a reset from an end; the fault matrix of the guides has them all.
    expect([texts, error]).toEqual([["one"], expect.any(Error)]);
    expect(lambda.invocations).toHaveLength(1);
  });

  test.each([
    [29, "a flipped bit", "corrupt@frame:2:payload:0", ["one"], /^The message checksum /],
    [31, "a frame cut short", "truncate@frame:2+20", ["one"], /^Truncated event message received\.$/],
  ])("lambda case %i by the SDK: %s", async (_number, _what, fault, texts, message) => {
    const { stream } = await lambdaOf({ handler: chunks("one", "two"), faults: [fault] });
    expect(await stream()).toMatchObject({
      texts,
      complete: undefined,
      error: { message: expect.stringMatching(message) },
    });
  });

  test("lambda case 30 by the SDK: no InvokeComplete is no error to it, but to readLambdaStream", async () => {
    const { stream, send } = await lambdaOf({ handler: chunks("one", "two"), faults: ["omit-complete"] });
    expect(await stream()).toMatchObject({ texts: ["one", "two"], complete: undefined, error: undefined });
    await expect(readLambdaStream(await send()).text()).rejects.toThrow(LambdaStreamError);
  });

  test("lambda case 32 by the SDK: a stream cut at every byte", async () => {
    const { stream } = await lambdaOf({ handler: chunks("one", "two"), faults: ["rechunk:1"] });
    expect(await stream()).toMatchObject({ texts: ["one", "two"], complete: {}, error: undefined });
  });

  test("lambda case 33 by the SDK: 7 MiB arrive as they were", async () => {
    const bytes = Buffer.alloc(7 * 1024 * 1024);
    for (let at = 0; at < bytes.length; at += 4) bytes.writeUInt32LE(Math.imul(at, 2654435761) >>> 0, at);
    const { send } = await lambdaOf(chunks(bytes));
    const hash = createHash("sha256");
    for await (const piece of readLambdaStream(await send())) hash.update(piece);
    expect(hash.digest("hex")).toBe(createHash("sha256").update(bytes).digest("hex"));
  }, 30_000);

  test.each([
    ["modelled", { ErrorCode: "Function.ResponseSizeTooLarge", ErrorDetails: expect.any(String) }],
    ["observed", {}],
  ] as const)(
    "lambda case 34 by the SDK: P:%s, a response is cut one byte above the limit",
    async (profile, complete) => {
      const { stream } = await lambdaOf(chunks("x".repeat(150)), { profile, limits: { responseStreamBytes: 100 } });
      const seen = await stream();
      expect([seen.texts.join("").length, seen.complete]).toEqual([101, complete]);
    },
  );

  test("lambda case 35 by the SDK: a client that aborts does not stop the function", async () => {
    const left = gate();
    const { lambda, send } = await lambdaOf(async function* () {
      yield "first";
      await left.opened;
      yield "second";
    });
    const abort = new AbortController();
    const { EventStream } = await send({}, abort.signal);
    const reading = (async () => {
      for await (const _event of EventStream!) abort.abort();
    })().catch(() => "aborted");
    expect(await lambda.invocations[0]!.delivered).toBe("client_left");
    left.open();
    expect(await lambda.invocations[0]!.ended).toEqual({ kind: "success" });
    await reading;
  });

  test("lambda case 36 by the SDK: parallel streams keep apart", async () => {
    const { stream } = await lambdaOf(async function* (event: string) {
      yield `${event}:1`;
      yield `${event}:2`;
    });
    const names = Array.from({ length: 8 }, (_, index) => `s${index}`);
    const all = await Promise.all(names.map((name) => stream({ Payload: JSON.stringify(name) })));
    expect(all.map(({ texts }) => texts)).toEqual(names.map((name) => [`${name}:1`, `${name}:2`]));
    expect(new Set(all.map(({ output }) => output.$metadata.requestId)).size).toBe(names.length);
  });

  test("lambda case 37 by the SDK: Invoke joins what a streaming handler writes", async () => {
    const { invoke } = await lambdaOf(chunks("Hel", "lo"));
    const { StatusCode, Payload, FunctionError } = await invoke();
    expect([StatusCode, Payload!.transformToString(), FunctionError]).toEqual([200, "Hello", undefined]);
  });

  test("lambda case 38 by the SDK: Invoke tells an error of the function", async () => {
    const { invoke } = await lambdaOf((event: { fail?: true }) =>
      event.fail ? Promise.reject(new RangeError("no")) : 1,
    );
    expect((await invoke()).Payload!.transformToString()).toBe("1");
    const { StatusCode, Payload, FunctionError } = await invoke({ Payload: '{"fail":true}' });
    expect([StatusCode, FunctionError]).toEqual([200, "Unhandled"]);
    expect(JSON.parse(Payload!.transformToString())).toMatchObject({ errorType: "RangeError", errorMessage: "no" });
  });

  test("lambda case 39 by the SDK: a buffered response at its limit, and one byte above", async () => {
    // The service's own limit is tested by raw requests; this is the client's view of it.
    const limits = { bufferedResponseBytes: 1000 };
    const { invoke } = await lambdaOf((size: number) => "x".repeat(size - 2), { limits });
    expect((await invoke({ Payload: "1000" })).Payload).toHaveLength(1000);
    const { FunctionError, Payload } = await invoke({ Payload: "1001" });
    expect(FunctionError).toBe("Unhandled");
    expect(JSON.parse(Payload!.transformToString())).toMatchObject({ errorType: "Function.ResponseSizeTooLarge" });
  });

  test("lambda case 40 by the SDK: Event is 202, DryRun 204", async () => {
    const { lambda, invoke } = await lambdaOf(() => 1);
    const event = await invoke({ InvocationType: "Event" });
    expect([event.StatusCode, event.Payload?.length ?? 0, event.ExecutedVersion]).toEqual([202, 0, undefined]);
    expect((await invoke({ InvocationType: "DryRun" })).StatusCode).toBe(204);
    expect(lambda.invocations).toHaveLength(1);
  });

  test("lambda case 41 by the SDK: Invoke brings the log", async () => {
    const { invoke } = await lambdaOf((_event: unknown, context) => context.log("seen"));
    const { LogResult } = await invoke({ LogType: "Tail" });
    expect(logOf({ LogResult })).toMatch(/\tseen\n/);
  });
});
