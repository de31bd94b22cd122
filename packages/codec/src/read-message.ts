import type { DecodeOptions } from "./decode-options.ts";
import { wantsViews } from "./decode-options.ts";
import type { Frame, Origin } from "./frame.ts";
import { preludeBytes, trailerBytes } from "./frame.ts";
import type { SizeLimits } from "./limits.ts";
import { readHeaders } from "./read-headers.ts";
import type { Message } from "./types.ts";

/** A function that makes a message of a frame whose lengths and checksums are right. */
export function messageReader(limits: SizeLimits, options: DecodeOptions): (frame: Frame, origin: Origin) => Message {
  const views = wantsViews(options);
  const rules = { maxValueBytes: limits.value, views };
  return (frame, origin) => {
    const headers = readHeaders(frame, rules, origin);
    const from = frame.start + preludeBytes + frame.headerBytes;
    const to = frame.start + frame.totalBytes - trailerBytes;
    return { headers, payload: views ? frame.bytes.subarray(from, to) : frame.bytes.slice(from, to) };
  };
}
