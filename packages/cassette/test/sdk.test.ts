import { InvokeWithResponseStreamCommand, LambdaClient } from "@aws-sdk/client-lambda";
import type { ReplayMiss } from "@eventstream-kit/cassette";
import { formatCassette, formatExchange, parseCassette, replay } from "@eventstream-kit/cassette";
import { encodeEvent } from "@eventstream-kit/codec";
import type { Service } from "@eventstream-kit/service";
import { serve } from "@eventstream-kit/service/node";
import { describe, expect, test } from "vitest";
import { cassetteOf, eventStream, recorded, requestOf } from "./support/exchanges.ts";
import { chunkFrame, completeFrame } from "./support/frames.ts";

const body = '{"topic":"streams"}';
const cassette = cassetteOf([
  recorded([chunkFrame("Hel"), chunkFrame("lo"), completeFrame()], {
    request: requestOf({ body }),
    headers: [eventStream, ["x-amzn-RequestId", "f5d2a6d0-1d4f-4b0c-a1f2-3e4d5c6b7a89"]],
  }),
]);

function clientOf(endpoint: string): LambdaClient {
  return new LambdaClient({
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "dummy-secret-for-tests" },
  });
}

test("the AWS SDK streams from a replay", async () => {
  await using server = await serve(replay(cassette));
  const client = clientOf(server.url);
  const output = await client.send(new InvokeWithResponseStreamCommand({ FunctionName: "chat", Payload: body }));
  const seen: string[] = [];
  for await (const event of output.EventStream!) {
    seen.push(event.PayloadChunk ? new TextDecoder().decode(event.PayloadChunk.Payload) : Object.keys(event).join());
  }
  client.destroy();
  expect(seen).toEqual(["Hel", "lo", "InvokeComplete"]);
  expect(output.$metadata.requestId).toBe("00000000-0000-0000-0000-000000000000");
});

test("the AWS SDK raises a miss by its name, after one attempt", async () => {
  const misses: ReplayMiss[] = [];
  await using server = await serve(replay(cassette, { onMiss: (miss) => misses.push(miss) }));
  const client = clientOf(server.url);
  const call = client.send(
    new InvokeWithResponseStreamCommand({ FunctionName: "chat", Payload: '{"topic":"frames"}' }),
  );
  await expect(call).rejects.toMatchObject({
    name: "ReplayMissError",
    message: expect.stringContaining('differs in body/topic: recorded "streams", received "frames"') as string,
  });
  client.destroy();
  expect(misses).toHaveLength(1);
});

const complete = (result: object) => encodeEvent({ event: "InvokeComplete", json: result });

describe("record case 10: how a Lambda stream can end", () => {
  const log = Buffer.from("START RequestId: 1\nhello\nEND RequestId: 1\n").toString("base64");
  const failure = { ErrorCode: "Unhandled", ErrorDetails: '{"errorMessage":"boom"}' };

  test.each<[name: string, end: Uint8Array[], shown: string]>([
    ["with InvokeComplete", [complete({})], '"event":"InvokeComplete","ct":"application/json","json":{}}'],
    ["without it", [], '"text":"lo"}\n{"k":"end","how":"eof","items":2'],
    ["with an ErrorCode", [complete(failure)], `"json":${JSON.stringify(failure)}}`],
    ["with a log", [complete({ LogResult: log })], '{"LogResult":{"$b64text":"START RequestId: 1\\nhello\\n'],
    ["with both", [complete({ ...failure, LogResult: log })], '"LogResult":{"$b64text":"START'],
  ])("%s: shown, and to the SDK as live", async (_, end, shown) => {
    const chunks = [chunkFrame("Hel"), chunkFrame("lo"), ...end];
    const lambda: Service = { handle: () => Promise.resolve({ status: 200, headers: [eventStream], body: chunks }) };
    const taken = recorded(chunks, { request: requestOf({ body }) });
    expect(formatExchange(taken)).toContain(shown);

    const again = parseCassette(formatCassette(cassetteOf([taken])));
    const outcomes: unknown[] = [];
    for (const service of [lambda, replay(again)]) {
      await using server = await serve(service);
      const client = clientOf(server.url);
      const output = await client.send(new InvokeWithResponseStreamCommand({ FunctionName: "chat", Payload: body }));
      const events: unknown[] = [];
      for await (const event of output.EventStream!) events.push(event);
      client.destroy();
      outcomes.push({ status: output.$metadata.httpStatusCode, events });
    }
    expect(outcomes[1]).toEqual(outcomes[0]);
    expect(outcomes[0]).toMatchObject({ events: { length: chunks.length } });
  });
});
