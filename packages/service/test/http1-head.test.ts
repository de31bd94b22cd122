import http, { type ServerResponse } from "node:http";
import net from "node:net";
import { describe, expect, test, vi } from "vitest";
import { headWriter, type KeptHead } from "../src/node/http1-head.ts";
import type { HeaderLine } from "../src/service.ts";

const lines: readonly HeaderLine[] = [
  ["Content-Type", "text/plain"],
  ["x", "\xe9"],
  ["X", ""],
];
const chunks = { chunked: true, keepAlive: true };

let time = Date.UTC(2026, 8, 15, 11, 59, 39, 307);
const writeHead = headWriter(() => time);

/** A response to nobody, on a connection that goes on. */
function nobodys(): ServerResponse {
  const request = new http.IncomingMessage(new net.Socket());
  Object.assign(request, { httpVersionMajor: 1, httpVersionMinor: 1 });
  return new http.ServerResponse(request);
}

function headBy(response: ServerResponse & KeptHead, sent = lines, framing = chunks): unknown {
  writeHead(response, 404, sent, framing);
  return response._header;
}

/** Whether node:http makes a head. */
function asksNode(response: ServerResponse, sent = lines, framing = chunks): boolean {
  const made = vi.spyOn(response, "writeHead").mockReturnThis();
  writeHead(response, 404, sent, framing);
  return made.mock.calls.length > 0;
}

test("A head before chunks is what node:http makes of the same lines, and is kept where it looks for it", () => {
  const response: ServerResponse & KeptHead = nobodys();
  expect(asksNode(response)).toBe(false);
  const own = [
    ["Date", "Tue, 15 Sep 2026 11:59:39 GMT"],
    lines[0]!,
    ["Transfer-Encoding", "chunked"],
    ["Connection", "keep-alive"],
    ...lines.slice(1),
  ] as const;
  const nodes: ServerResponse & KeptHead = nobodys().writeHead(404, own.flat());
  expect(response._header).toBe(nodes._header);
  expect([response._headerSent, response.headersSent]).toEqual([false, true]);
  expect([response.statusCode, response.chunkedEncoding]).toEqual([404, true]);
});

test("Every head has the date of its second", () => {
  const dates = [0, 600, 100].map((later) => {
    time += later;
    return /^Date: (.*)$/m.exec(headBy(nobodys()) as string)![1];
  });
  expect(dates).toEqual([
    "Tue, 15 Sep 2026 11:59:39 GMT",
    "Tue, 15 Sep 2026 11:59:39 GMT",
    "Tue, 15 Sep 2026 11:59:40 GMT",
  ]);
});

describe("node:http makes", () => {
  test("all heads, of the same lines, when it has other names for them", () => {
    const made = vi.fn<(status: number, given: readonly string[]) => void>();
    writeHead({ writeHead: made } as never, 404, lines, chunks);
    const [status, given] = made.mock.calls[0]!;
    const response: ServerResponse & KeptHead = nobodys().writeHead(status, given as string[]);
    expect(response._header).toBe(headBy(nobodys()));
  });

  test("the last head of a connection, and one without chunks behind it", () => {
    expect(asksNode(nobodys(), lines, { chunked: true, keepAlive: false })).toBe(true);
    expect(asksNode(nobodys(), lines, { chunked: false, keepAlive: true })).toBe(true);
  });

  test.each(["Date", "EXPECT", "Trailer", "connection", "Keep-Alive", "Content-Length", "transfer-encoding"])(
    "a head with the line %s, upon which it acts",
    (name) => {
      expect(asksNode(nobodys(), [...lines, [name, "1"]])).toBe(true);
    },
  );
});
