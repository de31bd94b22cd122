import { gzipSync } from "node:zlib";
import { exchangeChunks, type Exchange, type LongExchange, type RedactionOptions } from "@eventstream-kit/cassette";
import { encodeEvent } from "@eventstream-kit/codec";
import {
  toResponse,
  type LendingSteps,
  type Parts,
  type Reply,
  type Service,
  type ServiceRequest,
  type Step,
} from "@eventstream-kit/service";
import { serve } from "@eventstream-kit/service/node";
import { describe, expect, test, vi } from "vitest";
import type { RecorderError } from "../src/errors.ts";
import { createRecordingProxy, type CallObserver, type RecordingProxyOptions } from "../src/recording-proxy.ts";
import { verifySigV4 } from "@eventstream-kit/workshop/sigv4-verifier";

const now = () => new Date("2026-11-23T05:00:00Z");
const frame = encodeEvent({ event: "PayloadChunk", payload: new Uint8Array([1]) });

function request(change: Partial<ServiceRequest> = {}): ServiceRequest {
  return {
    method: "POST",
    target: "/2021-11-15/functions/report/response-streaming-invocations",
    headers: [
      [
        "authorization",
        "AWS4-HMAC-SHA256 Credential=AKIDCLIENT/20260101/eu-west-1/lambda/aws4_request, SignedHeaders=host, Signature=00",
      ],
    ],
    body: Buffer.from("{}"),
    ...change,
  };
}

/** Sends one request through the proxy to a server that gives this reply. */
async function through(reply: Reply, sent: ServiceRequest = request(), observer: CallObserver = {}) {
  const received: ServiceRequest[] = [];
  const upstream: Service = {
    handle: (one) => {
      received.push(one);
      return Promise.resolve(reply);
    },
  };
  await using server = await serve(upstream);
  const exchanges: Exchange[] = [];
  const failures: RecorderError[] = [];
  let time = 0;
  const proxy = createRecordingProxy({
    upstream: `${server.url}/prefix/`,
    credentials: () => Promise.resolve({ accessKeyId: "AKIDOWN", secretAccessKey: "secret" }),
    now,
    // Every look at the clock is 10 ms later.
    clock: () => (time += 10),
    observe: () => ({
      recorded: (exchange) => exchanges.push(exchange),
      failed: (error) => failures.push(error),
      ...observer,
    }),
  });
  const answer = (await proxy.handle(sent))!;
  const response = toResponse(answer);
  const bytes = Buffer.from(await response.arrayBuffer());
  return { received, exchanges, failures, answer, response, bytes, host: new URL(server.url).host };
}

const stream: Reply = {
  status: 200,
  headers: [
    ["Content-Type", "application/vnd.amazon.eventstream"],
    ["X-Twice", "a"],
    ["x-twice", "b"],
  ],
  body: [frame, frame],
};

test("The upstream gets the request under its path prefix with a right signature for region and host", async () => {
  const { received, host } = await through(stream);
  expect(received[0]!.target).toBe("/prefix/2021-11-15/functions/report/response-streaming-invocations");
  const keys = { AKIDOWN: { secretAccessKey: "secret" } };
  expect(verifySigV4(received[0]!, { keys, region: "eu-west-1", service: "lambda", host, now })).toBeUndefined();
});

test("The client gets status, header lines and bytes as they are; the exchange is timed when chunks arrive", async () => {
  const { answer, bytes, exchanges } = await through(stream);
  expect(answer.headers).toEqual(
    expect.arrayContaining([
      ["X-Twice", "a"],
      ["x-twice", "b"],
    ]),
  );
  expect(answer.headers.map(([name]) => name.toLowerCase())).not.toContain("transfer-encoding");
  expect(bytes.equals(Buffer.concat([frame, frame]))).toBe(true);
  const [exchange] = exchanges;
  expect(exchange!.request.path).toBe("/2021-11-15/functions/report/response-streaming-invocations");
  expect(exchangeChunks(exchange!).map(({ length }) => length)).toEqual([frame.length, frame.length]);
  // Sent at 10, head at 20, chunks at 30 and 40.
  expect(exchange!.timing).toMatchObject({ res: 10, chunks: [{ dt: 10 }, { dt: 10 }] });
  expect(exchange!.meta).toMatchObject({ recordedAt: "2026-11-23T05:00:00.000Z", region: "eu-west-1", auth: "sigv4" });
});

