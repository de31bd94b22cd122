import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { ClientRequest } from "node:http";
import net, { type AddressInfo, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import type { UpstreamChunk } from "../src/upstream-chunks.ts";
import { sendUpstream } from "../src/upstream.ts";

const servers: net.Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A server that speaks raw bytes, so that it decides where chunks are. */
async function rawServer(onConnection: (socket: Socket) => void): Promise<URL> {
  const server = net.createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => onConnection(socket));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

const call = (url: URL, signal?: AbortSignal) =>
  sendUpstream({
    url,
    method: "POST",
    target: "/x",
    headers: [["host", url.host]],
    body: new Uint8Array(),
    clock: () => performance.now(),
    ...(signal ? { signal } : {}),
  });

const head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Twice: a\r\nx-twice: b\r\n\r\n";
const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;

async function collect(chunks: AsyncIterable<UpstreamChunk>): Promise<UpstreamChunk[]> {
  const all: UpstreamChunk[] = [];
  for await (const one of chunks) all.push(one);
  return all;
}

test("Chunks stay apart even when they arrive in one packet, and header lines stay as they are", async () => {
  const url = await rawServer((socket) =>
    socket.end(`${head}${chunk("a".repeat(10))}${chunk("bb")}${chunk("c")}0\r\n\r\n`),
  );
  const response = await call(url);
  expect(response.status).toBe(200);
  expect(response.headers).toContainEqual(["X-Twice", "a"]);
  expect(response.headers).toContainEqual(["x-twice", "b"]);
  const chunks = await collect(response.chunks);
  expect(chunks.map(({ bytes }) => bytes.length)).toEqual([10, 2, 1]);
  expect(chunks.map(({ paused }) => paused)).toEqual([false, false, false]);
});

test("The memory of what was read is given back, and the chunks made of it stay", async () => {
  let connection!: Socket;
  const url = await rawServer((socket) => {
    connection = socket;
    socket.write(head);
  });
  const reads: Buffer[] = [];
  const watch = (message: unknown) => {
    const { request } = message as { request: ClientRequest };
    request.once("response", ({ socket }) => socket.on("data", (read: Buffer) => reads.push(read)));
  };
  subscribe("http.client.request.start", watch);
  const response = await call(url);
  unsubscribe("http.client.request.start", watch);
  connection.end(`${chunk("a".repeat(100_000))}0\r\n\r\n`);
  const chunks = await collect(response.chunks);
  expect(Buffer.concat(chunks.map(({ bytes }) => bytes)).toString()).toBe("a".repeat(100_000));
  expect(reads.length).toBeGreaterThan(0);
  expect(reads.map(({ length }) => length)).toEqual(reads.map(() => 0));
});

describe("A body that breaks off is an error, never an end", () => {
  test.each([
    ["a reset", (socket: Socket) => socket.resetAndDestroy()],
    ["a close in the middle of the chunked body", (socket: Socket) => socket.end()],
    ["a reset where only the connection's end would end the body", (socket: Socket) => socket.resetAndDestroy()],
  ])("%s", async (name, breakOff) => {
    let connection: Socket | undefined;
    const url = await rawServer((socket) => {
      connection = socket;
      socket.write(name.includes("only") ? "HTTP/1.1 200 OK\r\n\r\nfirst" : `${head}${chunk("first")}`);
    });
    const { chunks } = await call(url);
    const received: number[] = [];
    const reading = (async () => {
      for await (const { bytes } of chunks) {
        received.push(bytes.length);
        // Only now, so that the first chunk is certain to have come.
        breakOff(connection!);
      }
    })();
    await expect(reading).rejects.toMatchObject({ code: "upstream_failed" });
    expect(received).toEqual([5]);
  });

  test("before the head", async () => {
    const url = await rawServer((socket) => socket.resetAndDestroy());
    await expect(call(url)).rejects.toMatchObject({ code: "upstream_failed" });
  });

  test("nobody listening", async () => {
    const url = await rawServer(() => {});
    await new Promise((resolve) => servers.pop()!.close(resolve));
    await expect(call(url)).rejects.toMatchObject({ code: "upstream_failed" });
  });
});

test.each([
  [4096, 1024],
  [4096, 1],
])(
  "A reader %i chunks of %i behind pauses the connection, and the gap is marked as the reader's",
  async (total, size) => {
    const url = await rawServer((socket) => socket.end(`${head}${chunk("x".repeat(size)).repeat(total)}0\r\n\r\n`));
    const { chunks } = await call(url);
    const all: UpstreamChunk[] = [];
    for await (const one of chunks) {
      all.push(one);
      // One a turn of the event loop, while every read of the socket brings dozens.
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(all.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBe(total * size);
    expect(all.filter(({ paused }) => paused).length).toBeGreaterThan(0);
    expect(all[0]!.paused).toBe(false);
  },
);

test("Leaving early or aborting closes the connection", async () => {
  const closed: Promise<void>[] = [];
  const url = await rawServer((socket) => {
    closed.push(new Promise((resolve) => socket.once("close", () => resolve())));
    socket.write(`${head}${chunk("first")}`);
  });
  for await (const { bytes } of (await call(url)).chunks) {
    expect(bytes.length).toBe(5);
    break;
  }
  await closed[0];

  const controller = new AbortController();
  const { chunks } = await call(url, controller.signal);
  const reading = (async () => {
    for await (const { bytes } of chunks) {
      expect(bytes.length).toBe(5);
      controller.abort();
    }
  })();
  await expect(reading).rejects.toMatchObject({ code: "upstream_failed" });
  await closed[1];
});

test("A redirect is an answer, and is not followed", async () => {
  const url = await rawServer((socket) =>
    socket.end("HTTP/1.1 307 Temporary Redirect\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n"),
  );
  const response = await call(url);
  expect(response.status).toBe(307);
  expect(await collect(response.chunks)).toEqual([]);
});
