import { ServiceError } from "./errors.ts";
import type { HeaderLine, Reply } from "./service.ts";

// RFC 9110, 5.1 and 5.5: a name is a token; a value is visible ASCII, Latin-1, space and tab.
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const fieldValue = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Throws `reply_status` or `reply_header` unless the reply's head can be sent. */
export function checkHead(reply: Reply): void {
  if (!Number.isInteger(reply.status) || reply.status < 200 || reply.status > 599) {
    throw new ServiceError(
      "reply_status",
      `A reply has the status ${String(reply.status)}; expected an integer from 200 to 599`,
    );
  }
  checkLines("header", reply.headers);
}

/** Throws `reply_status` or `reply_header` unless this can be an interim response. */
export function checkInterim(status: number, headers: readonly HeaderLine[]): void {
  if (!Number.isInteger(status) || status < 102 || status > 199) {
    throw new ServiceError(
      "reply_status",
      `An interim response has the status ${String(status)}; expected an integer from 102 to 199`,
    );
  }
  checkLines("header", headers);
}

/** The trailers of a reply whose body has ended. Throws `reply_header` unless they can be sent. */
export function trailersOf({ trailers = [] }: Reply): readonly HeaderLine[] {
  const lines = typeof trailers === "function" ? trailers() : trailers;
  checkLines("trailer", lines);
  // RFC 9110, 6.5.1: what frames a message comes before it.
  const framing = lines.find(([name]) => /^(?:content-length|transfer-encoding)$/i.test(name));
  if (framing) {
    throw new ServiceError("reply_header", `A reply has a trailer line ${framing[0]}; expected it among the headers`);
  }
  return lines;
}

function checkLines(what: "header" | "trailer", lines: readonly HeaderLine[]): void {
  for (const line of lines) {
    const name = line[0];
    const value = line[1];
    if (!token.test(name)) {
      throw new ServiceError(
        "reply_header",
        `A reply has a ${what} line named ${JSON.stringify(name)}; expected a token`,
      );
    }
    // In a program in JavaScript there may be none, at which node:http would throw too late, or a list, which each transport would
    // show in another way.
    const found = value as unknown;
    if (found === undefined || typeof found === "object" || !fieldValue.test(value)) {
      throw new ServiceError(
        "reply_header",
        `A reply has the ${what} line ${name} with the value ${JSON.stringify(value)}; expected Latin-1 text without control characters`,
      );
    }
  }
}

/** Statuses whose responses never have a body (RFC 9110, 15.3.5, 15.3.6, 15.4.5). */
export function hasNoBody(status: number): boolean {
  return status === 204 || status === 205 || status === 304;
}
