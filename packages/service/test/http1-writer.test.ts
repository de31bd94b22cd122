import http, { type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import type { KeptHead } from "../src/node/http1-head.ts";
import { Http1Writer } from "../src/node/http1-writer.ts";
import { rawExchange, utf8 } from "./support.ts";

/** What a client gets of a response. */
async function answered(respond: (response: ServerResponse) => void): Promise<string> {
  const server = http.createServer((_, response) => respond(response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const request = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    return (await rawExchange((server.address() as AddressInfo).port, request)).text;
  } finally {
    server.close();
  }
}

/** The same response of a node:http that has other names for the text of a head. */
function nameless(response: ServerResponse): ServerResponse {
  return new Proxy(response, {
    get(target, name) {
      if (name === "_header" || name === "_headerSent") return undefined;
      const member = Reflect.get(target, name) as unknown;
      return typeof member === "function" ? (member.bind(target) as unknown) : member;
    },
    set: (target, name, value) => Reflect.set(target, name, value),
  });
}

test.each([
  ["in one piece with the body", (response: ServerResponse) => response, "é", true],
  [
    "when it is larger than the memory that is shared",
    (response: ServerResponse) => response,
    "é".repeat(40_000),
    false,
  ],
  ["when node:http keeps it for itself", nameless, "é", false],
])("A head is sent once, as Latin-1, %s", async (_, seen, value, inOnePiece) => {
  let kept: unknown;
  const text = await answered((response) => {
    response.sendDate = false;
    response.writeHead(200, ["X", value]);
    const writer = new Http1Writer(seen(response));
    writer.begin();
    kept = (response as KeptHead)._headerSent;
    void writer.write(utf8("a"));
    writer.end();
  });
  expect(kept).toBe(inOnePiece);
  const lines = `X: ${value}\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n`;
  expect(text).toBe(`HTTP/1.1 200 OK\r\n${lines}\r\n1\r\na\r\n0\r\n\r\n`);
});