/** The client's lines about buffering when the upstream sends these headers, too. */
async function buffering(headers: Reply["headers"]): Promise<Reply["headers"]> {
  const { answer, exchanges } = await through({ ...stream, headers: [...stream.headers, ...headers] });
  expect(JSON.stringify(exchanges)).not.toMatch(/x-accel/i);
  return answer.headers.filter(([name]) => name.toLowerCase() === "x-accel-buffering");
}

describe("Proxies before the recorder are asked to hold nothing back", () => {
  test("of a streamed answer", async () => {
    expect(await buffering([])).toEqual([["x-accel-buffering", "no"]]);
  });

  test.each(["yes", "no"])("but where the upstream says so itself: %s", async (value) => {
    expect(await buffering([["X-Accel-Buffering", value]])).toEqual([["X-Accel-Buffering", value]]);
  });

  test("but of an answer with a length", async () => {
    expect(await buffering([["Content-Length", String(2 * frame.length)]])).toEqual([]);
  });
});

// 204 is a DryRun's.
test.each([204, 205, 304])("An answer that never has a body is recorded as well: %i", async (status) => {
  const { exchanges, response } = await through({ status, headers: [], body: [] });
  expect(response.status).toBe(status);
  expect(exchanges[0]).toMatchObject({ response: { status }, items: [], end: { how: "eof", bytes: 0 } });
});

test("An upstream that compresses although it was asked not to is relayed untouched and stored raw", async () => {
  const body = gzipSync(frame);
  const { received, bytes, exchanges } = await through({
    ...stream,
    headers: [...stream.headers, ["content-encoding", "gzip"]],
    body: [body],
  });
  expect(received[0]!.headers).toContainEqual(["accept-encoding", "identity"]);
  expect(bytes.equals(body)).toBe(true);
  expect(exchanges[0]!.items).toMatchObject([{ kind: "raw", why: "content_encoding" }]);
});

const fails = () => {
  throw new Error("disk on fire");
};
/** Finds nothing in the request, and fails at the answer's head. */
const failsAtHead = (text: string) => (text.includes("vnd.amazon.eventstream") ? fails() : []);

/** One call through a proxy whose observer, or redaction, fails. */
async function failing(observer: CallObserver<LongExchange>, redact?: RedactionOptions) {
  await using server = await serve({ handle: () => Promise.resolve(stream) });
  const told: unknown[] = [];
  let discarded = 0;
  const proxy = createRecordingProxy(
    {
      upstream: server.url,
      credentials: () => Promise.resolve({ accessKeyId: "AKIDOWN", secretAccessKey: "secret" }),
      observe: () => ({
        recorded: (exchange) => told.push(exchange),
        failed: (error) => told.push(error),
        ...observer,
      }),
      ...(redact ? { redact } : {}),
    },
    () => ({ add() {}, discard: () => void (discarded += 1), *[Symbol.iterator]() {} }),
  );
  const response = toResponse((await proxy.handle(request()))!);
  expect(response.status).toBe(200);
  expect(Buffer.from(await response.arrayBuffer()).equals(Buffer.concat([frame, frame]))).toBe(true);
  return { told, discarded: () => discarded };
}

test.each<[string, RedactionOptions]>([
  ["the request", { find: fails }],
  ["the head", { find: failsAtHead }],
])("What goes wrong with recording does not harm the relay: at %s", async (_, redact) => {
  const { told, discarded } = await failing({}, redact);
  expect(told).toMatchObject([{ code: "write_failed", message: "Recording failed: disk on fire" }]);
  // Also of a request that cannot be kept, whose store was made before.
  expect(discarded()).toBe(1);
});

const observerFailed = { code: "observer_failed", message: "Observing a call failed: disk on fire" };

test.each<[string, CallObserver<LongExchange>]>([
  ["the head", { head: fails }],
  ["a chunk", { chunk: fails }],
])("An observer that throws at %s costs neither the relay nor the recording", async (_, observer) => {
  const { told, discarded } = await failing(observer);
  await vi.waitUntil(() => told.length === 2);
  expect(told).toMatchObject([{ end: { how: "eof", items: 2 } }, observerFailed]);
  expect(discarded()).toBe(0);
});

