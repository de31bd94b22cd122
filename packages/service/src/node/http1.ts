import { STATUS_CODES, type IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { headerValue, isName } from "../header-value.ts";
import type { HeaderLine, Parts } from "../service.ts";
import type { Exchange } from "./exchange.ts";
import { writeHead } from "./http1-head.ts";
import { Http1Writer } from "./http1-writer.ts";

/** An HTTP/1.x request as an exchange. Header lines are written as they are given: order, letter case, duplicates. */
export class Http1Exchange implements Exchange {
  readonly method: string;
  readonly target: string;
  readonly authority: string | undefined;
  readonly headers: readonly HeaderLine[];
  readonly source: IncomingMessage;
  readonly expectsContinue: boolean;
  readonly takesParts = true;
  readonly #response: ServerResponse;
  readonly #writer: Http1Writer;
  #continued = false;

  constructor(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean) {
    const headers = pairs(request.rawHeaders);
    const { authority, target } = splitTarget(request.url ?? "/");
    this.method = request.method ?? "GET";
    this.target = target;
    this.authority = authority ?? headerValue(headers, "host");
    this.headers = headers;
    this.source = request;
    this.expectsContinue = expectsContinue;
    this.#response = response;
    this.#writer = new Http1Writer(response);
  }

  sendContinue(): void {
    this.#response.writeContinue();
    this.#continued = true;
  }

  sendInterim(status: number, lines: readonly HeaderLine[]): void {
    const { httpVersion, socket } = this.source;
    // HTTP/1.0 has none (RFC 9110, 15.2).
    if (httpVersion !== "1.1" || this.#response.headersSent || socket.destroyed) return;
    const text = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
    // Node sends only some statuses and lines of such heads.
    const head = Buffer.from(`HTTP/1.1 ${String(status)} ${STATUS_CODES[status] ?? ""}\r\n${text}\r\n`, "latin1");
    // A pipelined response waits for its turn.
    if (this.#response.socket === null) this.#response.once("socket", (turn: Socket) => turn.write(head));
    else this.#response.socket.write(head);
  }

  sendHead(status: number, lines: readonly HeaderLine[], { bodyless }: { readonly bodyless: boolean }): void {
    const response = this.#response;
    // Content-Length and Transfer-Encoding never go together (RFC 9112, 6.2), and only HTTP/1.1 has the latter.
    const lengthless = headerValue(lines, "content-length") === undefined;
    const is11 = this.source.httpVersion === "1.1";
    const coded = is11 && !bodyless && lengthless;
    // A client that got no leave for its body may send it all the same, where the next request would be.
    const leftOut = this.expectsContinue && !this.#continued;
    // To HTTP/1.0, the end of the connection is that of a body without a length.
    const keepAlive = response.shouldKeepAlive && !leftOut && (is11 || !lengthless);
    const sent =
      coded && keepAlive
        ? lines
        : lines.filter(([name]) => {
            // Nor are trailers announced that cannot follow: node:http would not send such a head.
            if (!coded && (isName(name, "transfer-encoding") || isName(name, "trailer"))) return false;
            // A client that wants the connection closed is not told otherwise.
            return keepAlive || !(isName(name, "connection") || isName(name, "keep-alive"));
          });
    writeHead(response, status, sent, { chunked: coded, keepAlive });
    if (!bodyless) this.#writer.begin();
  }

  write(step: Uint8Array | Parts): true | Promise<boolean> {
    return this.#writer.write(step);
  }

  taken(): Promise<boolean> {
    return this.#writer.taken();
  }

  takesTrailers(): boolean {
    return this.#writer.takesTrailers;
  }

  end(trailers?: readonly HeaderLine[]): void {
    this.#writer.end(trailers);
  }

  leaveRest(): void {
    // node:http reads and drops it to find the next request, or closes the connection, as the head has said.
  }

  reset(): void {
    this.source.socket.resetAndDestroy();
  }

  onClosed(listener: (complete: boolean) => void): void {
    const response = this.#response;
    // A pipelined response that still waits for its turn hears nothing of its connection.
    const waits = response.socket === null ? this.source.socket : undefined;
    const closed = () => {
      if (waits) {
        waits.removeListener("close", closed);
        response.removeListener("close", closed);
      }
      listener(response.writableFinished);
    };
    waits?.on("close", closed);
    response.on("close", closed);
  }
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
