import http, { type ServerResponse } from "node:http";
import net from "node:net";
import { describe, expect, test, vi } from "vitest";
import { headWriter, type HeadWriter, type KeptHead } from "../src/node/http1-head.ts";
import type { HeaderLine } from "../src/service.ts";

const lines: readonly HeaderLine[] = [
  ["Content-Type", "text/plain"],
  ["x", "\xe9"],
  ["X", ""],
];

/** A response to nobody, on a connection that goes on. */
function nobodys(): ServerResponse {
  const request = new http.IncomingMessage(new net.Socket());
  Object.assign(request, { httpVersionMajor: 1, httpVersionMinor: 1 });
  return new http.ServerResponse(request);
}

function nodesHead(status: number): string {
  const response: ServerResponse & KeptHead = nobodys().writeHead(status, lines.flat());
  return response._header as string;
}

let time: number;
let writeHead: HeadWriter;

/** Begins a second of node:http, which looks at the clock again when the turn of a test is over, and makes its first head. */
function beginSecond(): void {
  time = Date.parse(/^Date: (.*)$/m.exec(nodesHead(200))![1]!);
  writeHead = headWriter(() => time);
  writeHead(nobodys(), 200, lines, true);
}

/** Whether node:http makes a head. */
function asksNode(response: ServerResponse, sent = lines, chunked = true): boolean {
  const made = vi.spyOn(response, "writeHead").mockReturnThis();
  writeHead(response, 404, sent, chunked);
  return made.mock.calls.length > 0;
}

test("A head of a second that has one already is what node:http would make, and keeps where it looks for it", () => {
  beginSecond();
  const response: ServerResponse & KeptHead = nobodys();
  expect(asksNode(response)).toBe(false);
  expect(response._header).toBe(nodesHead(404));
  expect([response._headerSent, response.headersSent]).toEqual([false, true]);
  expect([response.statusCode, response.chunkedEncoding]).toEqual([404, true]);
});

describe("node:http makes", () => {
  test("the heads of the next second, until it knows of it", () => {
    beginSecond();
    time += 1000;
    const first: ServerResponse & KeptHead = nobodys();
    writeHead(first, 404, lines, true);
    expect(first._header).toBe(nodesHead(404));
    expect(asksNode(nobodys())).toBe(true);
  });

  test("all heads when it has other names for them", () => {
    beginSecond();
    expect(asksNode({ shouldKeepAlive: true, writeHead: () => {} } as never)).toBe(true);
  });

  test("the last head of a connection, and one without chunks behind it", () => {
    beginSecond();
    expect(asksNode(Object.assign(nobodys(), { shouldKeepAlive: false }))).toBe(true);
    expect(asksNode(nobodys(), lines, false)).toBe(true);
  });

  test.each(["Date", "EXPECT", "Trailer", "connection", "Keep-Alive", "Content-Length", "transfer-encoding"])(
    "a head with the line %s, upon which it acts",
    (name) => {
      beginSecond();
      expect(asksNode(nobodys(), [...lines, [name, "1"]])).toBe(true);
    },
  );
});
