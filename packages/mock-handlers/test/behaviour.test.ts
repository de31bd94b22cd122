/** What callers of the emulated Lambda see, over every transport, with the real AWS SDK client as the driver. */
import { createHash } from "node:crypto";
import {
  CreateFunctionUrlConfigCommand,
  DeleteFunctionUrlConfigCommand,
  GetFunctionUrlConfigCommand,
  InvalidRequestContentException,
  InvokeCommand,
  InvokeWithResponseStreamCommand,
  ListFunctionUrlConfigsCommand,
  ResourceConflictException,
  ResourceNotFoundException,
  TooManyRequestsException,
  UpdateFunctionUrlConfigCommand,
} from "@aws-sdk/client-lambda";
import type { InvokeWithResponseStreamCommandOutput, LambdaClient } from "@aws-sdk/client-lambda";
import type { LambdaContext } from "@eventstream-kit/lambda-emulator";
import type { Service } from "@eventstream-kit/service";
import { createLambda } from "@eventstream-kit/mock-handlers";
import { beforeEach, describe, expect, test } from "vitest";
import { all, gate, gates } from "./gate.ts";
import { transports } from "./transports.ts";

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

async function createUrl(client: LambdaClient, InvokeMode: "BUFFERED" | "RESPONSE_STREAM"): Promise<string> {
  const input = { FunctionName: "page", AuthType: "NONE", InvokeMode } as const;
  return (await client.send(new CreateFunctionUrlConfigCommand(input))).FunctionUrl!;
}

describe.each(transports)("$name", ({ reach, skips = {} }) => {
  beforeEach(({ skip, task }) => {
    const reason = skips[task.name];
    skip(reason !== undefined, reason);
  });

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

  test("the whole life of a function URL's configuration", async () => {
    const lambda = createLambda({ functions: { chat: { handler: () => "x", aliases: { live: "$LATEST" } } } });
    const { client } = await reach(lambda);
    const FunctionName = "chat";

    const created = await client.send(
      new CreateFunctionUrlConfigCommand({
        FunctionName,
        AuthType: "NONE",
        InvokeMode: "RESPONSE_STREAM",
        Cors: { AllowOrigins: ["https://example.com"], MaxAge: 60 },
      }),
    );
    expect(created).toMatchObject({
      AuthType: "NONE",
      InvokeMode: "RESPONSE_STREAM",
      Cors: { AllowOrigins: ["https://example.com"], MaxAge: 60 },
      FunctionArn: "arn:aws:lambda:us-east-1:123456789012:function:chat",
      $metadata: { httpStatusCode: 201 },
    });
    expect(created.FunctionUrl).toMatch(/^https:\/\/[a-z0-9]{32}\.lambda-url\.us-east-1\.on\.aws\/$/);
    await expect(
      client.send(new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: "NONE" })),
    ).rejects.toBeInstanceOf(ResourceConflictException);
    const forAlias = await client.send(
      new CreateFunctionUrlConfigCommand({ FunctionName, Qualifier: "live", AuthType: "AWS_IAM" }),
    );

    const { $metadata: _created, ...createdConfig } = created;
    const { $metadata: _got, ...config } = await client.send(new GetFunctionUrlConfigCommand({ FunctionName }));
    expect(config).toEqual({ ...createdConfig, LastModifiedTime: created.CreationTime });

    const pages = [];
    let Marker: string | undefined;
    do {
      const page = await client.send(
        new ListFunctionUrlConfigsCommand({ FunctionName, MaxItems: 1, ...(Marker ? { Marker } : {}) }),
      );
      pages.push(page.FunctionUrlConfigs!.map(({ FunctionUrl }) => FunctionUrl));
      Marker = page.NextMarker;
    } while (Marker !== undefined);
    expect(pages.map((page) => page.length)).toEqual([1, 1]);
    expect(new Set(pages.flat())).toEqual(new Set([created.FunctionUrl, forAlias.FunctionUrl]));

    const updated = await client.send(
      new UpdateFunctionUrlConfigCommand({ FunctionName, InvokeMode: "BUFFERED", Cors: {} }),
    );
    expect(updated).toMatchObject({ FunctionUrl: created.FunctionUrl, InvokeMode: "BUFFERED", AuthType: "NONE" });
    expect(updated.Cors).toBeUndefined();

    const deleted = await client.send(new DeleteFunctionUrlConfigCommand({ FunctionName }));
    expect(deleted.$metadata.httpStatusCode).toBe(204);
    await expect(client.send(new GetFunctionUrlConfigCommand({ FunctionName }))).rejects.toBeInstanceOf(
      ResourceNotFoundException,
    );
    const left = await client.send(new GetFunctionUrlConfigCommand({ FunctionName, Qualifier: "live" }));
    expect(left.FunctionUrl).toBe(forAlias.FunctionUrl);
  });

  test("a function URL streams, chunk by chunk, when its mode is RESPONSE_STREAM", async () => {
    const acknowledged = gates(2);
    const lambda = createLambda({
      functions: {
        page: {
          contentType: "text/plain",
          async *handler(event: { rawPath: string; rawQueryString: string }) {
            for (const [index, { opened }] of acknowledged.entries()) {
              yield `chunk ${index} of ${event.rawPath}?${event.rawQueryString}`;
              await opened;
            }
          },
        },
      },
    });
    const { client, fetchUrl } = await reach(lambda);
    const url = await createUrl(client, "RESPONSE_STREAM");
    const response = await fetchUrl(`${url}a%2Fb?c=1`);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/plain");
    const seen: string[] = [];
    for await (const chunk of response.body!) {
      seen.push(utf8.decode(chunk));
      acknowledged[seen.length - 1]?.open();
    }
    expect(seen).toEqual(["chunk 0 of /a%2Fb?c=1", "chunk 1 of /a%2Fb?c=1"]);
  });

  test("UpdateFunctionUrlConfig switches the mode of the very next request", async () => {
    const lambda = createLambda({
      functions: { page: () => ({ statusCode: 202, headers: { "X-Mode": "seen" }, body: "Hello" }) },
    });
    const { client, fetchUrl } = await reach(lambda);
    const url = await createUrl(client, "BUFFERED");
    const whole = '{"statusCode":202,"headers":{"X-Mode":"seen"},"body":"Hello"}';
    for (const [InvokeMode, body] of [
      ["BUFFERED", "Hello"],
      // In this mode the body of an ordinary handler is its whole result.
      ["RESPONSE_STREAM", whole],
      ["BUFFERED", "Hello"],
    ] as const) {
      await client.send(new UpdateFunctionUrlConfigCommand({ FunctionName: "page", InvokeMode }));
      const response = await fetchUrl(url, { method: "POST", body: "question" });
      expect(response.status).toBe(202);
      expect(response.headers.get("x-mode")).toBe("seen");
      expect(await response.text()).toBe(body);
    }
    expect(lambda.invocations).toMatchObject(Array.from({ length: 3 }, () => ({ event: { body: "question" } })));
  });

  test("a URL that was deleted answers 403", async () => {
    const lambda = createLambda({ functions: { page: "x" } });
    const { client, fetchUrl } = await reach(lambda);
    const url = await createUrl(client, "BUFFERED");
    expect((await fetchUrl(url)).status).toBe(200);
    await client.send(new DeleteFunctionUrlConfigCommand({ FunctionName: "page" }));
    const response = await fetchUrl(url);
    expect(response.status).toBe(403);
    expect(response.headers.get("x-amzn-errortype")).toBe("AccessDeniedException");
    expect(await response.text()).toBe('{"Message":null}');
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
});
