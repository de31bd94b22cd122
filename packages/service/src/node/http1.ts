import { STATUS_CODES, type IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { HeaderLine } from "../service.ts";
import { headerValue, isName } from "../header-value.ts";
import type { Exchange } from "./exchange.ts";
import { Http1Writer } from "./http1-writer.ts";

/** An HTTP/1.x request as an exchange. Header lines are written as they are given: order, letter case, duplicates. */
export function http1Exchange(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): Exchange {
  const headers = pairs(request.rawHeaders);
  const { socket } = request;
  const { authority, target } = splitTarget(request.url ?? "/");
  const writer = new Http1Writer(response);
  // Node sends only some statuses and lines of such heads.
  const sendBefore = (head: Buffer) => {
    // A pipelined response waits for its turn.
    if (response.socket === null) response.once("socket", (turn: Socket) => turn.write(head));
    else response.socket.write(head);
  };
  return {
    method: request.method ?? "GET",
    target,
    authority: authority ?? headerValue(headers, "host"),
    headers,
    source: request,
    expectsContinue,
    sendContinue() {
      response.writeContinue();
    },
    sendInterim(status, lines) {
      // HTTP/1.0 has none (RFC 9110, 15.2).
      if (request.httpVersion !== "1.1" || response.headersSent || socket.destroyed) return;
      const text = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
      sendBefore(Buffer.from(`HTTP/1.1 ${String(status)} ${STATUS_CODES[status] ?? ""}\r\n${text}\r\n`, "latin1"));
    },
    sendHead(status, lines, { bodyless }) {
      // Content-Length and Transfer-Encoding never go together (RFC 9112, 6.2), and only HTTP/1.1 has the latter.
      const lengthless = headerValue(lines, "content-length") === undefined;
      const coded = request.httpVersion === "1.1" && !bodyless && lengthless;
      const flat: string[] = [];
      for (const [name, value] of lines) {
        if (!coded && isName(name, "transfer-encoding")) continue;
        // A client that wants the connection closed is not told otherwise.
        if (!response.shouldKeepAlive && (isName(name, "connection") || isName(name, "keep-alive"))) continue;
        flat.push(name, value);
      }
      response.writeHead(status, flat);
      if (!bodyless) writer.begin();
    },
    takesParts: true,
    write: (step) => writer.write(step),
    taken: () => writer.taken(),
    takesTrailers: () => writer.takesTrailers,
    end(trailers) {
      writer.end(trailers);
    },
    leaveRest() {},
    reset() {
      socket.resetAndDestroy();
    },
    closed: new Promise((resolve) => {
      const closed = () => {
        if (waits) socket.removeListener("close", closed);
        resolve(response.writableFinished);
      };
      // A pipelined response that still waits for its turn hears nothing of its connection.
      const waits = response.socket === null;
      if (waits) socket.once("close", closed);
      response.once("close", closed);
    }),
  };
}

function pairs(raw: readonly string[]): readonly HeaderLine[] {
  const lines: HeaderLine[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) lines.push([raw[i]!, raw[i + 1]!]);
  return lines;
}

/** A client that takes the server for a proxy sends the absolute form, whose authority outranks Host (RFC 9112, 3.2.2). */
function splitTarget(url: string): { authority?: string; target: string } {
  if (url.startsWith("/")) return { target: url };
  const absolute = /^https?:\/\/([^/?]*)(.*)$/i.exec(url);
  if (!absolute) return { target: url };
  const [, authority = "", rest = ""] = absolute;
  return { authority, target: rest.startsWith("/") ? rest : `/${rest}` };
}
