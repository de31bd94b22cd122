import { once } from "node:events";
import http2 from "node:http2";
import net from "node:net";
import { describe, expect, test, vi } from "vitest";
import { serve } from "@eventstream-kit/service/node";
import { always, replyOf } from "./support.ts";

const total = 64 * 1024 * 1024;
const size = 64 * 1024;
/** What kernel buffers of both ends may hold on loopback, generously. */
const bound = 16 * 1024 * 1024;

/** Yields 64 MiB, one buffer over and over, and counts. */
function source() {
  const state = { pulled: 0, returned: false };
  const chunk = new Uint8Array(size);
  function* body() {
    try {
      while (state.pulled < total) {
        state.pulled += size;
        yield chunk;
      }
    } finally {
      state.returned = true;
    }
  }
  return { state, body };
}

/** Resolves when a count has not changed for many turns of the event loop and some real time. */
async function settled(count: () => number): Promise<number> {
  let last = -1;
  let same = 0;
  await vi.waitUntil(
    () => {
      same = count() === last ? same + 1 : 0;
      last = count();
      return last > 0 && same >= 10;
    },
    { interval: 10, timeout: 10_000 },
  );
  return last;
}

describe("a client that does not read", { timeout: 30_000 }, () => {
  test("stops the body over HTTP/1.1, and gets all of it once it reads", async () => {
    const { state, body } = source();
    await using server = await serve(always(() => replyOf(body(), [["Content-Length", String(total)]])));
    const socket = net.connect(server.port, "127.0.0.1");
    socket.pause();
    socket.write("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    expect(await settled(() => state.pulled)).toBeLessThan(bound);
    socket.resume();
    await once(socket, "close");
    expect(state.pulled).toBe(total);
    expect(socket.bytesRead).toBeGreaterThan(total);
  });

  test("stops the body over HTTP/2, and gets all of it once it reads", async () => {
    const { state, body } = source();
    await using server = await serve(always(() => replyOf(body())));
    const session = http2.connect(server.url);
    const stream = session.request({ ":path": "/" });
    expect(await settled(() => state.pulled)).toBeLessThan(bound);
    let received = 0;
    for await (const chunk of stream) received += (chunk as Buffer).byteLength;
    session.destroy();
    expect(received).toBe(total);
  });

  test("and then leaves, ends the body where it was", async () => {
    const { state, body } = source();
    await using server = await serve(always(() => replyOf(body())));
    const socket = net.connect(server.port, "127.0.0.1");
    socket.pause();
    socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await settled(() => state.pulled);
    socket.destroy();
    await vi.waitUntil(() => state.returned);
    expect(state.pulled).toBeLessThan(bound);
  });
});
