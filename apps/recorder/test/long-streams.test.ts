import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import http from "node:http";
import net, { type AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { exchangeChunks, formatCassette, parseCassette, replay, type Exchange } from "@eventstream-kit/cassette";
import { loadCassette } from "@eventstream-kit/cassette/node";
import { encodeEvent } from "@eventstream-kit/codec";
import { wait } from "@eventstream-kit/service";
import { serve } from "@eventstream-kit/service/node";
import { afterEach, describe, expect, test, vi } from "vitest";
import { RecordingSession } from "../src/recording-session.ts";
import { tempDir } from "./eventstream.ts";
import { authorization, servedProxy, target } from "./served-proxy.ts";

/** Everything at full length, silences of a minute included: `npm run test:long`. */
const isLong = process.env["EVENTSTREAM_LONG"] === "1";

const call = { op: "lambda:InvokeWithResponseStream", subject: "report" };
const eventStream = [["content-type", "application/vnd.amazon.eventstream"]] as const;
const frame = (text: string) => encodeEvent({ event: "PayloadChunk", text, contentType: "application/octet-stream" });

const servers: http.Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

async function httpServer(listener: http.RequestListener): Promise<string> {
  const server = http.createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** One call as `node:http` makes it, a `data` event for each chunk. */
async function invoke(url: string, body: string, onChunk: (chunk: Buffer) => void = () => {}): Promise<Buffer[]> {
  const request = http.request(url + target, { method: "POST", agent: false, headers: { authorization } });
  request.end(body);
  const [response] = (await once(request, "response")) as [http.IncomingMessage];
  const chunks: Buffer[] = [];
  response.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    onChunk(chunk);
  });
  await once(response, "end");
  return chunks;
}

/** Lets one pass for each time it is told to, whichever comes first. */
function turnstile() {
  let free = 0;
  const waiting: (() => void)[] = [];
  return {
    letOneIn: () => {
      const next = waiting.shift();
      if (next) next();
      else free++;
    },
    pass: async () => {
      if (free > 0) free--;
      else await new Promise<void>((resolve) => waiting.push(resolve));
    },
  };
}

const secrets = () => ["a-secret-that-is-not-there"];
const numbered = (stream: number, index: number) => frame(`stream ${stream}, chunk ${index}`);

describe("record case 7: many streams at one time", () => {
  const [streams, chunks] = isLong ? [1000, 100] : [60, 40];

  test("no block is interleaved with another, no chunk is lost", { timeout: 300_000 }, async () => {
    // All calls are open before the first chunk of any is sent; then the streams take turns.
    const open: { stream: number; response: http.ServerResponse }[] = [];
    const upstream = await httpServer((request, response) => {
      request.once("data", (body: Buffer) => {
        open.push({ stream: Number(body.toString()), response });
        if (open.length === streams) void takeTurns();
      });
    });
    async function takeTurns() {
      for (const { response } of open) response.writeHead(200, { "content-type": eventStream[0][1] });
      for (let index = 0; index < chunks; index++) {
        for (const { stream, response } of open) response.write(numbered(stream, index));
        await new Promise((resolve) => setImmediate(resolve));
      }
      for (const { response } of open) response.end();
    }

    const out = tempDir();
    // In full it makes a file of 11 MiB.
    const session = new RecordingSession({ out, keep: false, large: true, secrets });
    const { url } = await servedProxy(upstream, {
      observe: () => {
        const place = session.open(call);
        return { recorded: (exchange) => void place.done(exchange), failed: () => place.dropped() };
      },
    });
    const answers = await Promise.all(Array.from({ length: streams }, (_, stream) => invoke(url, `${stream}`)));
    const expected = answers.map((_, stream) =>
      Buffer.concat(Array.from({ length: chunks }, (_unused, index) => numbered(stream, index))),
    );
    for (const [stream, answer] of answers.entries())
      expect(Buffer.concat(answer).equals(expected[stream]!)).toBe(true);

    await session.close(10_000);
    expect(session.failures).toEqual([]);
    const [file] = session.summary();
    const { exchanges } = parseCassette(readFileSync(file!.path, "utf8"));
    expect(exchanges).toHaveLength(streams);
    const stored = new Map(exchanges.map((exchange) => [Buffer.from(exchange.request.body).toString(), exchange]));
    for (const [stream, bytes] of expected.entries()) {
      const exchange = stored.get(`${stream}`)!;
      expect(Buffer.concat(exchangeChunks(exchange)).equals(bytes)).toBe(true);
      expect(exchange.end.items).toBe(chunks);
    }
  });
});

