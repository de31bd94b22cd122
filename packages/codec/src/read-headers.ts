import type { DecodeRules } from "./decode-options.ts";
import type { DecodeErrorCode, EventStreamError, EventStreamErrorDetails } from "./errors.ts";
import type { Frame } from "./frame.ts";
import { frameFault, preludeBytes } from "./frame.ts";
import { lengthPrefixed, valueBytes, wireType } from "./header-types.ts";
import { MessageHeaders } from "./headers.ts";
import { readText } from "./text-cache.ts";
import type { HeaderValue } from "./types.ts";
import { readUuid } from "./uuid.ts";

/** Reads the header block of a frame whose checksums are right. */
export function readHeaders(frame: Frame, rules: DecodeRules): MessageHeaders {
  return new HeaderBlock(frame, rules).read();
}

/**
 * Reads header after header. Every length is compared with the end of the *block* before its bytes are read: a value
 * that ran on would be payload, or memory that is no part of the message.
 */
class HeaderBlock {
  readonly #frame: Frame;
  readonly #rules: DecodeRules;
  readonly #end: number;
  /** Where the next byte is read. */
  #at: number;
  /** Of the header being read. */
  #name: string | undefined;

  constructor(frame: Frame, rules: DecodeRules) {
    this.#frame = frame;
    this.#rules = rules;
    this.#at = frame.start + preludeBytes;
    this.#end = frame.headersEnd;
  }

  read(): MessageHeaders {
    const headers = new Map<string, HeaderValue>();
    while (this.#at < this.#end) {
      this.#name = undefined;
      const nameAt = this.#at + 1;
      const name = this.#readName();
      this.#name = name;
      if (headers.has(name)) throw this.#fault("header_duplicate", nameAt, "its name occurs twice, expected once");
      headers.set(name, this.#readValue());
    }
    return new MessageHeaders(headers);
  }

  #readName(): string {
    const length = this.#take(1, "the length of the name");
    const size = this.#frame.bytes[length]!;
    if (size === 0) throw this.#fault("header_name_empty", length, "its name has 0 bytes, expected 1 to 255");
    return this.#text(this.#take(size, "the name"), size, "name");
  }

  #readValue(): HeaderValue {
    const { bytes, view, memory } = this.#frame;
    const typeAt = this.#take(1, "the type");
    const type = bytes[typeAt]!;
    const fixed = valueBytes[type];
    if (fixed === undefined) {
      const details = { expected: valueBytes.length - 1, received: type };
      throw this.#fault("header_type", typeAt, `its type is ${type}, expected 0 to ${details.expected}`, details);
    }
    const size = fixed === lengthPrefixed ? view.getUint16(this.#take(2, "the length of the value")) : fixed;
    const at = this.#take(size, "the value");
    const maxValueBytes = this.#rules.limits.value;
    if (size > maxValueBytes) {
      const details = { expected: maxValueBytes, received: size, limit: "value" } as const;
      throw this.#fault(
        "value_length",
        at - 2,
        `its value has ${size} bytes, expected at most ${maxValueBytes}`,
        details,
      );
    }
    switch (type) {
      case wireType.true:
        return { type: "boolean", value: true };
      case wireType.false:
        return { type: "boolean", value: false };
      case wireType.byte:
        return { type: "byte", value: view.getInt8(at) };
      case wireType.short:
        return { type: "short", value: view.getInt16(at) };
      case wireType.integer:
        return { type: "integer", value: view.getInt32(at) };
      case wireType.long:
        return { type: "long", value: view.getBigInt64(at) };
      case wireType.binary:
        return {
          type: "binary",
          value: this.#rules.views && memory === "caller" ? bytes.subarray(at, at + size) : bytes.slice(at, at + size),
        };
      case wireType.string:
        return { type: "string", value: this.#text(at, size, "value") };
      case wireType.timestamp:
        return { type: "timestamp", value: view.getBigInt64(at) };
      default:
        return { type: "uuid", value: readUuid(bytes, at) };
    }
  }

  /** Steps over `size` bytes and returns where they begin, or throws when the block ends before them. */
  #take(size: number, what: string): number {
    const at = this.#at;
    const room = this.#end - at;
    if (size > room) {
      const problem = `${what} takes ${size} bytes, expected at most the ${room} left in the header block`;
      throw this.#fault("header_overrun", at, problem, { expected: room, received: size });
    }
    this.#at = at + size;
    return at;
  }

  #text(at: number, size: number, what: "name" | "value"): string {
    const text = readText(this.#frame.bytes, this.#frame.view, at, size);
    if (text === undefined) throw this.#fault("header_utf8", at, `its ${what} is not valid UTF-8`);
    return text;
  }

  #fault(code: DecodeErrorCode, at: number, problem: string, details?: EventStreamErrorDetails): EventStreamError {
    const name = this.#name;
    const which = name === undefined ? "a header" : `header ${JSON.stringify(name)}`;
    return frameFault(code, this.#frame, at - this.#frame.start, `in ${which}, ${problem}`, {
      ...details,
      ...(name === undefined ? {} : { header: name }),
    });
  }
}