test.each<[string, CallObserver<LongExchange>]>([
  ["throws", { recorded: fails }],
  ["rejects", { recorded: () => Promise.reject(new Error("disk on fire")) }],
])("A recording that nobody takes, because who should %s, is discarded and said to be", async (_, observer) => {
  const { told, discarded } = await failing(observer);
  await vi.waitUntil(() => told.length === 1);
  expect(told).toMatchObject([observerFailed]);
  expect(discarded()).toBe(1);
});

test("An observer that throws when it is told of a failure is a warning of the process", async () => {
  const warned = new Promise((resolve) => process.once("warning", resolve));
  await failing({ failed: fails }, { find: fails });
  expect(await warned).toMatchObject(observerFailed);
});

test("A call that cannot be observed is not sent", async () => {
  const proxy = createRecordingProxy({
    upstream: "http://127.0.0.1:9",
    credentials: () => Promise.reject(new Error("asked for credentials")),
    observe: fails,
  });
  await expect(proxy.handle(request())).rejects.toMatchObject(observerFailed);
});

/** As a transport does that borrows. */
const borrowed = (answer: Reply) => (answer.body as AsyncIterable<Step>)[Symbol.asyncIterator]() as LendingSteps;
const lend = (steps: LendingSteps) =>
  new Promise<unknown>((resolve, reject) => steps.lend(({ value }) => resolve(value), reject));

/** What has been lent, and a copy made when it was. */
const lentAs = (step: unknown) => {
  const memory = step instanceof Uint8Array ? step : (step as Parts)[0]!;
  return { memory, copy: Buffer.from(memory), inParts: memory !== step };
};
type Lent = ReturnType<typeof lentAs>;
const intact = ({ memory, copy }: Lent) => copy.equals(memory);
const freed = ({ memory }: Lent) => memory.length === 0;

describe("The memory of borrowed chunks", () => {
  const sizes = [300, 1024, 5000, 1024, 16_384, 511, 1024, 30_000, 512, 4096, 20_000, 70_000, 1024, 200];
  const sent = Array.from({ length: 24 * sizes.length }, (_, index) =>
    new Uint8Array(sizes[index % sizes.length]!).fill(1 + index),
  );
  const body = Buffer.concat(sent);
  /** Smaller ones stay. */
  const leastFreed = 512;
  const most = 128 * 1024;

  /** A call that is answered with small and large chunks. Nobody has read any of them yet. */
  async function answered(
    options: Partial<RecordingProxyOptions>,
    use: (answer: Reply) => Promise<void>,
  ): Promise<void> {
    await using server = await serve({ handle: () => Promise.resolve({ ...stream, body: sent }) });
    const proxy = createRecordingProxy({
      upstream: server.url,
      credentials: () => Promise.resolve({ accessKeyId: "AKIDOWN", secretAccessKey: "secret" }),
      ...options,
    });
    await use((await proxy.handle(request()))!);
  }

  test("is given back when parts have been sent that came after them, which is every 128 KiB", async () => {
    await answered({}, async (answer) => {
      const steps = borrowed(answer);
      const all: Lent[] = [];
      let kept: Lent[] = [];
      let times = 0;
      for (let step = await lend(steps); step !== undefined; step = await lend(steps)) {
        const sentAll = all.at(-1)?.inParts ?? false;
        // All that were kept, and none too early.
        expect(kept.every(sentAll ? freed : intact)).toBe(true);
        if (sentAll) {
          kept = [];
          times++;
        }
        const lent = lentAs(step);
        all.push(lent);
        if (lent.copy.length >= leastFreed) kept.push(lent);
        const due = lent === kept.at(-1) && kept.reduce((sum, { copy }) => sum + copy.length, 0) >= most;
        expect(lent.inParts).toBe(due);
      }
      expect(times).toBeGreaterThan(10);
      expect(all.filter(({ copy }) => copy.length < leastFreed).every(intact)).toBe(true);
      expect(Buffer.concat(all.map(({ copy }) => copy)).equals(body)).toBe(true);
    });
  });

  test.each(["stop", "finish"] as const)("stays for one that leaves, to %s: it may be sending it", async (onAbort) => {
    let tell!: (exchange: Exchange) => void;
    const recorded = new Promise<Exchange>((resolve) => (tell = resolve));
    await answered({ onAbort, observe: () => ({ recorded: tell }) }, async (answer) => {
      const steps = borrowed(answer);
      const all: Lent[] = [];
      while (!all.at(-1)?.inParts) all.push(lentAs(await lend(steps)));
      await steps.return!();
      const lent = Buffer.concat(all.map(({ copy }) => copy));
      const exchange = await recorded;
      const whole = onAbort === "stop" ? lent : body;
      expect(Buffer.concat(exchangeChunks(exchange)).equals(whole)).toBe(true);
      expect(all.length).toBeGreaterThan(3);
      expect(all.every(intact)).toBe(true);
    });
  });

  test("stays for who does not borrow it", async () => {
    await answered({}, async (answer) => {
      const chunks: Uint8Array[] = [];
      for await (const step of answer.body) chunks.push(step as Uint8Array);
      expect(Buffer.concat(chunks).equals(body)).toBe(true);
    });
  });

  test("stays for an observer and for the recording, while the server borrows it", async () => {
    const told: Uint8Array[] = [];
    const exchanges: Exchange[] = [];
    const observe = () => ({
      chunk: (bytes: Uint8Array) => void told.push(bytes),
      recorded: (exchange: Exchange) => exchanges.push(exchange),
    });
    await answered({ observe }, async (answer) => {
      await using server = await serve({ handle: () => Promise.resolve(answer) });
      const response = await fetch(server.url);
      expect(Buffer.from(await response.arrayBuffer()).equals(body)).toBe(true);
      expect(Buffer.concat(told).equals(body)).toBe(true);
      expect(Buffer.concat(exchangeChunks(exchanges[0]!)).equals(body)).toBe(true);
      expect(exchangeChunks(exchanges[0]!).map(({ length }) => length)).toEqual(told.map(({ length }) => length));
    });
  });
});

