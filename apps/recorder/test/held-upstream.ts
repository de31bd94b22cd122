import http from "node:http";
import net, { type AddressInfo, type Socket } from "node:net";
import { encodeEvent } from "@eventstream-kit/codec";
import { afterEach, vi } from "vitest";
import { authorization, target } from "./served-proxy.ts";

export const until = (condition: () => boolean) => vi.waitUntil(condition, { timeout: 20_000, interval: 5 });

/** How an answer begins whose end is the connection's, and a frame of it. */
export const head = "HTTP/1.1 200 OK\r\ncontent-type: application/vnd.amazon.eventstream\r\nconnection: close\r\n\r\n";
export const frame = encodeEvent({ event: "PayloadChunk", text: "part", contentType: "application/octet-stream" });

const servers: net.Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

export interface HeldUpstream {
  /** Without a path. */
  readonly url: string;
  /** The connection of the next call, once the call has come: what it says and when is up to the test. */
  readonly called: () => Promise<Socket>;
}

/** An upstream whose connections the test has in its hands. */
export async function heldUpstream(): Promise<HeldUpstream> {
  const sockets: Socket[] = [];
  const server = net.createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => sockets.push(socket));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async called() {
      await until(() => sockets.length > 0);
      return sockets.shift()!;
    },
  };
}

/** A client's call to a recorder, which it may leave. */
export function call(url: string): http.ClientRequest {
  const request = http.request(url + target, { method: "POST", headers: { authorization } });
  request.on("error", () => {});
  request.end("{}");
  return request;
}
