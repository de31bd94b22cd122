/** One thing that differs. */
export type Difference =
  /** A part of the request, the response or the end has another value. `null` is nothing. */
  | { readonly kind: "value"; readonly field: string; readonly left: unknown; readonly right: unknown }
  /** Frames that stand on one side only, in one place. */
  | { readonly kind: "frames"; readonly left: readonly FrameLine[]; readonly right: readonly FrameLine[] }
  /** Lines of the text that a Lambda function wrote. */
  | { readonly kind: "text"; readonly left: readonly string[]; readonly right: readonly string[] };

export interface FrameLine {
  /** From 1. */
  readonly frame: number;
  /** As a cassette has it. */
  readonly line: string;
}

/** An exchange that both sides have, or one that only one has. */
export interface ComparedExchange {
  /** Method and path; undefined for bytes without a request. */
  readonly name?: string;
  /** Number on each side, from 1. */
  readonly left?: number;
  readonly right?: number;
  readonly differences: readonly Difference[];
  /** True when a Lambda function wrote the same, and only the frames are cut in another way. */
  readonly sameText?: boolean;
}

/** What `diff --json` prints. */
export interface Comparison {
  readonly schema: "eventstream/diff";
  readonly version: 1;
  readonly equal: boolean;
  /** Those that differ. */
  readonly exchanges: readonly ComparedExchange[];
}
