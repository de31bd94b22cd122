import { readFileSync } from "node:fs";
import { join } from "node:path";
import { BedrockRuntimeClient, ConverseStreamCommand } from "@aws-sdk/client-bedrock-runtime";
import { parseCassette } from "@eventstream-kit/cassette";
import { encodeEvent } from "@eventstream-kit/codec";
import type { Service } from "@eventstream-kit/service";
import { serve } from "@eventstream-kit/service/node";
import { describe, expect, test } from "vitest";
import { start, tempDir, urlOf } from "./eventstream.ts";
import { requireSigV4 } from "@eventstream-kit/workshop/sigv4-verifier";
import { own, ownEnvironment } from "./upstream-lambda.ts";

const model = "anthropic.claude-3-haiku-20240307-v1:0";
const file = "converse-stream-anthropic-claude-3-haiku-20240307-v1-0.cassette.jsonl";

/** Answers ConverseStream with three frames. */
const bedrock: Service = {
  handle: () =>
    Promise.resolve({
      status: 200,
      headers: [["content-type", "application/vnd.amazon.eventstream"]],
      body: [
        encodeEvent({ event: "messageStart", json: { p: "ab", role: "assistant" } }),
        encodeEvent({ event: "contentBlockDelta", json: { contentBlockIndex: 0, delta: { text: "Hello" }, p: "abc" } }),
        encodeEvent({ event: "messageStop", json: { p: "a", stopReason: "end_turn" } }),
      ],
    }),
};

async function converse(endpoint: string): Promise<string[]> {
  const client = new BedrockRuntimeClient({ endpoint, region: "us-east-1" });
  const { stream } = await client.send(
    new ConverseStreamCommand({ modelId: model, messages: [{ role: "user", content: [{ text: "Hi" }] }] }),
  );
  const events: string[] = [];
  for await (const event of stream!) events.push(...Object.keys(event));
  client.destroy();
  return events;
}

describe("record case 12: the default Bedrock client, which speaks HTTP/2 and signs :authority", () => {
  test("is recorded and replayed", async () => {
    const front = requireSigV4(bedrock, { keys: { [own.accessKeyId]: own }, region: "us-east-1", service: "bedrock" });
    await using upstream = await serve(front);
    const cwd = tempDir();
    const recorder = start(["record", "--json", "--upstream", upstream.url], { cwd, env: ownEnvironment });
    const events = ["messageStart", "contentBlockDelta", "messageStop"];
    expect(await converse(await urlOf(recorder))).toEqual(events);
    recorder.process.kill("SIGINT");
    await recorder.done;
    expect(front.refusals).toEqual([]);

    const { header, exchanges } = parseCassette(readFileSync(join(cwd, "cassettes", file), "utf8"));
    expect(header.op).toBe("bedrock-runtime:ConverseStream");
    expect(exchanges[0]!.items.map(({ kind }) => kind)).toEqual(["frame", "frame", "frame"]);

    const replay = start(["replay", "--json", "cassettes"], { cwd });
    expect(await converse(await urlOf(replay))).toEqual(events);
  });
});
