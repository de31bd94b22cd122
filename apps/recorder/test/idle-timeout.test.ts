import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import http from "node:http";
import type { Socket } from "node:net";
import { join } from "node:path";
import { parseCassette } from "@eventstream-kit/cassette";
import type { Delay } from "@eventstream-kit/service";
import { describe, expect, test, vi } from "vitest";
import { createRecordingProxy } from "../src/recording-proxy.ts";
import { sendUpstream } from "../src/upstream.ts";
import { eventstream, start, tempDir, urlOf } from "./eventstream.ts";
import { call, frame, head, heldUpstream, until } from "./held-upstream.ts";
import { cassetteIn, reportFile } from "./recording.ts";
import { servedProxy } from "./served-proxy.ts";
import { ownEnvironment } from "./upstream-lambda.ts";

/** Time that passes only when it is told to. */
class Time {
  now = 0;
  /** What was asked for, in milliseconds. */
  readonly asked: number[] = [];
  #ring: (() => void) | undefined;
  #due = 0;
  signal: AbortSignal | undefined;

  readonly clock = () => this.now;
  readonly delay: Delay = (ms, signal) => {
    this.asked.push(ms);
    this.signal = signal;
    this.#due = this.now + ms;
    return new Promise((resolve, reject) => {
      this.#ring = resolve;
      signal!.addEventListener("abort", () => reject(signal!.reason as Error));
    });
  };