describe("record case 8: ten minutes with silences of one", () => {
  const silences = 10;
  const minute = 60_000;

  test(
    "nothing times out, the gaps are recorded, and a replay shortens them in time, not in the file",
    {
      timeout: (silences + 1) * minute,
    },
    async () => {
      // The time of both, unless time is to be real: it moves while the upstream is silent, and only then.
      let time = 0;
      const clock = isLong ? () => performance.now() : () => time;
      const received = turnstile();
      const delay = async (ms: number) => {
        // A silence begins when the client has what was before it.
        await received.pass();
        if (isLong) await sleep(ms);
        time += ms;
      };
      const parts = Array.from({ length: silences + 1 }, (_, index) => frame(`minute ${index}`));
      const body = parts.flatMap((part, index) => (index === 0 ? [part] : [wait(minute), part]));
      await using upstream = await serve(
        { handle: () => Promise.resolve({ status: 200, headers: eventStream, body }) },
        { delay },
      );
      const { url, exchanges } = await servedProxy(upstream.url, { clock });
      const chunks = await invoke(url, "{}", received.letOneIn);
      expect(chunks.map((chunk) => chunk.length)).toEqual(parts.map((part) => part.length));
      const gaps = exchanges[0]!.timing!.chunks.map(({ dt }) => dt);
      // Of real silences, only that they were about as long as they were.
      const rounded = gaps.map((gap) => (isLong ? Math.round(gap / minute) * minute : gap));
      expect(rounded).toEqual([0, ...Array.from({ length: silences }, () => minute)]);

      const path = join(tempDir(), "silent.cassette.jsonl");
      writeFileSync(path, formatCassette({ header: { eventstream: 1, origin: "recorded" }, exchanges }));
      const before = readFileSync(path);
      const waits: number[] = [];
      const noted = (ms: number) => Promise.resolve(void waits.push(ms));
      const replayed = replay(await loadCassette(path), { speed: "recorded", maxGap: 500, delay: noted });
      await using player = await serve(replayed, { delay: noted });
      expect(Buffer.concat(await invoke(player.url, "{}")).equals(Buffer.concat(parts))).toBe(true);
      expect(waits.filter((ms) => ms >= 500)).toEqual(Array.from({ length: silences }, () => 500));
      expect(readFileSync(path).equals(before)).toBe(true);
    },
  );
});

/** Resolves when a count does not change any more. */
async function settled(count: () => number): Promise<number> {
  let last = -1;
  let same = 0;
  await vi.waitUntil(
    () => {
      same = count() === last ? same + 1 : 0;
      last = count();
      return last > 0 && same >= 20;
    },
    { interval: 10, timeout: 20_000 },
  );
  return last;
}

describe("record case 9: a client that is slower than the stream", () => {
  const total = 40 * 1024 * 1024;
  const part = frame("x".repeat(65_000));
  /** What the buffers of two connections and of this process may hold, generously. */
  const bound = 24 * 1024 * 1024;

  /** An upstream that writes whenever it may, and counts. */
  async function eagerUpstream() {
    const state = { sent: 0 };
    const url = await httpServer((request, response) => {
      request.resume();
      response.writeHead(200, { "content-type": eventStream[0][1] });
      const fill = () => {
        while (state.sent < total) {
          state.sent += part.length;
          if (response.write(part)) continue;
          response.once("drain", fill);
          return;
        }
        response.end();
      };
      fill();
    });
    return { state, url };
  }

  test("stops the upstream; what was held up is whole, and its gaps are marked as the client's", async () => {
    const { state, url: upstream } = await eagerUpstream();
    const { url, exchanges } = await servedProxy(upstream);
    const { port } = new URL(url);
    const socket = net.connect(Number(port), "127.0.0.1");
    socket.pause();
    socket.write(
      `POST ${target} HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${authorization}\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}`,
    );
    // Nothing is read: all that was sent is in buffers, and it is not much.
    expect(await settled(() => state.sent)).toBeLessThan(bound);
    socket.resume();
    await once(socket, "close");
    expect(state.sent).toBeGreaterThanOrEqual(total);

    await vi.waitUntil(() => exchanges.length > 0);
    const [exchange] = exchanges as [Exchange];
    const hash = createHash("sha256");
    for (let sent = 0; sent < state.sent; sent += part.length) hash.update(part);
    expect(exchange.end).toMatchObject({ how: "eof", bytes: state.sent, sha256: hash.digest("hex") });
    const times = exchange.timing!.chunks;
    expect(times[0]!.paused).toBeUndefined();
    expect(times.filter(({ paused }) => paused).length).toBeGreaterThan(0);
    const text = formatCassette({
      header: { eventstream: 1, origin: "recorded" },
      exchanges: [{ ...exchange, items: [] }],
    });
    expect(text).toMatch(/\[[\d.]+,\d+,\d+,"p"\]/);
  });

  test("and that leaves stops it for good", async () => {
    const { state, url: upstream } = await eagerUpstream();
    const { url, exchanges } = await servedProxy(upstream);
    const socket = net.connect(Number(new URL(url).port), "127.0.0.1");
    socket.pause();
    socket.write(
      `POST ${target} HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${authorization}\r\nContent-Length: 2\r\n\r\n{}`,
    );
    const sent = await settled(() => state.sent);
    socket.destroy();
    await vi.waitUntil(() => exchanges.length > 0);
    expect(exchanges[0]!.end.how).toBe("client-abort");
    expect(exchanges[0]!.end.bytes).toBeLessThanOrEqual(sent);
  });
});
