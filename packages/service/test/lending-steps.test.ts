import http2 from "node:http2";
import net from "node:net";
import { buffer } from "node:stream/consumers";
import { describe, expect, test, vi } from "vitest";
import { toResponse } from "@eventstream-kit/service";
import type { LendingSteps, Reply } from "@eventstream-kit/service";
import { serve } from "@eventstream-kit/service/node";
import { always, rawExchange, replyOf } from "./support.ts";

/** Around the sizes from which on memory is not copied, and does not wait for the end of the turn. */
const sizes = [1, 1000, 5000, 8191, 8192, 30_000, 40_000, 700, 1024, 70_000, 9000];
/** More than the kernel keeps for a client that does not read. */
const count = 1100;
const chunkAt = (index: number) => new Uint8Array(sizes[index % sizes.length]!).fill(1 + (index % 250));
const isPart = (index: number) => index % 7 === 6;
const whole = Buffer.concat(Array.from({ length: count }, (_, index) => chunkAt(index)));

/** Lends some chunks as parts, the others as they are, and overwrites all of them as soon as it may. */
function lender() {
  const state = { asked: 0, overwritten: 0, returned: false };
  let given: Uint8Array[] = [];
  const steps: LendingSteps = {
    next() {
      if (state.asked === count) return Promise.resolve({ done: true, value: undefined });
      return Promise.resolve({ done: false, value: chunkAt(state.asked++) });
    },
    lend(give) {
      if (state.asked > 0 && isPart(state.asked - 1)) {
        for (const chunk of given) chunk.fill(0);
        state.overwritten += given.length;
        given = [];
      }
      if (state.asked === count) return give({ done: true, value: undefined });
      const index = state.asked++;
      const chunk = chunkAt(index);
      given.push(chunk);
      give({ done: false, value: isPart(index) ? [chunk] : chunk });
    },
    return() {
      state.returned = true;
      return Promise.resolve({ done: true, value: undefined });
    },
  };
  return { state, reply: replyOf({ [Symbol.asyncIterator]: () => steps }) satisfies Reply };
}

const head = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/** The chunks of a response as they are framed. */
function framed(response: Buffer): Buffer[] {
  const chunks: Buffer[] = [];
  let at = response.indexOf("\r\n\r\n") + 4;
  for (;;) {
    const from = response.indexOf("\r\n", at) + 2;
    const length = Number.parseInt(response.toString("latin1", at, from), 16);
    if (length === 0) return chunks;
    chunks.push(response.subarray(from, from + length));
    at = from + length + 2;
  }
}

function expectWhole(chunks: readonly Buffer[]): void {
  expect(chunks.map(({ length }) => length)).toEqual(Array.from({ length: count }, (_, i) => sizes[i % sizes.length]));
  expect(Buffer.concat(chunks).equals(whole)).toBe(true);
}

/** Connects, asks, and does not read. Resolves when the lender is asked for nothing more. */
async function askAndStall(port: number, state: { readonly asked: number }): Promise<net.Socket> {
  const socket = net.connect(port, "127.0.0.1");
  socket.on("error", () => {});
  socket.pause();
  socket.write(head);
  let last = 0;
  let same = 0;
  await vi.waitUntil(
    () => {
      same = state.asked === last ? same + 1 : 0;
      last = state.asked;
      return last > 0 && same >= 10;
    },
    { interval: 10, timeout: 10_000 },
  );
  return socket;
}

describe("Memory that is lent, and overwritten when it was sent", { timeout: 30_000 }, () => {
  test("arrives over HTTP/1.1, chunk by chunk", async () => {
    const { state, reply } = lender();
    await using server = await serve(always(reply));
    const { text } = await rawExchange(server.port, head);
    expectWhole(framed(Buffer.from(text, "latin1")));
    expect(state.overwritten).toBe(count - (count % 7));
  });

  test("arrives at a client that reads late", async () => {
    const { state, reply } = lender();
    await using server = await serve(always(reply));
    const socket = await askAndStall(server.port, state);
    expect(state.asked).toBeLessThan(count);
    expectWhole(framed(await buffer(socket)));
    expect(state.overwritten).toBe(count - (count % 7));
  });

  test("is not taken for sent when the client leaves", async () => {
    const { state, reply } = lender();
    await using server = await serve(always(reply));
    const socket = await askAndStall(server.port, state);
    const { asked, overwritten } = state;
    socket.destroy();
    await vi.waitUntil(() => state.returned);
    expect(state).toEqual({ asked, overwritten, returned: true });
  });

  test.each<readonly [string, (reply: Reply) => Promise<Buffer>]>([
    [
      "HTTP/2",
      async (reply) => {
        await using server = await serve(always(reply));
        const session = http2.connect(server.url);
        const received = await buffer(session.request({ ":path": "/" }));
        session.destroy();
        return received;
      },
    ],
    ["toResponse", async (reply) => Buffer.from(await toResponse(reply).arrayBuffer())],
  ])("is not borrowed by %s, which keeps steps for longer", async (_, get) => {
    const { state, reply } = lender();
    expect((await get(reply)).equals(whole)).toBe(true);
    expect(state).toMatchObject({ asked: count, overwritten: 0 });
  });
});
