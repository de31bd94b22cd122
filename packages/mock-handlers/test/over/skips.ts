import { afterEach, beforeEach } from "vitest";
import { mswMajor } from "../msw-version.ts";
import { traffic } from "./over.ts";

const waits = "Over a transport: a wait is time, not a step";
const ahead = "Over a transport: buffers on the way read ahead of the reader";
const errors = "Over a transport: an error of the service is a 500 or a broken connection";
const left = "Over a transport: a client that has left gets no answer";
const lines = "Over msw: the lines of one name are joined, and dots in a path resolved";

/** Tests of the emulator that cannot pass over a transport, by what their titles begin with. */
const overAny: Readonly<Record<string, string>> = {
  "a streaming function URL has the same bandwidth": waits,
  "with bandwidth, ": waits,
  "P:observed: the body stays open up to the cap": waits,
  "P:observed: over a socket the head is there": waits,
  "a generator is pulled by demand": ahead,
  "that are not reached break the answer": errors,
  "that are none are refused, at the definition and at the call": errors,
  "before the first write": left,
  "what began before a reset does not count after it": ahead,
};

const overMsw: Readonly<Record<string, string>> = {
  "path /a+b//c/../d": lines,
  "repeated headers are joined by a comma": lines,
  "the head is sent before the function's second write": "Over msw: the head waits for the first byte of the body",
  // msw pulls without a pause, and leaves a timer no time.
  "an endless function is ended by its timeout": ahead,
  "time that the function takes itself still counts after a slow reader": ahead,
};

const overSocket: Readonly<Record<string, string>> = {
  "RESPONSE_STREAM: the head frames the body of a GET": "Over a socket: the answer to HEAD has no Transfer-Encoding",
};

const overMsw2: Readonly<Record<string, string>> = {
  "a client that leaves": "Over msw 2: a handler is not told that the client has gone",
};

/** Skips, with its reason, what the transport cannot show. Counts for `npm run cases` what goes over it. */
export function skipOver(transport: "a socket" | "msw"): void {
  const own = transport === "a socket" ? overSocket : { ...overMsw, ...(mswMajor === 2 ? overMsw2 : {}) };
  const skips = Object.entries({ ...overAny, ...own });
  let before = 0;
  beforeEach(({ task, skip }) => {
    before = traffic.requests;
    const [, reason] = skips.find(([title]) => task.name.startsWith(title)) ?? [];
    skip(reason !== undefined, reason);
  });
  afterEach(({ task }) => {
    Object.assign(task.meta, { requests: traffic.requests - before });
  });
}
