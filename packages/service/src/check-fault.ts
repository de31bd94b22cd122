import { ServiceError } from "./errors.ts";
import type { Fault, Place } from "./fault.ts";
import { longestWait } from "./steps.ts";

/** Throws `fault_range` unless every value of the fault is one it can have, whatever it is. Gives the fault back. */
export function checkFault(fault: Fault): Fault {
  if (typeof fault !== "object" || (fault as Fault | null) === null) {
    fail("form", typeName(fault), 'text such as "reset@frame:2", or an object with a kind');
  }
  switch (fault.kind) {
    case "status":
      within("status", fault.status, 300, 599);
      checkErrorType(fault.name, fault.message);
      break;
    case "reset":
    case "eof":
      checkPlace(fault.at);
      break;
    case "stall":
      checkPlace(fault.at);
      within("duration in whole milliseconds", fault.ms, 0, longestWait);
      break;
    case "truncate":
      checkFrame(fault.frame);
      within("number of bytes", fault.bytes, 0);
      break;
    case "corrupt":
      checkFrame(fault.frame);
      if (fault.part === "payload") within("payload offset", fault.offset, 0);
      break;
    case "drop":
    case "dup":
      checkFrame(fault.frame);
      break;
    case "exception":
    case "error":
      checkFrame(fault.frame);
      checkText("name", fault.name);
      if (/[:\s]/.test(fault.name)) fail("name", JSON.stringify(fault.name), "text without colons and white space");
      if (fault.message !== undefined) checkText("message", fault.message);
      break;
    case "rechunk":
      within("number of bytes", fault.bytes, 1);
      break;
    case "bandwidth":
      within("number of bytes a second", fault.bytesPerSecond, 1);
      break;
    case "omit-complete":
    case "merge":
      break;
    default:
      fail("kind", JSON.stringify((fault as { kind?: unknown }).kind), "a kind that parseFault knows");
  }
  return fault;
}

/** It becomes a header line, and `shape#name` is a form that services use. */
function checkErrorType(name: string | undefined, message: string | undefined): void {
  if (name !== undefined && !(isText(name) && /^[\w.#-]{1,200}$/.test(name))) {
    fail("name", beginning(name), "1 to 200 letters, digits, and . _ # -");
  }
  if (message === undefined) return;
  if (name === undefined) fail("message", beginning(message), "none without a name");
  checkText("message", message);
}

/** Text that fits a header value (32,767 bytes) whatever its characters are. */
function checkText(what: string, text: string): void {
  if (isText(text) && text.length > 0 && text.length <= 10_000 && !/\p{Surrogate}/u.test(text)) return;
  fail(what, beginning(text), "1 to 10,000 characters of well-formed text");
}

const isText = (value: unknown): boolean => typeof value === "string";

function beginning(value: string): string {
  return isText(value) ? JSON.stringify(value.slice(0, 100)) : typeName(value);
}

function typeName(value: unknown): string {
  return value === null ? "null" : typeof value;
}

function checkPlace(place: Place | undefined): void {
  if (typeof place !== "object" || (place as Place | null) === null) {
    fail("place", typeName(place), "one like { frame: 2 } or { byte: 300 }");
  }
  if ("frame" in place) checkFrame(place.frame);
  else within("byte", place.byte, 0);
}

function checkFrame(frame: number): void {
  within("frame", frame, 1, Number.MAX_SAFE_INTEGER, "; frames are counted from 1");
}

function within(what: string, value: number, least: number, most: number = Number.MAX_SAFE_INTEGER, hint = ""): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return;
  const range = most === Number.MAX_SAFE_INTEGER ? `${String(least)} or more` : `${String(least)} to ${String(most)}`;
  fail(what, String(value), `a whole number, ${range}${hint}`);
}

function fail(what: string, found: string, expected: string): never {
  throw new ServiceError("fault_range", `A fault has the ${what} ${found}; expected ${expected}`);
}
