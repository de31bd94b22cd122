/** Recordings behind msw, and what becomes of clients that msw cannot see. */
import { connect } from "node:http2";
import { BedrockRuntimeClient, ConverseStreamCommand } from "@aws-sdk/client-bedrock-runtime";
import { KinesisClient, ListShardsCommand } from "@aws-sdk/client-kinesis";
import { InvokeWithResponseStreamCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { createRecorder, type Cassette } from "@eventstream-kit/cassette";
import { event, replayHandlers, requestHandlerFor } from "@eventstream-kit/mock-handlers";
import { refuseHttp2 } from "@eventstream-kit/mock-handlers/node";
import { serve } from "@eventstream-kit/service/node";
import { gates } from "@eventstream-kit/workshop/gate";
import { describe, expect, onTestFinished, test } from "vitest";
import { all } from "./all.ts";
import { listen } from "./msw-server.ts";
import { complete, recorded, text } from "./recordings.ts";

const converse = new ConverseStreamCommand({
  modelId: "a.model:0",
  messages: [{ role: "user", content: [{ text: "Hi" }] }],
});
const delta = { contentBlockIndex: 0, delta: { text: "Hello" } };

/** A recording of Bedrock. */
function bedrockCassette(): Cassette {
  const recording = createRecorder({ now: () => 0 }).start({
    method: "POST",
    target: "/model/a.model%3A0/converse-stream",
    headers: [],
    body: new TextEncoder().encode('{"messages":[{"role":"user","content":[{"text":"Hi"}]}]}'),
  });
  recording.head({ status: 200, headers: [["Content-Type", "application/vnd.amazon.eventstream"]] });
  recording.chunk(event("contentBlockDelta", { json: delta }));
  return {
    header: { eventstream: 1, op: "bedrock-runtime:ConverseStream", origin: "recorded" },
    exchanges: [recording.end()],
  };
}

function bedrock(config: ConstructorParameters<typeof BedrockRuntimeClient>[0] = {}): BedrockRuntimeClient {
  const client = new BedrockRuntimeClient({ region: "us-east-1", ...config });
  onTestFinished(() => client.destroy());
  return client;
}

function refuse(): void {
  onTestFinished(refuseHttp2());
}

describe("record case 42: handlers from a cassette", () => {
  test("give the default Lambda client its chunks over time: none comes before the client has read the one before", async () => {
    const chunks = [text("Hel"), text("lo, "), text("Ada"), complete];
    const acknowledged = gates(chunks.length);
    let waits = 0;
    // The wait before a chunk is over when the client has read the chunk before it.
    const delay = async () => {
      waits += 1;
      if (waits > 1) await acknowledged[waits - 2]!.opened;
    };
    listen(...replayHandlers(recorded("chat", chunks), { speed: "recorded", delay }));
    const client = new LambdaClient({ region: "us-east-1" });
    onTestFinished(() => client.destroy());
    const { EventStream } = await client.send(new InvokeWithResponseStreamCommand({ FunctionName: "chat" }));
    const seen: string[] = [];
    for await (const { PayloadChunk } of EventStream!) {
      seen.push(new TextDecoder().decode(PayloadChunk?.Payload));
      acknowledged[seen.length - 1]?.open();
    }
    expect(seen).toEqual(["Hel", "lo, ", "Ada", ""]);
    expect(waits).toBe(chunks.length);
  });

  test("and the default Bedrock client, which msw cannot see, fails at once and says why", async () => {
    refuse();
    const handlers = replayHandlers(bedrockCassette());
    listen(...handlers);
    await expect(bedrock().send(converse)).rejects.toMatchObject({
      name: "MockHandlersError",
      code: "http2",
      message:
        "A client wanted to connect to https://bedrock-runtime.us-east-1.amazonaws.com over HTTP/2, which msw cannot see; expected one with requestHandler: requestHandlerFor(handlers), which answers from the same handlers, or with requestHandler: new NodeHttpHandler(), which msw can see",
      $metadata: { attempts: 1 },
    });
    const { stream } = await bedrock({ requestHandler: requestHandlerFor(handlers) }).send(converse);
    expect(await all(stream)).toEqual([{ contentBlockDelta: delta }]);
  });
});

describe("refuseHttp2", () => {
  test("refuses every HTTP/2 client, also one that imports connect by its name", async () => {
    refuse();
    const kinesis = new KinesisClient({ region: "us-east-1" });
    onTestFinished(() => kinesis.destroy());
    await expect(kinesis.send(new ListShardsCommand({ StreamName: "clicks" }))).rejects.toMatchObject({
      code: "http2",
    });
    expect(() => connect("https://example.com")).toThrow(expect.objectContaining({ code: "http2" }));
  });

  test("lets through what stays on this machine, or what the option allows", async () => {
    onTestFinished(refuseHttp2({ allow: ({ hostname }) => hostname === "127.0.0.1" }));
    const headers = [["content-type", "application/vnd.amazon.eventstream"]] as const;
    const body = [event("contentBlockDelta", { json: delta })];
    await using server = await serve({ handle: () => Promise.resolve({ status: 200, headers, body }) });
    const { stream } = await bedrock({ endpoint: server.url }).send(converse);
    expect(await all(stream)).toEqual([{ contentBlockDelta: delta }]);
    expect(() => connect("https://localhost:1")).toThrow(expect.objectContaining({ code: "http2" }));
  });

  test("can be taken back, in any order", () => {
    const before = connect;
    const first = refuseHttp2();
    const second = refuseHttp2();
    expect(connect).not.toBe(before);
    first();
    expect(connect).not.toBe(before);
    expect(() => connect("https://example.com")).toThrow(expect.objectContaining({ code: "http2" }));
    second();
    first();
    expect(connect).toBe(before);
  });
});
