import { createHash } from "node:crypto";
import {
  InvokeCommand,
  InvokeWithResponseStreamCommand,
  LambdaClient,
  ResourceNotFoundException,
} from "@aws-sdk/client-lambda";
import { LambdaStreamError, readLambdaStream } from "@eventstream-kit/codec/lambda";
import { serve } from "@eventstream-kit/service/node";
import type { RunningServer } from "@eventstream-kit/service/node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createLambda } from "../src/index.ts";
import { Signal, sdkClient } from "./invoke-client.ts";

const encoder = new TextEncoder();
let acknowledged = new Signal();
let aborted = new Signal();

const lambda = createLambda({
  functions: {
    // The next chunk is held until the client has acknowledged the one before.
    steps: async function* () {
      yield "first";
      await acknowledged.happened;
      yield "second";
    },
    echo: (event: unknown, context) => {
      context.log("echoing");
      return { event, clientContext: context.clientContext as unknown };
    },
    large: function* () {
      for (let sent = 0; sent < 20; sent++) yield Buffer.alloc(1024 * 1024, String(sent));
    },
    broken: async function* () {
      yield "abcd";
      throw new RangeError("boom");
    },
    // Goes on only when its client has gone away.
    lonely: async function* () {
      yield "first";
      await aborted.happened;
      yield "second";
      yield "third";
    },
  },
});

let server: RunningServer;
const clients: Record<string, LambdaClient> = { "in process": sdkClient(lambda) };

beforeAll(async () => {
  server = await serve(lambda);
  clients["over a socket"] = new LambdaClient({ endpoint: server.url, region: "us-east-1" });
});
afterAll(async () => {
  for (const client of Object.values(clients)) client.destroy();
  await server.close();
});

describe.each(["in process", "over a socket"])("the real client, %s", (transport) => {
  const client = () => clients[transport]!;

  test("streams chunk by chunk", async () => {
    acknowledged = new Signal();
    const output = await client().send(new InvokeWithResponseStreamCommand({ FunctionName: "steps" }));
    expect(output.StatusCode).toBe(200);
    expect(output.ExecutedVersion).toBe("$LATEST");
    expect(output.ResponseStreamContentType).toBe("application/vnd.amazon.eventstream");
    const texts: string[] = [];
    for await (const { PayloadChunk, InvokeComplete } of output.EventStream!) {
      if (PayloadChunk) texts.push(Buffer.from(PayloadChunk.Payload!).toString());
      if (InvokeComplete) texts.push(JSON.stringify(InvokeComplete));
      acknowledged.happen();
    }
    expect(texts).toEqual(["first", "second", "{}"]);
    expect(output.$metadata.requestId).toBe(lambda.invocations.at(-1)!.requestId);
  });

  test("sends payload and client context, gets the log", async () => {
    const custom = { custom: { a: 1 } };
    const output = await client().send(
      new InvokeWithResponseStreamCommand({
        FunctionName: "arn:aws:lambda:us-east-1:123456789012:function:echo",
        Qualifier: "$LATEST",
        LogType: "Tail",
        ClientContext: Buffer.from(JSON.stringify(custom)).toString("base64"),
        Payload: encoder.encode('{"n":1}'),
      }),
    );
    const reader = readLambdaStream(output);
    let text = "";
    for await (const bytes of reader) text += Buffer.from(bytes).toString();
    expect(JSON.parse(text)).toEqual({ event: { n: 1 }, clientContext: custom });
    expect(reader.logResult).toContain("\tINFO\techoing\n");
  });

  test("iterates nothing after a DryRun", async () => {
    const command = new InvokeWithResponseStreamCommand({ FunctionName: "echo", InvocationType: "DryRun" });
    const output = await client().send(command);
    expect(output.StatusCode).toBe(204);
    expect(output.ExecutedVersion).toBeUndefined();
    let events = 0;
    for await (const _event of output.EventStream ?? []) events++;
    expect(events).toBe(0);
  });

  test("gets 20 MB intact", async () => {
    const output = await client().send(new InvokeWithResponseStreamCommand({ FunctionName: "large" }));
    const hash = createHash("sha256");
    for await (const { PayloadChunk } of output.EventStream!) if (PayloadChunk) hash.update(PayloadChunk.Payload!);
    const expected = createHash("sha256");
    for (let sent = 0; sent < 20; sent++) expected.update(Buffer.alloc(1024 * 1024, String(sent)));
    expect(hash.digest("hex")).toBe(expected.digest("hex"));
  });

  test("throws typed exceptions before the stream", async () => {
    const missing = client().send(new InvokeWithResponseStreamCommand({ FunctionName: "missing" }));
    await expect(missing).rejects.toThrow(ResourceNotFoundException);
    await expect(missing).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      message: "Function not found: arn:aws:lambda:us-east-1:123456789012:function:missing:$LATEST",
      Type: "User",
      $metadata: { httpStatusCode: 404, requestId: expect.any(String) },
    });
    const invalid = client().send(new InvokeCommand({ FunctionName: "not a name" }));
    await expect(invalid).rejects.toMatchObject({ name: "ValidationException", $metadata: { httpStatusCode: 400 } });
    const notJson = client().send(new InvokeCommand({ FunctionName: "echo", Payload: encoder.encode("{bad") }));
    await expect(notJson).rejects.toMatchObject({ name: "InvalidRequestContentException" });
  });

  test("an error in mid-stream is in the completion, and readLambdaStream throws it", async () => {
    const output = await client().send(new InvokeWithResponseStreamCommand({ FunctionName: "broken" }));
    const read = async () => {
      for await (const bytes of readLambdaStream(output)) expect(Buffer.from(bytes).toString()).toBe("abcd");
    };
    await expect(read()).rejects.toThrow(LambdaStreamError);
  });

  test("Invoke answers at once", async () => {
    const output = await client().send(
      new InvokeCommand({ FunctionName: "echo", Payload: encoder.encode('"hi"'), LogType: "Tail" }),
    );
    expect(output).toMatchObject({ StatusCode: 200, ExecutedVersion: "$LATEST" });
    expect(output.FunctionError).toBeUndefined();
    expect(output.Payload!.transformToString()).toBe('{"event":"hi"}');
    expect(Buffer.from(output.LogResult!, "base64").toString()).toContain("echoing");
    const streamed = await client().send(new InvokeCommand({ FunctionName: "broken" }));
    expect(streamed.Payload!.transformToString()).toBe("abcd");
    const event = await client().send(new InvokeCommand({ FunctionName: "echo", InvocationType: "Event" }));
    expect(event.StatusCode).toBe(202);
    expect(event.ExecutedVersion).toBeUndefined();
  });
});

test("over a socket, an aborted call does not stop the function", async () => {
  aborted = new Signal();
  const controller = new AbortController();
  const output = await clients["over a socket"]!.send(new InvokeWithResponseStreamCommand({ FunctionName: "lonely" }), {
    abortSignal: controller.signal,
  });
  const read = async () => {
    for await (const _event of output.EventStream!) controller.abort();
  };
  await expect(read()).rejects.toThrow("aborted");
  aborted.happen();
  expect(await lambda.invocations.at(-1)!.ended).toEqual({ kind: "success" });
});