test("A recording that has failed does not keep the upstream call of a client that leaves", async () => {
  let close!: () => void;
  const closed = new Promise<void>((resolve) => (close = resolve));
  const body = async function* () {
    yield frame;
    await closed;
  };
  await using server = await serve({
    handle: ({ signal }) => {
      signal!.addEventListener("abort", close);
      return Promise.resolve({ ...stream, body: body() });
    },
  });
  const failures: RecorderError[] = [];
  const proxy = createRecordingProxy({
    upstream: server.url,
    credentials: () => Promise.resolve({ accessKeyId: "AKIDOWN", secretAccessKey: "secret" }),
    redact: { find: failsAtHead },
    observe: () => ({ failed: (error) => failures.push(error) }),
  });
  const reply = await proxy.handle(request());
  const chunks = (reply!.body as AsyncIterable<unknown>)[Symbol.asyncIterator]();
  expect(await chunks.next()).toMatchObject({ value: Buffer.from(frame) });
  await chunks.return!();
  await closed;
  expect(failures).toMatchObject([{ code: "write_failed", message: "Recording failed: disk on fire" }]);
});

test("Credentials that cannot be had are an answer that says so, and a failure", async () => {
  const failures: RecorderError[] = [];
  const proxy = createRecordingProxy({
    upstream: "http://127.0.0.1:9",
    credentials: () => Promise.reject(new Error("expired an hour ago")),
    observe: () => ({ failed: (error) => failures.push(error) }),
  });
  const reply = await proxy.handle(request());
  expect(reply!.status).toBe(500);
  expect(await toResponse(reply!).json()).toMatchObject({
    message: expect.stringContaining("expired an hour ago") as string,
  });
  expect(failures).toHaveLength(1);
});

test("A reply that nobody reads is over: the upstream call is closed and counted as left by the client", async () => {
  await using server = await serve({ handle: () => Promise.resolve(stream) });
  const exchanges: Exchange[] = [];
  const proxy = createRecordingProxy({
    upstream: server.url,
    credentials: () => Promise.resolve({ accessKeyId: "AKIDOWN", secretAccessKey: "secret" }),
    observe: () => ({ recorded: (exchange) => exchanges.push(exchange) }),
  });
  const { body } = (await proxy.handle(request()))!;
  await (body as AsyncIterable<unknown>)[Symbol.asyncIterator]().return!();
  expect(exchanges[0]!.end).toMatchObject({ how: "client-abort", bytes: 0 });
});
