import { nestsTooDeep } from "./json-depth.ts";

/*
 * A streaming function that wants to choose its status and headers sets the content type below and begins its stream so:
 *
 *     { "statusCode": 201, "headers": { … }, "cookies": [ … ] }   a JSON object
 *     00 00 00 00 00 00 00 00                                     eight zero bytes
 *     …                                                           the body
 *
 * A streaming function URL takes the prelude off; callers of InvokeWithResponseStream and Invoke see it. It may be cut
 * into writes anywhere. JSON text has no zero byte, so the first one ends it.
 */

/** The content type that announces a prelude. */
export const preludeContentType = "application/vnd.awslambda.http-integration-response";

const delimiterLength = 8;

/** The longest JSON of a prelude, in bytes. The service's own limit is not known; some limit must be, or a stream without a delimiter would be kept for ever. */
const longestJson = 1024 * 1024;

/** What became of a prelude. */
export type PreludeOutcome =
  | {
      readonly kind: "prelude";
      /** The JSON object, its members unchecked. */
      readonly value: Readonly<Record<string, unknown>>;
      /** The first bytes of the body, if its write had any. */
      readonly rest: Uint8Array;
    }
  | {
      readonly kind: "malformed";
      /**
       * - `delimiter`: a zero byte that seven others do not follow
       * - `too_long`: more than 1 MiB and no zero byte
       * - `json`: not the UTF-8 text of a JSON object, or one that nests too deep
       * - `cut_short`: the stream ended before the delimiter did
       */
      readonly reason: "delimiter" | "too_long" | "json" | "cut_short";
    };

/** Takes a prelude off a stream of writes, however it is cut. */
export class PreludeSplitter {
  readonly #json: Uint8Array[] = [];
  #jsonLength = 0;
  #zeros = 0;

  /** `undefined` while more is needed. After an outcome, the rest of the stream is body: push no more. */
  push(bytes: Uint8Array): PreludeOutcome | undefined {
    let start = 0;
    if (this.#zeros === 0) {
      const zero = bytes.indexOf(0);
      start = zero === -1 ? bytes.length : zero;
      this.#json.push(bytes.subarray(0, start));
      this.#jsonLength += start;
      if (this.#jsonLength > longestJson) return { kind: "malformed", reason: "too_long" };
    }
    for (let index = start; index < bytes.length; index++) {
      if (bytes[index] !== 0) return { kind: "malformed", reason: "delimiter" };
      this.#zeros++;
      if (this.#zeros === delimiterLength) return this.#parsed(bytes.subarray(index + 1));
    }
    return undefined;
  }

  /** The stream has ended without an outcome. */
  finish(): PreludeOutcome {
    return { kind: "malformed", reason: "cut_short" };
  }

  #parsed(rest: Uint8Array): PreludeOutcome {
    const decoder = new TextDecoder("utf-8", { fatal: true });
    try {
      const text = this.#json.map((piece) => decoder.decode(piece, { stream: true })).join("") + decoder.decode();
      const value: unknown = JSON.parse(text);
      if (typeof value === "object" && value !== null && !Array.isArray(value) && !nestsTooDeep(value)) {
        return { kind: "prelude", value: value as Record<string, unknown>, rest };
      }
    } catch {
      // Neither text nor JSON.
    }
    return { kind: "malformed", reason: "json" };
  }
}
