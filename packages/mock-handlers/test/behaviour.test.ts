/** What callers of the emulated Lambda see, over every transport, with the real AWS SDK client as the driver. */
import { createHash } from "node:crypto";
import {
  InvalidRequestContentException,
  InvokeCommand,
  InvokeWithResponseStreamCommand,
  ResourceNotFoundException,
  TooManyRequestsException,
} from "@aws-sdk/client-lambda";
import type { InvokeWithResponseStreamCommandOutput } from "@aws-sdk/client-lambda";
import type { LambdaContext } from "@eventstream-kit/lambda-emulator";
import type { Service } from "@eventstream-kit/service";
import { createLambda } from "@eventstream-kit/mock-handlers";
import { gate, gates } from "@eventstream-kit/workshop/gate";
import { describe, expect, test } from "vitest";
import { all } from "./all.ts";
import { skipInTransport, transports } from "./transports.ts";

const utf8 = new TextDecoder();

/** The payload texts of a stream, one an event, and its last event. */
async function read({ EventStream }: InvokeWithResponseStreamCommandOutput) {
  const events = await all(EventStream);
  const chunks = events.flatMap(({ PayloadChunk }) => (PayloadChunk ? [utf8.decode(PayloadChunk.Payload)] : []));
  return { chunks, complete: events.at(-1)?.InvokeComplete };
}

const stream = (FunctionName: string, more: Partial<InvokeWithResponseStreamCommand["input"]> = {}) =>
  new InvokeWithResponseStreamCommand({ FunctionName, ...more });

const whoAmI = (event: unknown, { invokedFunctionArn, functionVersion }: LambdaContext) => [
  event,
  functionVersion,
  invokedFunctionArn,
];

