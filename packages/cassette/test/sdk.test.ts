import { InvokeWithResponseStreamCommand, LambdaClient } from "@aws-sdk/client-lambda";
import type { ReplayMiss } from "@eventstream-kit/cassette";
import { replay } from "@eventstream-kit/cassette";
import { serve } from "@eventstream-kit/service/node";
import { expect, test } from "vitest";
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
