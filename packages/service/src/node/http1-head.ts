import { STATUS_CODES, type ServerResponse } from "node:http";
import { isName } from "../header-value.ts";
import type { HeaderLine } from "../service.ts";

/**
 * Where node:http keeps the text of a head, and whether it is sent. It has had these two names for them since its beginnings. Who
 * does not find them leaves the head to `writeHead` and to the first `write`.
 */
export interface KeptHead {
  _header?: unknown;
  _headerSent?: unknown;
}

/** Makes heads by what is known from those before. */
export interface HeadWriter {
  /**
   * As `response.writeHead`, for lines that are known to be good.
   *
   * @param chunked the body can be
   */
  (response: ServerResponse, status: number, lines: readonly HeaderLine[], chunked: boolean): void;
}

/**
 * Of heads before a chunked body, on a connection that goes on, node:http makes only the first of each second: what it adds is the
 * same for all. To have it look at each line twice, once more for each of its own, took 3% of a short call.
 *
 * @param clock in milliseconds since the epoch, the same time as that of node:http
 */
export function headWriter(clock: () => number): HeadWriter {
  /** The lines that node:http has added to the last head like these, and the second since the epoch that their date is. */
  let added = { second: Number.NaN, lines: "" };
  return (response, status, lines, chunked) => {
    const kept = response as KeptHead;
    const isNew = kept._header === null && kept._headerSent === false;
    if (!chunked || !isNew || !response.shouldKeepAlive || lines.some(isTelling)) {
      response.writeHead(status, lines.flat());
      return;
    }
    let text = `HTTP/1.1 ${String(status)} ${STATUS_CODES[status] ?? "unknown"}\r\n`;
    for (const [name, value] of lines) text += `${name}: ${value}\r\n`;
    const second = Math.floor(clock() / 1000);
    if (second === added.second) {
      response.statusCode = status;
      response.chunkedEncoding = true;
      kept._header = text + added.lines;
      return;
    }
    response.writeHead(status, lines.flat());
    const made: unknown = kept._header;
    if (typeof made !== "string" || !made.startsWith(text)) return;
    const more = made.slice(text.length);
    // It may be late itself.
    if (more.includes(`Date: ${new Date(second * 1000).toUTCString()}\r\n`)) added = { second, lines: more };
  };
}

// Bound here, at import: a test that has replaced the clock still gets the time of its requests.
export const writeHead: HeadWriter = headWriter(Date.now);

/** A line upon which node:http acts. */
function isTelling([name]: HeaderLine): boolean {
  switch (name.length) {
    case 4:
      return isName(name, "date");
    case 6:
      return isName(name, "expect");
    case 7:
      return isName(name, "trailer");
    case 10:
      return isName(name, "connection") || isName(name, "keep-alive");
    case 14:
      return isName(name, "content-length");
    case 17:
      return isName(name, "transfer-encoding");
    default:
      return false;
  }
}
