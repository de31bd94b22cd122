import { BedrockRuntimeClient, InvokeModelWithBidirectionalStreamCommand } from "@aws-sdk/client-bedrock-runtime";
import { InvokeCommand, InvokeWithResponseStreamCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { CassetteError, type Cassette, type ReplayMiss } from "@eventstream-kit/cassette";
import { replayClient } from "@eventstream-kit/cassette/aws-sdk";
import { gate } from "@eventstream-kit/workshop/gate";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { utf8 } from "../support/bytes.ts";
import { cassetteOf, notedDelay, recorded, requestOf } from "../support/exchanges.ts";
import { completeFrame } from "../support/frames.ts";
import { ways, type StreamingClient, type Way } from "./clients.ts";
import { outcomeOf } from "./outcome.ts";

const targets = {
  "lambda:InvokeWithResponseStream": "/2021-11-15/functions/chat/response-streaming-invocations",
  "bedrock-runtime:InvokeModelWithResponseStream": "/model/a.model%3A0/invoke-with-response-stream",
};

/** What a client of this way has recorded: three events, ten milliseconds apart, the head ten after the request. */
function recordingOf({ op, frame }: Way): Cassette {
  const request = requestOf({ target: targets[op as keyof typeof targets], body: '{"n":1}' });
  return cassetteOf([recorded(["a", "b", "c"].map(frame), { request })]);
}

/** With an endpoint that a test would be refused a connection to: it is AWS's own. */
function offline(way: Way): StreamingClient {
  const caller = way.connect(undefined);
  onTestFinished(() => caller.client.destroy());
  return caller;
}

describe.each(ways)("$name", (way) => {
  test("is answered without network, credentials and region", async () => {
    for (const name of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"]) vi.stubEnv(name, undefined);
    vi.stubEnv("AWS_CONFIG_FILE", "/dev/null");
    vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
    onTestFinished(() => void vi.unstubAllEnvs());
    const caller = offline(way);
    using replaying = replayClient(caller.client, recordingOf(way));
    expect(await outcomeOf(caller)).toEqual({
      events: ["a", "b", "c"],
      output: expect.objectContaining({ $metadata: expect.objectContaining({ httpStatusCode: 200, attempts: 1 }) }),
    });
    expect(replaying.usage().map(({ played }) => played)).toEqual([1]);
    replaying.reset();
    expect(replaying.usage().map(({ played }) => played)).toEqual([0]);
  });

  test("at recorded speed every gap is asked for, at max none, in the same chunks", async () => {
    const caller = offline(way);
    for (const [speed, expected] of [
      ["recorded", [10, 10, 10, 10]],
      [4, [2.5, 2.5, 2.5, 2.5]],
      ["max", []],
    ] as const) {
      const { delay, waited } = notedDelay();
      using _replaying = replayClient(caller.client, recordingOf(way), { speed, delay });
      expect((await outcomeOf(caller)).events).toEqual(["a", "b", "c"]);
      expect(waited).toEqual(expected);
    }
  });

  test("waits for nothing that is not read", async () => {
    const asked: number[] = [];
    const second = gate();
    const delay = async (ms: number) => {
      asked.push(ms);
      if (asked.length === 3) await second.opened;
    };
    const caller = offline(way);
    using _replaying = replayClient(caller.client, recordingOf(way), { speed: "recorded", delay });
    const { events } = await caller.call();
    const iterator = events[Symbol.asyncIterator]();
    expect(await iterator.next()).toMatchObject({ value: "a" });
    // The second event is held back until its wait is over.
    const next = iterator.next();
    second.open();
    expect(await next).toMatchObject({ value: "b" });
    expect(await iterator.next()).toMatchObject({ value: "c" });
    expect(asked).toEqual([10, 10, 10, 10]);
  });

  test("gets faults", async () => {
    const caller = offline(way);
    using _replaying = replayClient(caller.client, recordingOf(way), { faults: ["truncate@frame:2+5"] });
    expect(await outcomeOf(caller)).toMatchObject({
      events: ["a"],
      error: { message: "Truncated event message received." },
    });
  });

  test("is refused what is not recorded, once, with the nearest recording", async () => {
    const misses: ReplayMiss[] = [];
    const { request } = recordingOf(way).exchanges[0]!;
    const other = cassetteOf([recorded([], { request: { ...request, target: request.path, body: utf8('{"n":2}') } })]);
    const caller = offline(way);
    using _replaying = replayClient(caller.client, other, { onMiss: (miss) => misses.push(miss) });
    await expect(caller.call()).rejects.toMatchObject({
      name: "CassetteError",
      code: "miss",
      message: expect.stringMatching(
        /the nearest of 1, exchange 1, differs in body\/n: recorded 2, received 1$/,
      ) as string,
      miss: { reason: "no-match", nearest: { difference: { field: "body/n", recorded: 2, received: 1 } } },
    });
    expect(misses).toHaveLength(1);
  });

  test("can be aborted before the head", async () => {
    const caller = offline(way);
    const waiting = gate();
    const delay = (_: number, signal?: AbortSignal) => {
      waiting.open();
      return new Promise<void>((_resolve, reject) => {
        signal!.addEventListener("abort", () => reject(signal!.reason as Error));
      });
    };
    using _replaying = replayClient(caller.client, recordingOf(way), { speed: "recorded", delay });
    const abort = new AbortController();
    const call = caller.call(abort.signal);
    await waiting.opened;
    abort.abort();
    await expect(call).rejects.toMatchObject({ name: "AbortError", message: "Request aborted" });
    await expect(caller.call(AbortSignal.abort("no more"))).rejects.toMatchObject({ name: "AbortError" });
  });
});

const answer = (version: string) =>
  recorded([completeFrame()], {
    headers: [
      ["content-type", "application/vnd.amazon.eventstream"],
      ["x-amz-executed-version", version],
    ],
  });

test("several recordings of one call are played in their order", async () => {
  const call = () => client.send(new InvokeWithResponseStreamCommand({ FunctionName: "chat" }));
  const client = new LambdaClient({});
  using _replaying = replayClient(client, [cassetteOf([answer("1")]), cassetteOf([answer("2")])], {
    afterLast: "miss",
  });
  expect(await call()).toMatchObject({ ExecutedVersion: "1" });
  expect(await call()).toMatchObject({ ExecutedVersion: "2" });
  await expect(call()).rejects.toMatchObject({ code: "miss", miss: { reason: "used-up" } });
});

async function* noInput(): AsyncGenerator<never> {}

test("a call whose request is an event stream is refused", async () => {
  const client = new BedrockRuntimeClient({ logger: { debug() {}, info() {}, warn() {}, error() {} } });
  using _replaying = replayClient(client, cassetteOf([]));
  const call = client.send(new InvokeModelWithBidirectionalStreamCommand({ modelId: "a.model:0", body: noInput() }));
  await expect(call).rejects.toThrow(CassetteError);
});

describe("the client", () => {
  test("is as it was after stop", async () => {
    const client = new LambdaClient({});
    const { requestHandler, credentials, region } = client.config;
    const replaying = replayClient(client, cassetteOf([]));
    expect(await client.config.credentials()).not.toMatchObject({ accessKeyId: "AKIDEXAMPLE" });
    replaying.stop();
    replaying.stop();
    expect(client.config.requestHandler).toBe(requestHandler);
    expect(client.config.credentials).toBe(credentials);
    expect(client.config.region).toBe(region);
    expect(await client.config.credentials()).toMatchObject({ accessKeyId: "AKIDEXAMPLE" });
  });

  test("is not touched when an option is wrong", () => {
    const client = new LambdaClient({});
    for (const [options, code] of [
      [{ speed: 0 }, "option"],
      [{ miss: "pass" } as object, "option"],
      [{ match: { bodies: "none" } as object }, "option"],
      [{ fault: "nonsense" }, "fault_syntax"],
    ] as const) {
      expect(() => replayClient(client, cassetteOf([]), options)).toThrow(expect.objectContaining({ code }));
    }
    replayClient(client, cassetteOf([])).stop();
  });

  test("is refused every call by a cassette without exchanges", async () => {
    const client = new LambdaClient({});
    using _replaying = replayClient(client, cassetteOf([]));
    await expect(client.send(new InvokeCommand({ FunctionName: "x" }))).rejects.toThrow(
      "No recording matches POST /2015-03-31/functions/x/invocations: there are none",
    );
  });
});
