import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  BedrockRuntimeClient,
  InvokeModelWithBidirectionalStreamCommand,
  type InvokeModelWithBidirectionalStreamInput,
} from "@aws-sdk/client-bedrock-runtime";
import { KinesisClient, SubscribeToShardCommand } from "@aws-sdk/client-kinesis";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { exchangeChunks, itemBytes, type Exchange, type ItemStore, type LongExchange } from "@eventstream-kit/cassette";
import { recordClient, type RecordClientOptions } from "@eventstream-kit/cassette/aws-sdk";
import { loadCassette, spool } from "@eventstream-kit/cassette/node";
import { encodeEvent } from "@eventstream-kit/codec";
import type { Service, ServiceRequest, Step } from "@eventstream-kit/service";
import { serve } from "@eventstream-kit/service/node";
import { gate, gates } from "@eventstream-kit/workshop/gate";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { concat, cut, hexOf, utf8 } from "../support/bytes.ts";
import { eventStream } from "../support/exchanges.ts";
import { chunkFrame, completeFrame } from "../support/frames.ts";
import { ways, type StreamingClient, type Way } from "./clients.ts";
import { outcomeOf } from "./outcome.ts";

function streaming(body: (request: ServiceRequest) => AsyncIterable<Step> | Iterable<Step>): Service {
  return { handle: (request) => Promise.resolve({ status: 200, headers: [eventStream], body: body(request) }) };
}

