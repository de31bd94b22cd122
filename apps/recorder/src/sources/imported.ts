import { createHash } from "node:crypto";
import { createRecorder, type End, type Exchange } from "@eventstream-kit/cassette";
import type { HeaderLine } from "@eventstream-kit/service";
import { version } from "../version.ts";

/** A call that another tool has recorded. */
export interface ImportedCall {
  readonly method: string;
  /** Path and query, or the whole URL. */
  readonly target: string;
  readonly requestHeaders: readonly HeaderLine[];
  readonly requestBody: Uint8Array;
  readonly status: number;
  readonly responseHeaders: readonly HeaderLine[];
  readonly body: Uint8Array;
  /** When it was, in ISO 8601. */
  readonly recordedAt?: string;
  /** Milliseconds to the response head. */
  readonly head?: number;
  /** How the body came. Without it, nobody knows when anything came. */
  readonly chunks?: readonly { readonly ms: number; readonly bytes: number; readonly paused?: boolean }[];
  readonly trailers?: readonly HeaderLine[];
  readonly how?: End["how"];
  /** Was a cassette before: `meta` is all that is said about it, if anything. */
  readonly wasCassette?: boolean;
  readonly meta?: Readonly<Record<string, unknown>>;
}

/** Reads a call, or throws `integrity`. */
export type ReadCall = () => ImportedCall;

/** Base64 as other tools write it, with line breaks or without padding. Undefined for what is none: Node passes over it. */
export function base64Bytes(text: string): Uint8Array | undefined {
  const letters = text.replace(/\s+/g, "");
  return /[^\dA-Za-z+/_=-]|=[^=]/.test(letters) ? undefined : Buffer.from(letters, "base64");
}

/**
 * The call as an exchange of a cassette, as if it had just been recorded: what a cassette must not hold is left out, whatever
 * the other tool has kept.
 */
export function importedExchange(call: ImportedCall, from: string): Exchange {
  const { body, head = 0, recordedAt, chunks = [], meta } = call;
  let now = 0;
  const recorder = createRecorder({
    now: () => now,
    sha256: () => createHash("sha256"),
    // Whoever imports says what is masked.
    redact: false,
    meta: {
      recorder: `eventstream/${version()}`,
      from,
      ...(recordedAt === undefined ? {} : { recordedAt }),
    },
  });
  const { method, target, requestHeaders, requestBody, status, responseHeaders } = call;
  const recording = recorder.start({ method, target, headers: requestHeaders, body: requestBody });
  now = head;
  recording.head({ status, headers: responseHeaders });
  let at = 0;
  for (const { ms, bytes, paused = false } of chunks) {
    now += ms;
    recording.chunk(body.subarray(at, at + bytes), { paused });
    at += bytes;
  }
  recording.chunk(body.subarray(at));
  const { timing, meta: recorded, ...exchange } = recording.end(call.how, {}, call.trailers);
  const facts = call.wasCassette ? meta : recorded;
  return {
    ...exchange,
    ...(timing && call.chunks ? { timing } : {}),
    ...(facts ? { meta: facts } : {}),
  };
}
