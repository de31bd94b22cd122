import { STATUS_CODES, type ServerResponse } from "node:http";
import { headerValue, isName } from "../header-value.ts";
import type { HeaderLine } from "../service.ts";

/**
 * Where node:http keeps the text of a head, and whether it is sent. It has had these two names for them since its beginnings. Who
 * does not find them leaves the head to `writeHead` and to the first `write`.
 */
export interface KeptHead {
  _header?: unknown;
  _headerSent?: unknown;
}

/** What is known of the answer to a request besides its lines. */
export interface Framing {
  /** The body is sent in chunks. */
  readonly chunked: boolean;
  /** The connection goes on. */
  readonly keepAlive: boolean;
}

/**
 * As `response.writeHead`, for lines that are known to be good, but HTTP's own lines are where AWS's services have them: first
 * Date, and behind the lines about the body Transfer-Encoding and Connection.
 */
export type HeadWriter = (
  response: ServerResponse,
  status: number,
  lines: readonly HeaderLine[],
  framing: Framing,
) => void;

/**
 * Before a chunked body, on a connection that goes on, makes the head itself: to have node:http look at each line twice took 3% of
 * a short call.
 *
 * @param clock in milliseconds since the epoch
 */
export function headWriter(clock: () => number): HeadWriter {
  let date = { second: Number.NaN, text: "" };
  const dateNow = (): string => {
    const second = Math.floor(clock() / 1000);
    if (second !== date.second) date = { second, text: new Date(second * 1000).toUTCString() };
    return date.text;
  };
  return (response, status, lines, { chunked, keepAlive }) => {
    const kept = response as KeptHead;
    const isNew = kept._header === null && kept._headerSent === false;
    const place = endOfBodyLines(lines);
    if (!chunked || !keepAlive || !isNew || lines.some(isTelling)) {
      const own: HeaderLine[] = [];
      if (chunked && !has(lines, "transfer-encoding")) own.push(["Transfer-Encoding", "chunked"]);
      if (!has(lines, "connection")) own.push(["Connection", keepAlive ? "keep-alive" : "close"]);
      const all = [...lines.slice(0, place), ...own, ...lines.slice(place)];
      if (!has(lines, "date")) all.unshift(["Date", dateNow()]);
      response.writeHead(status, all.flat());
      return;
    }
    let text = `HTTP/1.1 ${String(status)} ${STATUS_CODES[status] ?? "unknown"}\r\nDate: ${dateNow()}\r\n`;
    for (let index = 0; index < lines.length; index++) {
      if (index === place) text += ownLines;
      const [name, value] = lines[index]!;
      text += `${name}: ${value}\r\n`;
    }
    if (place === lines.length) text += ownLines;
    response.statusCode = status;
    response.chunkedEncoding = true;
    kept._header = `${text}\r\n`;
  };
}

// Bound here, at import: a test that has replaced the clock still gets the time of its requests.
export const writeHead: HeadWriter = headWriter(Date.now);

const ownLines = "Transfer-Encoding: chunked\r\nConnection: keep-alive\r\n";

function has(lines: readonly HeaderLine[], name: string): boolean {
  return headerValue(lines, name) !== undefined;
}

/** Behind those lines about the body that are before all others. */
function endOfBodyLines(lines: readonly HeaderLine[]): number {
  let end = 0;
  while (end < lines.length && isAboutBody(lines[end]![0])) end++;
  return end;
}

function isAboutBody(name: string): boolean {
  switch (name.length) {
    case 4:
      return isName(name, "date");
    case 12:
      return isName(name, "content-type");
    case 14:
      return isName(name, "content-length");
    case 17:
      return isName(name, "transfer-encoding");
    default:
      return false;
  }
}

/** A line that is not beside ours, or upon which node:http acts. */
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
