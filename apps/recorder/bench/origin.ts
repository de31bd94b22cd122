/** The server behind every candidate: streams what a request's body asks for, with back-pressure. */
import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { encodeEvent } from "@eventstream-kit/codec";
import type { StreamRequest } from "./stream-request.ts";

const server = http.createServer((request, response) => {
  void (async () => {
    const asked = JSON.parse(await text(request)) as StreamRequest;
    response.writeHead(200, { "content-type": "application/vnd.amazon.eventstream" });
    for (const write of writesOf(asked)) if (!response.write(write)) await once(response, "drain");
    response.end();
  })().catch(() => response.destroy());
});

/** Made once: what the origin does must not be what is measured. */
const made = new Map<string, readonly Uint8Array[]>();

function writesOf(asked: StreamRequest): readonly Uint8Array[] {
  const key = JSON.stringify(asked);
  const known = made.get(key);
  if (known) return known;
  const frames = Array.from({ length: asked.frames }, (_, index) => frameOf(asked, index));
  frames.push(encodeEvent({ event: "InvokeComplete", json: {} }));
  const writes: Uint8Array[] = [];
  for (let at = 0; at < frames.length; at += asked.framesPerWrite) {
    writes.push(Buffer.concat(frames.slice(at, at + asked.framesPerWrite)));
  }
  made.set(key, writes);
  return writes;
}

/** Words, and numbers that are nowhere else, so that nothing lost, doubled or mixed up goes unseen. */
function frameOf({ stream, payload }: StreamRequest, index: number): Uint8Array {
  const mark = `stream ${stream} frame ${index} `;
  return encodeEvent({
    event: "PayloadChunk",
    text: mark.padEnd(payload, "the quick brown fox jumps over the lazy dog "),
    contentType: "application/octet-stream",
  });
}

server.listen(0, "127.0.0.1", () => {
  console.log(JSON.stringify({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }));
});
process.once("SIGINT", () => process.exit());
