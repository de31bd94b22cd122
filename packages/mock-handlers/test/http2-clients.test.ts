/** Clients that speak HTTP/2 on Node by default: without interception, and over a real socket with prior knowledge. */
import { BedrockRuntimeClient, ConverseStreamCommand } from "@aws-sdk/client-bedrock-runtime";
import type { ConverseStreamOutput } from "@aws-sdk/client-bedrock-runtime";
import { KinesisClient, SubscribeToShardCommand } from "@aws-sdk/client-kinesis";
import type { SubscribeToShardEventStream } from "@aws-sdk/client-kinesis";
import { event, eventStreamResponse, exception, fault, requestHandlerFor } from "@eventstream-kit/mock-handlers";
import type { EventStreamItem } from "@eventstream-kit/mock-handlers";
import type { Service, ServiceRequest } from "@eventstream-kit/service";
import { headerValue } from "@eventstream-kit/service";
import { serve } from "@eventstream-kit/service/node";
import { gates } from "@eventstream-kit/workshop/gate";
import { http } from "msw";
import { describe, expect, onTestFinished, test } from "vitest";
import { all } from "./all.ts";

type KinesisItem = EventStreamItem<SubscribeToShardEventStream>;

const arrived = new Date("2026-11-24T12:00:00.250Z");

const shardEvent = (number: number): Extract<KinesisItem, { SubscribeToShardEvent?: unknown }> => ({
  SubscribeToShardEvent: {
    Records: [
      {
        SequenceNumber: String(number),
        PartitionKey: "key",
        Data: Uint8Array.of(0, 255, number),
        ApproximateArrivalTimestamp: arrived,
      },
    ],
    ContinuationSequenceNumber: String(number + 1),
    MillisBehindLatest: 0,
  },
});

/** What an RPC protocol sends first: the members of the output that are no events. Kinesis has none. */
const initialResponse = event("initial-response", { json: {} });

const subscribe = new SubscribeToShardCommand({
  ConsumerARN: "arn:aws:kinesis:us-east-1:123456789012:stream/clicks/consumer/app:1",
  ShardId: "shardId-000000000000",
  StartingPosition: { Type: "LATEST" },
});

const converse = new ConverseStreamCommand({
  modelId: "a.model:0",
  messages: [{ role: "user", content: [{ text: "Hi" }] }],
});
const delta = (text: string) => ({ contentBlockDelta: { contentBlockIndex: 0, delta: { text } } });

function kinesis(config: ConstructorParameters<typeof KinesisClient>[0] = {}): KinesisClient {
  const client = new KinesisClient({ region: "us-east-1", maxAttempts: 1, ...config });
  onTestFinished(() => client.destroy());
  return client;
}

/** All of Kinesis is POSTed to one path, at a host of the account's own when there is an ARN; a header names the operation. */
const kinesisHandler = (items: () => AsyncIterable<KinesisItem> | Iterable<KinesisItem>) =>
  http.post("https://*.data-kinesis.us-east-1.amazonaws.com/", ({ request }) =>
    request.headers.get("x-amz-target") === "Kinesis_20131202.SubscribeToShard"
      ? eventStreamResponse<SubscribeToShardEventStream>(items)
      : undefined,
  );

describe("requestHandlerFor and the default Kinesis client", () => {
  test("the client speaks HTTP/2 by default", () => {
    expect(kinesis().config.requestHandler.metadata).toEqual({ handlerProtocol: "h2" });
  });

  test("events come one by one: each is sent only after the client has read the one before", async () => {
    const acknowledged = gates(2);
    const handler = kinesisHandler(async function* () {
      yield initialResponse;
      for (const [index, { opened }] of acknowledged.entries()) {
        yield shardEvent(index);
        await opened;
      }
    });
    const { EventStream } = await kinesis({ requestHandler: requestHandlerFor([handler]) }).send(subscribe);
    const seen: SubscribeToShardEventStream[] = [];
    for await (const item of EventStream!) {
      seen.push(item);
      acknowledged[seen.length - 1]?.open();
    }
    expect(seen).toEqual([shardEvent(0), shardEvent(1)]);
  });

  test("an exception of the union is the SDK's error, whatever its name is", async () => {
    for (const [item, name] of [
      [{ ResourceInUseException: { message: "Taken" } }, "ResourceInUseException"],
      [{ KMSOptInRequired: { message: "Taken" } }, "KMSOptInRequired"],
      [exception("InternalFailureException", { message: "Taken" }), "InternalFailureException"],
    ] as const) {
      const handler = kinesisHandler(() => [initialResponse, shardEvent(1), item]);
      const { EventStream } = await kinesis({ requestHandler: requestHandlerFor([handler]) }).send(subscribe);
      await expect(all(EventStream)).rejects.toMatchObject({ name, message: "Taken" });
    }
  });

  test("the initial response is for other SDKs: this one does without it", async () => {
    const handler = kinesisHandler(() => [shardEvent(1), shardEvent(2)]);
    const { EventStream } = await kinesis({ requestHandler: requestHandlerFor([handler]) }).send(subscribe);
    expect(await all(EventStream)).toEqual([shardEvent(1), shardEvent(2)]);
  });
});

/** A service that streams the items of a response, so that a socket can serve what msw handlers answer. */
function streaming(make: () => Response): Service & { readonly requests: ServiceRequest[] } {
  const requests: ServiceRequest[] = [];
  return {
    requests,
    handle: async (request) => {
      requests.push(request);
      const { status, headers, body } = make();
      return { status, headers: [...headers].filter(([name]) => name !== "transfer-encoding"), body: body! };
    },
  };
}

describe("the default clients over a socket, HTTP/2 with prior knowledge", () => {
  test("Bedrock's ConverseStream, one by one", async () => {
    const acknowledged = gates(2);
    const service = streaming(() =>
      eventStreamResponse<ConverseStreamOutput>(async function* () {
        for (const [index, { opened }] of acknowledged.entries()) {
          yield delta(String(index));
          await opened;
        }
      }),
    );
    await using server = await serve(service);
    const client = new BedrockRuntimeClient({ region: "us-east-1", endpoint: server.url });
    onTestFinished(() => client.destroy());
    const { stream } = await client.send(converse);
    const seen: ConverseStreamOutput[] = [];
    for await (const item of stream!) {
      seen.push(item);
      acknowledged[seen.length - 1]?.open();
    }
    expect(seen).toEqual([delta("0"), delta("1")]);
    expect(service.requests).toMatchObject([{ method: "POST", target: "/model/a.model%3A0/converse-stream" }]);
  });

  test("Kinesis' SubscribeToShard, and a reset after its first event", async () => {
    const service = streaming(() =>
      eventStreamResponse<SubscribeToShardEventStream>([initialResponse, shardEvent(7), fault("reset")]),
    );
    await using server = await serve(service, { onError: () => {} });
    const { EventStream } = await kinesis({ endpoint: server.url }).send(subscribe);
    const seen: SubscribeToShardEventStream[] = [];
    const read = async () => {
      for await (const item of EventStream!) seen.push(item);
    };
    await expect(read()).rejects.toThrow("NGHTTP2_INTERNAL_ERROR");
    expect(seen).toEqual([shardEvent(7)]);
    expect(headerValue(service.requests[0]!.headers, "x-amz-target")).toBe("Kinesis_20131202.SubscribeToShard");
  });
});
