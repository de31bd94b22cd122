import type { Moment } from "./moment.ts";

/** What a function needs to run once. Names, versions and aliases are resolved before. */
export interface InvocationInput {
  /** Lower-case UUID: `x-amzn-RequestId`, `context.awsRequestId` and the id in the log are this one. */
  readonly requestId: string;
  readonly functionName: string;
  /** The version that runs: `$LATEST` or digits. */
  readonly version: string;
  readonly invokedFunctionArn: string;
  /** The parsed payload; `{}` when the payload was empty. */
  readonly event: unknown;
  /** The payload as it was received, for a runtime that parses it itself. Absent: the event as JSON. */
  readonly payload?: Uint8Array;
  /** The same as text, when it is short: its record reads it again. */
  readonly payloadText?: string;
  /** `X-Amzn-Trace-Id` as the function sees it. */
  readonly traceId?: string;
  /** Parsed `X-Amz-Client-Context`. */
  readonly clientContext?: unknown;
  /** `X-Amz-Tenant-Id`. */
  readonly tenantId?: string;
}

/** What is known when the function's response begins. */
export interface ResponseHead {
  /** False for an ordinary handler, whose result is one JSON document. */
  readonly streaming: boolean;
  /** What the function's response carries: `x-amzn-Remapped-Content-Type`. */
  readonly contentType: string;
}

/** How a function ended. */
export type Outcome =
  | { readonly kind: "success" }
  | {
      readonly kind: "error";
      /** The error's name, as `errorType`. */
      readonly errorType: string;
      readonly errorMessage: string;
      readonly trace: readonly string[];
      /** The JSON that describes the error, when whoever reported it wrote it. Absent: made of the members above. */
      readonly json?: string;
      /** The runtime did not live to finish its response: what a streaming handler wrote before is no answer. */
      readonly crashed?: true;
    }
  | { readonly kind: "timeout"; readonly seconds: number };

/** Gets one write, or `undefined` at the end. */
export type GiveWrite = (bytes: Uint8Array | undefined) => void;

/** What a function writes, one item a write. Read once. */
export interface Writes extends AsyncIterable<Uint8Array> {
  /** As `next()` of the iterator, but calls `give`, at once or later, instead of making a promise and a result. */
  take(give: GiveWrite): void;
  /** As `return()` of the iterator: the reader has gone. */
  leave(): void;
}

/** A function that is running, as every front (both invoke operations, the function URL) sees it. */
export interface RunningInvocation {
  readonly requestId: string;
  readonly version: string;
  /** Comes with the function's first write, or at its end when it writes nothing. */
  readonly head: Moment<ResponseHead>;
  /**
   * The function's writes, one item each, as they happen; an ordinary handler's JSON is a single item. Ends when the
   * function ended, whatever the outcome (an error's JSON is not among them). Read once. Pulling paces a generator;
   * leaving early does not stop the function: real Lambda runs it to its end. An item is only good until the next one is
   * asked for, as the function may use its memory again then: see `ownChunks`.
   */
  readonly chunks: Writes;
  /** How it ended. */
  readonly outcome: Moment<Outcome>;
  /** Prints the log so far: START line, the function's own lines, and after the outcome END and REPORT. */
  readonly log: { toString(): string };
  /** Ends it as if its process had been killed, unless it has ended: what it still does, nobody gets to see. */
  kill(): void;
}
