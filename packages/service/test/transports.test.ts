import http from "node:http";
import http2 from "node:http2";
import { describe, expect, test } from "vitest";
import { applyFaults, toResponse } from "@eventstream-kit/service";
import type { Reply, Service } from "@eventstream-kit/service";
import { serve } from "@eventstream-kit/service/node";
import { always, eventStreamLine, frames, replyOf } from "./support.ts";

interface Seen {
  readonly status: number;
  readonly bytes: Buffer;
  readonly clean: boolean;
}

async function drain(source: AsyncIterable<Uint8Array>): Promise<{ bytes: Buffer; clean: boolean }> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of source) chunks.push(chunk);
    return { bytes: Buffer.concat(chunks), clean: true };
  } catch {
    return { bytes: Buffer.concat(chunks), clean: false };
  }
}

/** Every way a client can get a reply. */
const transports: readonly (readonly [string, (service: Service) => Promise<Seen>])[] = [
  [
    "toResponse",
    async (service) => {
      const reply = await service.handle({ method: "GET", target: "/", headers: [], body: new Uint8Array() });
      const response = toResponse(reply!);
      return { status: response.status, ...(await drain(response.body!)) };
    },
  ],
  [
    "fetch over HTTP/1.1",
    async (service) => {
      await using server = await serve(service);
      const response = await fetch(server.url);
      return { status: response.status, ...(await drain(response.body!)) };
    },
  ],
  [
    "node:http",
    async (service) => {
      await using server = await serve(service);
      const response = await new Promise<http.IncomingMessage>((resolve) => {
        http.get(server.url, { agent: false }, resolve).on("error", () => {});
      });
      return { status: response.statusCode!, ...(await drain(response)) };
    },
  ],
  [
    "node:http2",
    async (service) => {
      await using server = await serve(service);
      const session = http2.connect(server.url);
      session.on("error", () => {});
      const stream = session.request({ ":path": "/" });
      let status = 0;
      stream.on("response", (headers) => (status = headers[":status"]!));
      const seen = await drain(stream);
      session.destroy();
      return { status, ...seen };
    },
  ],
];

const whole = Buffer.concat(frames);
const reply: Reply = replyOf(frames, [eventStreamLine]);

describe.each(transports)("%s", (_name, get) => {
  test.each<readonly [string, number, boolean]>([
    ["merge", whole.byteLength, true],
    ["rechunk:1", whole.byteLength, true],
    ["eof@frame:2", frames[0]!.byteLength, true],
    ["eof@byte:300", 300, true],
    ["truncate@frame:2+5", frames[0]!.byteLength + 5, true],
    ["reset@frame:2", frames[0]!.byteLength, false],
    ["reset@byte:300", 300, false],
    ["reset", 0, false],
    ["reset@frame:5", whole.byteLength, false],
  ])("%s: %i bytes, and a clean end is %s", async (fault, length, clean) => {
    const seen = await get(always(() => applyFaults(reply, [fault])));
    expect(seen).toEqual({ status: 200, bytes: whole.subarray(0, length), clean });
  });

  test("status:503: the status, and a whole JSON body", async () => {
    const { status, bytes, clean } = await get(always(() => applyFaults(reply, ["status:503"])));
    expect({ status, body: JSON.parse(bytes.toString()) as unknown, clean }).toEqual({
      status: 503,
      body: { message: "Injected by the fault status:503" },
      clean: true,
    });
  });
});