  /** The time comes for which the timer was set. */
  async ring(): Promise<void> {
    this.now = this.#due;
    this.#ring!();
    // By then it is set again, if it is.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const send = (url: string, { clock, delay }: Time) =>
  sendUpstream({
    url: new URL(url),
    method: "POST",
    target: "/x",
    headers: [["host", new URL(url).host]],
    body: new Uint8Array(),
    clock,
    idle: { ms: 1000, delay },
  });

const givenUp = { code: "upstream_timeout", message: expect.stringContaining("nothing for 1000 ms") as string };

describe("An upstream that is silent for too long", () => {
  test("is given up before the head", async () => {
    const { url, called } = await heldUpstream();
    const time = new Time();
    const response = send(url, time);
    const socket = await called();
    const closed = once(socket, "close");
    await Promise.all([expect(response).rejects.toMatchObject(givenUp), time.ring()]);
    await closed;
  });

  test("is given up after the head; what has come is read before", async () => {
    const { url, called } = await heldUpstream();
    const time = new Time();
    const response = send(url, time);
    const socket = await called();
    const closed = once(socket, "close");
    socket.write(head);
    socket.write("some");
    const { chunks } = await response;
    const iterator = chunks[Symbol.asyncIterator]();
    expect(await iterator.next()).toMatchObject({ value: { bytes: Buffer.from("some") } });
    await Promise.all([expect(iterator.next()).rejects.toMatchObject(givenUp), time.ring()]);
    await closed;
  });

  test("is so from its last word on, whatever it said before", async () => {
    const { url, called } = await heldUpstream();
    const time = new Time();
    const emit = vi.spyOn(http.ClientRequest.prototype, "emit");
    const response = send(url, time);
    const socket = await called();
    time.now = 200;
    socket.write("HTTP/1.1 102 Processing\r\n\r\n");
    await until(() => emit.mock.calls.some(([event]) => event === "information"));
    emit.mockRestore();
    await time.ring();
    time.now = 1100;
    socket.write(head);
    const { chunks } = await response;
    await time.ring();
    time.now = 2000;
    socket.write("word");
    const iterator = chunks[Symbol.asyncIterator]();
    await iterator.next();
    await time.ring();
    expect(time.asked).toEqual([1000, 200, 900, 900]);
    await Promise.all([expect(iterator.next()).rejects.toMatchObject(givenUp), time.ring()]);
    expect(time.now).toBe(3000);
  });
});

test("While the reader has paused the upstream, no time passes", async () => {
  const { url, called } = await heldUpstream();
  const time = new Time();
  const response = send(url, time);
  const socket = await called();
  socket.write(head);
  socket.write(Buffer.alloc(8 * 1024 * 1024));
  const pause = vi.spyOn(http.IncomingMessage.prototype, "pause");
  const { chunks } = await response;
  const iterator = chunks[Symbol.asyncIterator]();
  let read = (await iterator.next()).value!.bytes.length;
  await until(() => pause.mock.calls.length > 0);
  pause.mockRestore();
  for (let i = 0; i < 5; i++) await time.ring();
  expect(time.asked).toEqual([1000, 1000, 1000, 1000, 1000, 1000]);
  while (read < 8 * 1024 * 1024) read += (await iterator.next()).value!.bytes.length;
  await Promise.all([expect(iterator.next()).rejects.toMatchObject(givenUp), time.ring()]);
});

test("Nothing is timed any more when the call is over", async () => {
  const { url, called } = await heldUpstream();
  const time = new Time();
  const response = send(url, time);
  const socket = await called();
  socket.end(`${head}all`);
  for await (const { bytes } of (await response).chunks) expect(bytes.toString()).toBe("all");
  await until(() => time.signal!.aborted);
});

describe("The client of an upstream that was given up", () => {
  test("has its connection broken, and the exchange is recorded as ended by a timeout", async () => {
    const { url, called } = await heldUpstream();
    const time = new Time();
    const proxy = await servedProxy(url, { idleMs: 1000, delay: time.delay, clock: time.clock });
    const request = call(proxy.url);
    const socket = await called();
    socket.write(head);
    socket.write(frame);
    const [response] = (await once(request, "response")) as [http.IncomingMessage];
    await once(response, "data");
    const error = once(response, "error");
    await time.ring();
    expect(await error).toMatchObject([{ code: "ECONNRESET" }]);
    expect(proxy.exchanges[0]!.end).toMatchObject({ how: "timeout", items: 1 });
  });

  test("is told so when there was no head: there is nothing to record", async () => {
    const { url, called } = await heldUpstream();
    const time = new Time();
    const proxy = await servedProxy(url, { idleMs: 1000, delay: time.delay, clock: time.clock });
    const request = call(proxy.url);
    await called();
    void time.ring();
    const [response] = (await once(request, "response")) as [http.IncomingMessage];
    expect(response.statusCode).toBe(504);
    expect(response.headers["x-amzn-errortype"]).toBe("UpstreamTimeoutException");
    response.resume();
    expect(proxy.exchanges).toEqual([]);
    expect(proxy.failures).toMatchObject([givenUp]);
  });
});

test.each([0, -1, NaN, 5n as never])("A limit of %s is refused", (idleMs) => {
  const options = { credentials: () => Promise.reject(new Error("asked")), idleMs };
  expect(() => createRecordingProxy(options)).toThrow(
    expect.objectContaining({ code: "usage", message: expect.stringContaining("idleMs") as string }),
  );
});

/** Calls until the answer has begun: on a machine that is busy, a fifth of a second may be over before the head is read. */
async function begun(url: string, called: () => Promise<Socket>): Promise<http.IncomingMessage> {
  for (;;) {
    const answer = once(call(url), "response") as Promise<[http.IncomingMessage]>;
    const socket = await called();
    socket.write(Buffer.concat([Buffer.from(head), frame]));
    const [response] = await answer;
    response.resume();
    if (response.statusCode === 200) return response;
  }
}

describe("record --idle-timeout", () => {
  test("gives up on a silent upstream, and keeps what it has sent", async () => {
    const { url, called } = await heldUpstream();
    const cwd = tempDir();
    const args = ["record", "--json", "--idle-timeout", "0.2s", "--upstream", url];
    const recorder = start(args, { env: ownEnvironment, cwd });
    const response = await begun(await urlOf(recorder), called);
    await once(response, "error");
    await recorder.until(/recorded, timeout/, "stderr");
    recorder.process.kill("SIGINT");
    await recorder.done;
    expect(cassetteIn(join(cwd, "cassettes"), reportFile).exchanges[0]!.end).toMatchObject({
      how: "timeout",
      items: 1,
    });
  });

  test.each(["0", "0s", "30", "soon"])("is a time with its unit: not %s", async (time) => {
    const { code, stderr } = await eventstream(["record", "--idle-timeout", time]);
    expect(code).toBe(2);
    expect(stderr).toContain("Expected a time");
  });
});

describe("invoke --idle-timeout", () => {
  test("gives up on a silent endpoint, and saves what it has sent", async () => {
    const { url, called } = await heldUpstream();
    const file = join(tempDir(), "call.cassette.jsonl");
    const args = ["invoke", "report", "--endpoint", url, "--idle-timeout", "1s", "--save", file];
    const run = start(args, { env: ownEnvironment });
    (await called()).write(Buffer.concat([Buffer.from(head), frame]));
    expect(await run.done).toMatchObject({
      code: 7,
      stdout: "part",
      stderr: expect.stringContaining("sent nothing for 1000 ms") as string,
    });
    const { exchanges } = parseCassette(readFileSync(file, "utf8"));
    expect(exchanges[0]!.end).toMatchObject({ how: "timeout", items: 1 });
  });

  test("gives up before the head: there is nothing to save", async () => {
    const { url } = await heldUpstream();
    const file = join(tempDir(), "call.cassette.jsonl");
    const args = ["invoke", "report", "--endpoint", url, "--idle-timeout", "100ms", "--save", file];
    const { code, stderr } = await eventstream(args, "", { env: ownEnvironment });
    expect(code).toBe(7);
    expect(stderr).toContain("sent nothing for 100 ms");
    expect(existsSync(file)).toBe(false);
  });
});