describe.each(transports)("$name", (transport) => {
  const { reach } = transport;
  skipInTransport(transport);

  test("frames arrive one by one: the function writes on only after the client has read", async () => {
    const acknowledged = gates(3);
    const lambda = createLambda({
      functions: {
        async *chat() {
          for (const [index, { opened }] of acknowledged.entries()) {
            yield `chunk ${index}`;
            await opened;
          }
        },
      },
    });
    const { client } = await reach(lambda);
    const output = await client.send(stream("chat"));
    expect(output).toMatchObject({
      StatusCode: 200,
      ExecutedVersion: "$LATEST",
      ResponseStreamContentType: "application/vnd.amazon.eventstream",
    });
    const seen: unknown[] = [];
    for await (const { PayloadChunk, InvokeComplete } of output.EventStream!) {
      seen.push(PayloadChunk ? utf8.decode(PayloadChunk.Payload) : InvokeComplete);
      acknowledged[seen.length - 1]?.open();
    }
    expect(seen).toEqual(["chunk 0", "chunk 1", "chunk 2", {}]);
    expect(lambda.invocations).toMatchObject([
      { requestId: output.$metadata.requestId, functionName: "chat", event: {}, outcome: { kind: "success" } },
    ]);
  });

  test("the event, the name's forms and the qualifier arrive", async () => {
    const lambda = createLambda({
      functions: { echo: { handler: whoAmI, versions: { 1: whoAmI }, aliases: { live: 1 } } },
    });
    const { client } = await reach(lambda);
    const arn = "arn:aws:lambda:us-east-1:123456789012:function:echo";
    for (const [name, Qualifier, version, invoked] of [
      ["echo", undefined, "$LATEST", arn],
      ["123456789012:function:echo", "live", "1", `${arn}:live`],
      [`${arn}:live`, undefined, "1", `${arn}:live`],
    ] as const) {
      const Payload = JSON.stringify({ text: "ü" });
      const output = await client.send(stream(name, { Payload, ...(Qualifier ? { Qualifier } : {}) }));
      expect(output.ExecutedVersion).toBe(version);
      const { chunks } = await read(output);
      expect(JSON.parse(chunks.join(""))).toEqual([{ text: "ü" }, version, invoked]);
    }
  });

  test("DryRun answers 204 and runs nothing", async () => {
    const lambda = createLambda({ functions: { chat: () => "x" } });
    const { client } = await reach(lambda);
    const output = await client.send(stream("chat", { InvocationType: "DryRun" }));
    expect(output.StatusCode).toBe(204);
    expect(await all(output.EventStream)).toEqual([]);
    expect(lambda.invocations).toEqual([]);
  });

  test("LogType Tail brings the log in the last event", async () => {
    const lambda = createLambda({
      functions: {
        *chat(_event: unknown, context: LambdaContext) {
          context.log("thinking");
          yield "x";
        },
      },
    });
    const { client } = await reach(lambda);
    const output = await client.send(stream("chat", { LogType: "Tail" }));
    const { complete } = await read(output);
    const log = Buffer.from(complete!.LogResult!, "base64").toString();
    expect(log).toMatch(new RegExp(`^START RequestId: ${output.$metadata.requestId} Version: \\$LATEST\n`));
    expect(log).toMatch(/\tthinking\n/);
    expect(log).toMatch(/\nREPORT RequestId: [^\n]*\n$/);
  });

  test("ClientContext arrives, and is refused when it is not base64 JSON", async () => {
    const lambda = createLambda({
      functions: { ask: (_: unknown, { clientContext }: LambdaContext) => clientContext },
    });
    const { client } = await reach(lambda);
    const ClientContext = Buffer.from(JSON.stringify({ custom: { who: "Ada" } })).toString("base64");
    const { chunks } = await read(await client.send(stream("ask", { ClientContext })));
    expect(JSON.parse(chunks.join(""))).toEqual({ custom: { who: "Ada" } });
    const refused = client.send(stream("ask", { ClientContext: "eyJ1" }));
    await expect(refused).rejects.toBeInstanceOf(InvalidRequestContentException);
    expect(lambda.invocations).toMatchObject([{ clientContext: { custom: { who: "Ada" } } }]);
  });

  test("refusals are the SDK's typed errors", async () => {
    const throttled: Service = {
      async handle({ target }) {
        if (!target.includes("/busy/")) return undefined;
        const body = {
          Reason: "ReservedFunctionConcurrentInvocationLimitExceeded",
          Type: "User",
          message: "Rate Exceeded.",
        };
        return {
          status: 429,
          headers: [
            ["Content-Type", "application/json"],
            ["x-amzn-ErrorType", "TooManyRequestsException"],
            ["Retry-After", "0"],
          ],
          body: [Buffer.from(JSON.stringify(body))],
        };
      },
    };
    const lambda = createLambda({ functions: { chat: () => "x" } });
    const { client } = await reach(lambda, throttled);
    const refusal = (command: InvokeWithResponseStreamCommand) =>
      client.send(command).then(
        () => undefined,
        (error: unknown) => error,
      );

    const missing = await refusal(stream("missing"));
    expect(missing).toBeInstanceOf(ResourceNotFoundException);
    expect(missing).toMatchObject({
      message: "Function not found: arn:aws:lambda:us-east-1:123456789012:function:missing:$LATEST",
      $metadata: { httpStatusCode: 404, attempts: 1 },
    });

    const unreadable = await refusal(stream("chat", { Payload: "{bad" }));
    expect(unreadable).toBeInstanceOf(InvalidRequestContentException);
    expect(unreadable).toMatchObject({
      message: expect.stringMatching(/^Could not parse request body into json: /),
      $metadata: { httpStatusCode: 400 },
    });

    const busy = await refusal(stream("busy"));
    expect(busy).toBeInstanceOf(TooManyRequestsException);
    expect(busy).toMatchObject({
      Reason: "ReservedFunctionConcurrentInvocationLimitExceeded",
      retryAfterSeconds: "0",
      $metadata: { httpStatusCode: 429, attempts: 2 },
    });

    const malformed = await refusal(stream("chat", { Qualifier: "no blanks" }));
    expect(malformed).toMatchObject({ name: "ValidationException", $metadata: { httpStatusCode: 400 } });
    expect(lambda.invocations).toEqual([]);
  });

  test("an error of the function comes after what it wrote, in InvokeComplete", async () => {
    const lambda = createLambda({
      functions: {
        async *chat() {
          yield "part";
          throw new RangeError("too far");
        },
      },
    });
    const { client } = await reach(lambda);
    const { chunks, complete } = await read(await client.send(stream("chat")));
    expect(chunks).toEqual(["part"]);
    expect(complete!.ErrorCode).toBe("RangeError");
    expect(JSON.parse(complete!.ErrorDetails!)).toMatchObject({ errorType: "RangeError", errorMessage: "too far" });
  });

  test("Invoke buffers the same function", async () => {
    const lambda = createLambda({
      functions: {
        *chat() {
          yield "Hel";
          yield "lo";
        },
      },
    });
    const { client } = await reach(lambda);
    const output = await client.send(new InvokeCommand({ FunctionName: "chat" }));
    expect(utf8.decode(output.Payload)).toBe("Hello");
    expect(output).toMatchObject({ StatusCode: 200, ExecutedVersion: "$LATEST" });
  });

  test("a stream of 20 MB arrives intact", async () => {
    const size = 20 * 1024 * 1024;
    const bytes = Buffer.alloc(size);
    for (let at = 0; at < size; at += 4) bytes.writeUInt32LE(Math.imul(at, 2654435761) >>> 0, at);
    const lambda = createLambda({
      functions: {
        *file() {
          for (let at = 0; at < size; at += 65_537) yield bytes.subarray(at, at + 65_537);
        },
      },
    });
    const { client } = await reach(lambda);
    const hash = createHash("sha256");
    let received = 0;
    const { EventStream } = await client.send(stream("file"));
    for await (const { PayloadChunk } of EventStream!) {
      if (!PayloadChunk) continue;
      received += PayloadChunk.Payload!.length;
      hash.update(PayloadChunk.Payload!);
    }
    expect(received).toBe(size);
    expect(hash.digest("hex")).toBe(createHash("sha256").update(bytes).digest("hex"));
  }, 30_000);

  test("parallel streams do not mix", async () => {
    const callers = Array.from({ length: 20 }, (_, index) => `caller ${index}`);
    // Each writes its second part only when all have written their first: all are open at once.
    const together = gate();
    let begun = 0;
    const lambda = createLambda({
      functions: {
        async *chat(event: string) {
          yield `${event}, first`;
          if (++begun === callers.length) together.open();
          await together.opened;
          yield `${event}, second`;
        },
      },
    });
    const { client } = await reach(lambda);
    const outputs = await Promise.all(
      callers.map(async (caller) => {
        const output = await client.send(stream("chat", { Payload: JSON.stringify(caller) }));
        return { caller, id: output.$metadata.requestId, ...(await read(output)) };
      }),
    );
    for (const { caller, chunks } of outputs) expect(chunks).toEqual([`${caller}, first`, `${caller}, second`]);
    expect(new Set(outputs.map(({ id }) => id)).size).toBe(callers.length);
  });

  test("a client that leaves", async () => {
    const left = gate();
    const lambda = createLambda({
      functions: {
        async *chat() {
          yield "first";
          await left.opened;
          yield "second";
        },
      },
    });
    const { client } = await reach(lambda);
    const abort = new AbortController();
    const { EventStream } = await client.send(stream("chat"), { abortSignal: abort.signal });
    const reading = (async () => {
      for await (const _event of EventStream!) abort.abort();
    })();
    await expect(reading).rejects.toThrow(/abort/i);
    left.open();
    // Real Lambda runs the function to its end, and bills it.
    expect(await lambda.invocations[0]!.ended).toEqual({ kind: "success" });
  });

  test("a client that has left is recorded", async () => {
    const recorded = gate();
    const lambda = createLambda({
      functions: {
        async *chat() {
          yield "first";
          await recorded.opened;
        },
      },
    });
    const { client } = await reach(lambda);
    const abort = new AbortController();
    const { EventStream } = await client.send(stream("chat"), { abortSignal: abort.signal });
    const reading = (async () => {
      for await (const _event of EventStream!) abort.abort();
    })().catch(() => "aborted");
    expect(await lambda.invocations[0]!.delivered).toBe("client_left");
    expect(lambda.invocations).toMatchObject([{ functionName: "chat", delivery: "client_left", outcome: undefined }]);
    recorded.open();
    await reading;
  });
});
