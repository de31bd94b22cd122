import http from "node:http";
import type { Exchange } from "@eventstream-kit/cassette";
import { createRecorder, formatCassette, parseCassette, replay } from "@eventstream-kit/cassette";
import type { Service, Step } from "@eventstream-kit/service";
import { serve } from "@eventstream-kit/service/node";
import { describe, expect, test } from "vitest";
import { concat, cut, hexOf } from "./support/bytes.ts";
import { cassetteOf, eventStream, invokePath, requestOf } from "./support/exchanges.ts";
import { chunkFrame, completeFrame } from "./support/frames.ts";

const stream = concat(chunkFrame("x".repeat(240)), completeFrame()).subarray(0, 442);
const sizes = [5, 110, 109, 20, 194, 4];

interface Call {
  readonly chunks: readonly Uint8Array[];
  readonly ended: "end" | "reset";
  readonly exchange: Exchange;
}

/** Calls over a real socket and records what comes; `seen` is told about each chunk. */
async function call(url: string, seen: (chunks: number) => void = () => {}): Promise<Call> {
  const request = requestOf();
  const recording = createRecorder().start(request);
  let headSeen = false;
  return new Promise((resolve, reject) => {
    const outgoing = http.request(new URL(invokePath, url), { method: "POST" }, (response) => {
      headSeen = true;
      const { rawHeaders } = response;
      const headers = rawHeaders.flatMap((name, at) => (at % 2 === 0 ? [[name, rawHeaders[at + 1]!] as const] : []));
      recording.head({ status: response.statusCode!, headers });
      const chunks: Uint8Array[] = [];
      response.on("data", (chunk: Buffer) => {
        recording.chunk(chunk);
        chunks.push(Uint8Array.from(chunk));
        seen(chunks.length);
      });
      response.on("end", () => resolve({ chunks, ended: "end", exchange: recording.end("eof") }));
      response.on("error", () => resolve({ chunks, ended: "reset", exchange: recording.end("reset") }));
    });
    // A reset is told to both; after the head the response's word counts.
    outgoing.on("error", (error) => {
      if (!headSeen) reject(error);
    });
    outgoing.end();
  });
}

interface Gate {
  readonly opened: Promise<void>;
  readonly open: () => void;
}

function gate(): Gate {
  let open: Gate["open"];
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open: () => open() };
}

/** Holds each chunk back until the one before has been seen, so that none of them can arrive together. */
function heldBack(chunks: readonly Uint8Array[], end: Step[]): { service: Service; seen: (count: number) => void } {
  const gates = chunks.map(gate);
  async function* body(): AsyncGenerator<Step> {
    for (const [index, chunk] of chunks.entries()) {
      if (index > 0) await gates[index - 1]!.opened;
      yield chunk;
    }
    await gates.at(-1)!.opened;
    yield* end;
  }
  return {
    service: { handle: () => Promise.resolve({ status: 200, headers: [eventStream], body: body() }) },
    seen: (count) => gates[count - 1]!.open(),
  };
}

describe("a stream from a socket, recorded and served again, with chunks that know nothing of frames", () => {
  test.each([
    ["that ends", [], "end", "eof"],
    ["that breaks", [{ kind: "reset" } as const], "reset", "reset"],
  ] as const)("%s", async (_, end, ended, how) => {
    const { service, seen } = heldBack(cut(stream, sizes), [...end]);
    await using upstream = await serve(service);
    const live = await call(upstream.url, seen);
    expect(live.chunks.map((chunk) => chunk.length)).toEqual(sizes);
    expect(live.exchange.end.how).toBe(how);

    const cassette = parseCassette(formatCassette(cassetteOf([live.exchange])));
    await using server = await serve(replay(cassette));
    const again = await call(server.url);
    expect(again.chunks.map(hexOf)).toEqual(live.chunks.map(hexOf));
    expect(again.ended).toBe(ended);
    expect(again.exchange.end).toEqual(live.exchange.end);
    expect(again.exchange.request).toEqual(live.exchange.request);
    expect(again.exchange.response).toEqual(live.exchange.response);
    expect(again.exchange.items).toEqual(live.exchange.items);
  });
});