function connected(way: Way, url: string, options?: { maxAttempts?: number }): StreamingClient {
  const caller = way.connect(url, options);
  onTestFinished(() => caller.client.destroy());
  return caller;
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "record-client-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

const bytesOf = (exchange: Exchange) => exchangeChunks(exchange).map(hexOf);

describe.each(ways)("$name", (way) => {
  const frames = ["a", "b", "c"].map(way.frame);

  test("is relayed while it is recorded: a chunk is sent when the client has read the one before", async () => {
    const acknowledged = gates(frames.length);
    await using server = await serve(
      streaming(async function* () {
        for (const [index, frame] of frames.entries()) {
          yield frame;
          await acknowledged[index]!.opened;
        }
      }),
    );
    const caller = connected(way, server.url);
    const recording = recordClient(caller.client, { meta: { session: 7 } });
    const { events } = await outcomeOf(caller, { onEvent: (count) => acknowledged[count - 1]!.open() });
    await recording.stop();
    expect(events).toEqual(["a", "b", "c"]);

    const [exchange, ...others] = recording.exchanges;
    expect(others).toEqual([]);
    expect(bytesOf(exchange!)).toEqual(frames.map(hexOf));
    expect(exchange).toMatchObject({
      request: { method: "POST", body: utf8('{"n":1}') },
      response: { status: 200, headers: [["content-type", eventStream[1]]] },
      end: { how: "eof", items: 3 },
      meta: {
        session: 7,
        recorder: expect.stringMatching(/^eventstream-kit\/\d/) as string,
        region: "us-east-1",
        auth: "sigv4",
        ...{
          "http/1.1": { http: "1.1", boundary: "node:data" },
          h2: { http: "2", boundary: "http2:data" },
          fetch: { boundary: "fetch:read" },
        }[way.transport],
      },
    });
  });

  test("has its trailers recorded, those that matter, where the client gets them", async () => {
    await using server = await serve({
      handle: () =>
        Promise.resolve({
          status: 200,
          headers: [eventStream],
          body: frames,
          trailers: [
            ["X-Amzn-Remapped-Sum", "1"],
            ["X-Unknown", "2"],
            ["x-amzn-remapped-sum", "3"],
          ],
        }),
    });
    const caller = connected(way, server.url);
    const recording = recordClient(caller.client);
    expect((await outcomeOf(caller)).events).toEqual(["a", "b", "c"]);
    await recording.stop();
    const lines = [
      ["x-amzn-remapped-sum", "1"],
      ["x-amzn-remapped-sum", "3"],
    ];
    // Nothing shows them of what fetch has received.
    expect(recording.exchanges.map(({ trailers }) => trailers)).toEqual([
      way.transport === "fetch" ? undefined : lines,
    ]);
    expect(recording.exchanges[0]!.end.how).toBe("eof");
  });

  test("is timed when it arrives, not when it is read", async () => {
    let now = 0;
    const received = gate();
    await using server = await serve(streaming(() => frames.slice(0, 1)));
    const caller = connected(way, server.url);
    const recording = recordClient(caller.client, { now: () => now, onExchange: () => received.open() });
    now = 100;
    const { events } = await caller.call();
    // Nobody has read anything yet.
    await received.opened;
    now = 1_000_000;
    const seen: string[] = [];
    for await (const event of events) seen.push(event);
    expect(seen).toEqual(["a"]);
    expect(recording.exchanges[0]!.timing).toEqual({ unit: "ms", res: 0, chunks: [{ dt: 0, item: 1, extra: 0 }] });
  });

  test("stops the service when the client is destroyed, and is partial", async () => {
    const stopped = gate();
    await using server = await serve(
      streaming(async function* ({ signal }) {
        signal!.addEventListener("abort", stopped.open);
        yield frames[0]!;
        await stopped.opened;
      }),
    );
    const caller = connected(way, server.url);
    const recording = recordClient(caller.client);
    const { events } = await caller.call();
    const iterator = events[Symbol.asyncIterator]();
    expect(await iterator.next()).toMatchObject({ value: "a" });
    caller.client.destroy();
    // Over HTTP/2 and fetch, destroying a client does not close its streams.
    await recording.stop({ graceMs: way.transport === "http/1.1" ? 60_000 : 0 });
    await stopped.opened;
    expect(recording.exchanges).toEqual([]);
    expect(recording.partial).toMatchObject([{ end: { how: "client-abort", items: 1 } }]);
  });

  test("is recorded to its end when nobody reads on, whatever a reader would have held up", async () => {
    const long = Array.from({ length: 40 }, () => way.frame("x".repeat(64 * 1024)));
    await using server = await serve(streaming(() => long));
    const caller = connected(way, server.url);
    const recording = recordClient(caller.client);
    const { events } = await caller.call();
    for await (const _event of events) break;
    await recording.stop({ graceMs: 60_000 });
    const [exchange] = recording.exchanges;
    expect(exchange!.end).toMatchObject({ how: "eof", items: 40 });
    expect(hexOf(concat(...exchangeChunks(exchange!)))).toBe(hexOf(concat(...long)));
  });

  test("goes on for who reads it when the recording is stopped", async () => {
    const stopping = gate();
    await using server = await serve(
      streaming(async function* () {
        yield frames[0]!;
        await stopping.opened;
        yield* frames.slice(1);
      }),
    );
    const caller = connected(way, server.url);
    const recording = recordClient(caller.client);
    let stopped: Promise<void> | undefined;
    const { events } = await outcomeOf(caller, {
      onEvent(count) {
        if (count > 1) return;
        stopped = recording.stop({ graceMs: 60_000 });
        stopping.open();
      },
    });
    await stopped;
    expect(events).toEqual(["a", "b", "c"]);
    expect(recording.exchanges).toMatchObject([{ end: { how: "eof", items: 3 } }]);
  });

  test("is waited for by stop, also before it has begun", async () => {
    const [asked, stopping] = [gate(), gate()];
    await using server = await serve({
      async handle() {
        asked.open();
        await stopping.opened;
        return { status: 200, headers: [eventStream], body: frames };
      },
    });
    const caller = connected(way, server.url);
    const recording = recordClient(caller.client);
    const outcome = outcomeOf(caller);
    await asked.opened;
    const stopped = recording.stop({ graceMs: 60_000 });
    stopping.open();
    await stopped;
    expect(recording.exchanges).toMatchObject([{ end: { how: "eof", items: 3 } }]);
    expect((await outcome).events).toEqual(["a", "b", "c"]);
  });

  test("that has not begun when stop no longer waits is told of by save", async () => {
    const [asked, over] = [gate(), gate()];
    await using server = await serve({
      async handle() {
        asked.open();
        await over.opened;
        return { status: 200, headers: [eventStream], body: frames };
      },
    });
    const caller = connected(way, server.url);
    const recording = recordClient(caller.client);
    const outcome = outcomeOf(caller);
    await asked.opened;
    await recording.stop({ graceMs: 0 });
    const path = join(folder(), "late.cassette.jsonl");
    await expect(recording.save(path)).rejects.toMatchObject({
      code: "recording",
      message: expect.stringContaining("no answer had come when the recording was stopped") as string,
    });
    over.open();
    expect((await outcome).events).toEqual(["a", "b", "c"]);
    await recording.settled();
    expect(recording.exchanges).toEqual([]);
  });

  test("keeps retries as exchanges of their own, with their attempt", async () => {
    let calls = 0;
    await using server = await serve({
      handle: () => {
        calls += 1;
        if (calls > 1) return Promise.resolve({ status: 200, headers: [eventStream], body: frames });
        const headers = [["content-type", "application/json"] as const, ["x-amzn-errortype", "Busy"] as const];
        return Promise.resolve({ status: 500, headers, body: [utf8("{}")] });
      },
    });
    const caller = connected(way, server.url, { maxAttempts: 2 });
    const recording = recordClient(caller.client);
    expect(await outcomeOf(caller)).toMatchObject({ events: ["a", "b", "c"], output: { $metadata: { attempts: 2 } } });
    await recording.stop();
    expect(recording.exchanges).toMatchObject([
      { response: { status: 500 }, meta: { auth: "sigv4" } },
      { response: { status: 200 }, meta: { attempt: 2 } },
    ]);
    expect(recording.exchanges[0]!.meta).not.toHaveProperty("attempt");
  });
});

test("over HTTP/1.1, a stream whose chunks know nothing of frames keeps them", async () => {
  const stream = concat(chunkFrame("x".repeat(240)), completeFrame()).subarray(0, 442);
  const sizes = [5, 110, 109, 20, 194, 4];
  const pieces = cut(stream, sizes);
  const arrived = gates(pieces.length);
  await using server = await serve(
    streaming(async function* () {
      for (const [index, piece] of pieces.entries()) {
        yield piece;
        await arrived[index]!.opened;
      }
    }),
  );
  const caller = connected(ways[0]!, server.url);
  // A recorder is told of each chunk when it arrives, which the clock shows: head, then one call a chunk.
  let told = -2;
  const recording = recordClient(caller.client, { now: () => (arrived[(told += 1) - 1]?.open(), told) });
  await outcomeOf(caller);
  await recording.stop();
  expect(exchangeChunks(recording.exchanges[0]!).map(({ length }) => length)).toEqual(sizes);
});

const fails = () => {
  throw new Error("No such pattern");
};

describe("saving", () => {
  const service = streaming(() => [chunkFrame("Hel"), chunkFrame("lo"), completeFrame()]);

  test("writes a cassette with title and operation, and adds to one", async () => {
    await using server = await serve(service);
    const caller = connected(ways[0]!, server.url);
    const path = join(folder(), "chat.cassette.jsonl");
    for (const exchanges of [1, 2]) {
      await using recording = recordClient(caller.client);
      await outcomeOf(caller);
      await recording.save(path, { title: "a chat", append: true });
      const cassette = await loadCassette(path);
      expect(cassette.header).toEqual({
        eventstream: 1,
        op: "lambda:InvokeWithResponseStream",
        title: "a chat",
        origin: "recorded",
      });
      expect(cassette.exchanges).toHaveLength(exchanges);
    }
  });

  test("writes nothing that holds the credentials the client signed with, or another secret", async () => {
    await using server = await serve(
      streaming(() => [chunkFrame("the key is dummy-sec"), chunkFrame("ret-for-tests, as it is")]),
    );
    const caller = connected(ways[0]!, server.url);
    const directory = folder();
    await using recording = recordClient(caller.client);
    await outcomeOf(caller);
    const path = join(directory, "a.cassette.jsonl");
    await expect(recording.save(path)).rejects.toMatchObject({
      code: "secret",
      path,
      found: { index: 1, form: "plain", in: "payloads" },
      message: `Saving ${path}: it would have the client's secretAccessKey, as it is in what requests and frames carry, and is not written; expected that to be masked, as with the option redact: { find: ... }`,
    });
    await expect(recording.save(path, { title: "the key is", secrets: ["the key is"] })).rejects.toMatchObject({
      code: "secret",
      message: expect.stringContaining(
        "it would have one of the secrets in the options, as it is on line 1, and",
      ) as string,
    });
    expect(readdirSync(directory)).toEqual([]);
  });

  test.each([-1, Number.NaN, 5n as never])("a grace of %s is refused, and the recording goes on", async (graceMs) => {
    const client = new LambdaClient({});
    const recording = recordClient(client);
    await expect(recording.stop({ graceMs })).rejects.toMatchObject({ code: "option" });
    expect(() => recordClient(client)).toThrow(expect.objectContaining({ code: "state" }));
    await recording.stop();
    client.destroy();
  });

  test("writes more than 10 MiB only when it may be large", async () => {
    const frames = Array.from({ length: 11 }, (_, index) => chunkFrame(String(index).padStart(1_048_576)));
    await using server = await serve(streaming(() => [...frames, completeFrame()]));
    const caller = connected(ways[0]!, server.url);
    const path = join(folder(), "a.cassette.jsonl");
    await using recording = recordClient(caller.client);
    await outcomeOf(caller);
    await expect(recording.save(path)).rejects.toMatchObject({ code: "size" });
    await recording.save(path, { large: true });
    expect((await loadCassette(path)).exchanges[0]!.items).toHaveLength(12);
  });

  test("puts what the client left early beside it, where replay does not look", async () => {
    await using server = await serve(
      streaming(async function* ({ signal }) {
        yield chunkFrame("Hel");
        await new Promise((resolve) => signal!.addEventListener("abort", resolve));
      }),
    );
    const caller = connected(ways[0]!, server.url);
    const directory = folder();
    const abort = new AbortController();
    await using recording = recordClient(caller.client);
    const { error } = await outcomeOf(caller, { signal: abort.signal, onEvent: () => abort.abort() });
    expect(error).toMatchObject({ code: "ECONNRESET" });
    await recording.settled();
    await recording.save(join(directory, "a.cassette.jsonl"));
    expect(readdirSync(directory)).toEqual(["a.cassette.jsonl.partial"]);
    expect(readFileSync(join(directory, "a.cassette.jsonl.partial"), "utf8")).toContain('"how":"client-abort"');

    // Nothing of a recording before stays beside one that is whole.
    await using complete = await serve(service);
    const next = connected(ways[0]!, complete.url);
    await using again = recordClient(next.client);
    await outcomeOf(next);
    await again.save(join(directory, "a.cassette.jsonl"));
    expect(readdirSync(directory)).toEqual(["a.cassette.jsonl"]);
  });

  test("refuses what the rules for JSON cannot mask, which the call did not notice", async () => {
    await using server = await serve(
      streaming(() => [chunkFrame('{"a":"'), ...Array.from({ length: 9 }, () => chunkFrame("x".repeat(1_048_576)))]),
    );
    const caller = connected(ways[0]!, server.url);
    const directory = folder();
    await using recording = recordClient(caller.client, { redact: { json: ["$.a"] } });
    expect((await outcomeOf(caller)).events).toHaveLength(10);
    await expect(recording.save(join(directory, "a.cassette.jsonl"))).rejects.toMatchObject({ code: "redaction" });
    expect(readdirSync(directory)).toEqual([]);
  });

  test("tells what went wrong with recording, which the call did not notice", async () => {
    await using server = await serve(service);
    const caller = connected(ways[0]!, server.url);
    let calls = 0;
    await using recording = recordClient(caller.client, {
      now: () => {
        calls += 1;
        if (calls === 3) throw new Error("The clock has stopped");
        return 0;
      },
    });
    expect((await outcomeOf(caller)).events).toEqual(["Hel", "lo", '{"InvokeComplete":{}}']);
    await expect(recording.save(join(folder(), "a.cassette.jsonl"))).rejects.toMatchObject({
      code: "recording",
      message: "Recording lambda:InvokeWithResponseStream failed, though the call did not: The clock has stopped",
    });
  });

  /** One call of a client that is recorded with these options, which does not notice what they throw. */
  async function recordedWith(options: RecordClientOptions) {
    await using server = await serve(service);
    const caller = connected(ways[0]!, server.url);
    const recording = recordClient(caller.client, options);
    expect(await outcomeOf(caller)).toMatchObject({
      events: ["Hel", "lo", '{"InvokeComplete":{}}'],
      output: { $metadata: { attempts: 1 } },
    });
    await recording.stop();
    return recording;
  }

  test("tells what a redact.find has thrown, already for the request, and writes nothing", async () => {
    const directory = folder();
    const recording = await recordedWith({ redact: { find: fails } });
    await expect(recording.save(join(directory, "a.cassette.jsonl"))).rejects.toMatchObject({
      code: "recording",
      message: "Recording lambda:InvokeWithResponseStream failed, though the call did not: No such pattern",
    });
    expect(readdirSync(directory)).toEqual([]);
  });

  test.each<[string, () => unknown]>([
    ["thrown", fails],
    ["rejected with", () => Promise.reject(new Error("No such pattern"))],
  ])("tells what an onExchange has %s when all is written", async (_, onExchange) => {
    const path = join(folder(), "a.cassette.jsonl");
    const recording = await recordedWith({ onExchange });
    await expect(recording.save(path)).rejects.toMatchObject({
      code: "recording",
      message: "All is recorded, but onExchange failed: No such pattern",
    });
    expect((await loadCassette(path)).exchanges).toEqual(recording.exchanges);
  });

  test("does not wait for an onExchange; what rejects after it is a warning of the process", async () => {
    const late = gate();
    const recording = await recordedWith({ onExchange: () => late.opened.then(fails) });
    await recording.save(join(folder(), "a.cassette.jsonl"));
    const warned = new Promise((resolve) => process.once("warning", resolve));
    late.open();
    expect(await warned).toMatchObject({ message: "All is recorded, but onExchange failed: No such pattern" });
  });
});

async function* input(): AsyncGenerator<InvokeModelWithBidirectionalStreamInput> {
  yield { chunk: { bytes: utf8("{}") } };
}

/** Stores, and which of them still hold something. */
function stores() {
  const open = new Set<ItemStore>();
  const make = (): ItemStore => {
    const held = spool();
    const store: ItemStore = {
      add: (item, bytes) => held.add(item, bytes),
      [Symbol.iterator]: () => held[Symbol.iterator](),
      discard() {
        open.delete(store);
        held.discard();
      },
    };
    open.add(store);
    return store;
  };
  return { open, make };
}

describe("with a store, what is recorded is not in memory", () => {
  const frames = ["a", "b", "c"].map((letter) => chunkFrame(letter.repeat(70_000)));

  test("and is the same, until the recording is disposed", async () => {
    await using server = await serve(streaming(() => frames));
    const caller = connected(ways[0]!, server.url);
    const { open, make } = stores();
    const path = join(folder(), "long.cassette.jsonl");
    const told: number[] = [];
    const onExchange = ({ end }: LongExchange) => told.push(end.items);
    {
      await using recording = recordClient(caller.client, { onExchange }, make);
      expect((await outcomeOf(caller)).events).toHaveLength(3);
      await recording.settled();
      expect([...recording.exchanges[0]!.items]).toHaveLength(3);
      expect(recording.cassette("long").exchanges).toEqual(recording.exchanges);
      await recording.save(path);
      await recording.save(path, { append: true });
      expect(open.size).toBe(1);
    }
    expect(open.size).toBe(0);
    expect(told).toEqual([3]);
    const { exchanges } = await loadCassette(path);
    expect(exchanges.map(({ items }) => items.map(itemBytes).map(hexOf))).toEqual([
      frames.map(hexOf),
      frames.map(hexOf),
    ]);
  });

  test("and nothing is held of a call that could not be recorded, or got no answer", async () => {
    await using server = await serve(streaming(() => frames));
    const caller = connected(ways[0]!, server.url);
    const { open, make } = stores();
    let asked = 0;
    const now = () => {
      asked++;
      if (asked === 3 || asked === 4) throw new Error("The clock has stopped");
      return 0;
    };
    await using recording = recordClient(caller.client, { now }, make);
    // In the middle of an answer, and before there is a request.
    for (const calls of [1, 2]) {
      expect((await outcomeOf(caller)).events).toHaveLength(3);
      await recording.settled();
      expect([calls, open.size]).toEqual([calls, 0]);
    }
    await expect(caller.call(AbortSignal.abort())).rejects.toMatchObject({ name: "AbortError" });
    expect(open.size).toBe(0);
    expect(recording.exchanges).toEqual([]);
    expect(asked).toBe(5);
  });
});

describe("other calls", () => {
  test("answers that are no stream", async () => {
    const headers = [["content-type", "application/json"] as const];
    await using server = await serve({ handle: () => Promise.resolve({ status: 200, headers, body: [utf8("[1]")] }) });
    const client = new LambdaClient({ endpoint: server.url });
    onTestFinished(() => client.destroy());
    await using recording = recordClient(client);
    const { Payload } = await client.send(new InvokeCommand({ FunctionName: "list", Qualifier: "live*" }));
    expect(Payload!.transformToString()).toBe("[1]");
    expect(recording.exchanges).toMatchObject([
      {
        request: { path: "/2015-03-31/functions/list/invocations?Qualifier=live%2A" },
        items: [{ kind: "raw", why: "not_event_stream", bytes: utf8("[1]") }],
      },
    ]);
    expect(recording.cassette().header.op).toBe("lambda:Invoke");
  });

  test("Kinesis, which speaks HTTP/2 and names its operation in a header", async () => {
    await using server = await serve(
      streaming(() => [
        encodeEvent({ event: "initial-response", json: {} }),
        encodeEvent({
          event: "SubscribeToShardEvent",
          json: { Records: [], ContinuationSequenceNumber: "1", MillisBehindLatest: 0 },
        }),
      ]),
    );
    const client = new KinesisClient({ endpoint: server.url });
    onTestFinished(() => client.destroy());
    await using recording = recordClient(client);
    const { EventStream } = await client.send(
      new SubscribeToShardCommand({
        ConsumerARN: "arn:aws:kinesis:us-east-1:123456789012:stream/clicks/consumer/app:1",
        ShardId: "shardId-000000000000",
        StartingPosition: { Type: "LATEST" },
      }),
    );
    let events = 0;
    for await (const { SubscribeToShardEvent } of EventStream!) events += SubscribeToShardEvent ? 1 : 0;
    expect(events).toBe(1);
    await recording.settled();
    expect(recording.exchanges).toMatchObject([{ end: { how: "eof", items: 2 }, meta: { http: "2" } }]);
    expect(recording.exchanges[0]!.request.headers).toContainEqual([
      "x-amz-target",
      "Kinesis_20131202.SubscribeToShard",
    ]);
    expect(recording.cassette().header.op).toBe("kinesis:SubscribeToShard");
  });

  test("a call whose request is an event stream is refused before it is sent", async () => {
    const client = new BedrockRuntimeClient({
      maxAttempts: 1,
      logger: { debug() {}, info() {}, warn() {}, error() {} },
    });
    onTestFinished(() => client.destroy());
    await using recording = recordClient(client);
    const call = client.send(new InvokeModelWithBidirectionalStreamCommand({ modelId: "a.model:0", body: input() }));
    await expect(call).rejects.toMatchObject({ name: "CassetteError", code: "unsupported" });
    expect(recording.exchanges).toEqual([]);
  });

  test("a call that gets no answer leaves nothing", async () => {
    const server = await serve({ handle: () => Promise.resolve(undefined) });
    await server.close();
    const caller = connected(ways[0]!, server.url);
    await using recording = recordClient(caller.client);
    expect(await outcomeOf(caller)).toMatchObject({ error: { code: "ECONNREFUSED" } });
    expect(recording.exchanges).toEqual([]);
    expect(recording.partial).toEqual([]);
  });

  test("nor does one that a handler refuses before it is sent", async () => {
    const requestHandler = {
      handle() {
        throw new Error("not today");
      },
      destroy() {},
      updateHttpClientConfig() {},
      httpHandlerConfigs: () => ({}),
    };
    const client = new LambdaClient({ requestHandler: requestHandler as never, maxAttempts: 1 });
    const recording = recordClient(client);
    const call = client.send(new InvokeCommand({ FunctionName: "f" }));
    await expect(call).rejects.toThrow("not today");
    await recording.stop({ graceMs: 0 });
    await recording.save(join(folder(), "none.cassette.jsonl"));
    expect(recording.exchanges).toEqual([]);
  });
});

const configsOf = (handler: object) => (handler as { httpHandlerConfigs(): object }).httpHandlerConfigs();

test("a test that has replaced the global timers gets real times, and is not waited for without end", async () => {
  const next = gate();
  await using server = await serve(
    streaming(async function* (request) {
      yield chunkFrame("a");
      await next.opened;
      yield chunkFrame("b");
      await new Promise((resolve) => request.signal!.addEventListener("abort", resolve));
    }),
  );
  const caller = connected(ways[0]!, server.url);
  const recording = recordClient(caller.client);
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const { events } = await caller.call();
  for await (const _event of events) {
    next.open();
    break;
  }
  await recording.stop({ graceMs: 1 });
  expect(recording.partial).toMatchObject([{ end: { how: "client-abort" } }]);
  expect(recording.partial[0]!.timing!.res).toBeGreaterThan(0);
});

describe("the client", () => {
  test("is as it was after stop, also one that keeps its handlers", async () => {
    await using server = await serve(streaming(() => [completeFrame()]));
    const client = new LambdaClient({ endpoint: server.url, cacheMiddleware: true });
    onTestFinished(() => client.destroy());
    const { requestHandler } = client.config;
    const middleware = client.middlewareStack.identify();
    const call = () => client.send(new InvokeCommand({ FunctionName: "list" }));
    await call();
    const recording = recordClient(client);
    expect(client.config.requestHandler).toBeInstanceOf(requestHandler.constructor);
    expect(client.config.requestHandler.metadata).toEqual({ handlerProtocol: "http/1.1" });
    expect(configsOf(client.config.requestHandler)).toBe(configsOf(requestHandler));
    await call();
    await recording.stop();
    await recording.stop();
    expect(client.config.requestHandler).toBe(requestHandler);
    expect(client.middlewareStack.identify()).toEqual(middleware);
    await call();
    expect(recording.exchanges).toHaveLength(1);
  });

  test("is recorded once at a time", async () => {
    const client = new LambdaClient({});
    const first = recordClient(client);
    expect(() => recordClient(client)).toThrow(expect.objectContaining({ code: "state" }));
    await first.stop();
    await recordClient(client).stop();
  });

  test.each([
    ["nothing", undefined],
    ["something else", {}],
    ["a client of version 2", { config: {}, makeRequest: () => {} }],
  ])("is refused when it is %s", (_, client) => {
    expect(() => recordClient(client as never)).toThrow(expect.objectContaining({ code: "option" }));
  });

  test("is not touched when an option is wrong", async () => {
    const client = new LambdaClient({});
    expect(() => recordClient(client, { maxBytes: -1 })).toThrow(expect.objectContaining({ code: "option" }));
    const misspelt = { redacted: false } as object;
    expect(() => recordClient(client, misspelt)).toThrow(expect.objectContaining({ code: "option" }));
    const recording = recordClient(client);
    await expect(recording.save("unwritten.jsonl", { secret: "x" } as object)).rejects.toMatchObject({
      code: "option",
    });
    await expect(recording.stop({ graceMs: Number.NaN })).rejects.toMatchObject({ code: "option" });
    await recording.stop();
  });
});
