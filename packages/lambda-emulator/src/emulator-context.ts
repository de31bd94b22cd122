import type { Delay, Reply, ServiceRequest } from "@eventstream-kit/service";
import type { LoadCode } from "./control-plane/load-code.ts";
import type { FunctionEntry } from "./functions.ts";
import type { Credentials } from "./signature/verify-signature.ts";
import type { InvocationInput, RunningInvocation } from "./invocation.ts";
import type { Moment } from "./moment.ts";
import type { Delivery } from "./reply-delivery.ts";

/**
 * A point on which AWS's documentation and captures of the live service disagree. `modelled` follows the service model
 * and the documentation, `observed` the captures (Node.js 22 and a custom runtime, September 2026).
 */
export interface Switches {
  /**
   * A function error after the stream began. Modelled: `InvokeComplete` carries `ErrorCode` and `ErrorDetails`.
   * Observed: it does not.
   */
  readonly midStreamError: "modelled" | "observed";
  /** `DryRun` of the streaming operation. Modelled: 204 and no run. Observed: runs and streams, 200. */
  readonly streamDryRun: "modelled" | "observed";
  /** `Event` of the streaming operation. Modelled: refused as an unknown value. Observed: runs and streams, 200. */
  readonly streamEventType: "modelled" | "observed";
  /** A streaming function that writes nothing behind a function URL. Modelled: the body ends. Observed: it stays open. */
  readonly emptyUrlStream: "modelled" | "observed";
  /**
   * How fast a streamed response may be. Modelled: as fast as it comes, since tests must be fast. Observed: the first
   * 6 MiB at once, then 2 MiB/s, by a token bucket.
   */
  readonly bandwidth: "modelled" | "observed";
  /**
   * What `enforcePermissions` asks of a caller of a function URL. Modelled: `lambda:InvokeFunctionUrl`, and
   * `lambda:InvokeFunction` for calls through a URL, as documented since October 2025. Observed: the first is enough.
   */
  readonly urlPermissions: "modelled" | "observed";
}

/** Limits, in bytes unless they say otherwise. */
export interface Limits {
  /** Payload of a synchronous invocation, and the body of a request for a function URL. Default 6,291,456 (6 MiB). */
  readonly requestBytes: number;
  /** Payload of an `Event` invocation. Default 1,048,576 (1 MiB; it was 256 KiB before October 2025). */
  readonly eventRequestBytes: number;
  /** Response of `Invoke` and of a buffered function URL. Default 6,291,556 (6 MiB and 100 bytes, as captured). */
  readonly bufferedResponseBytes: number;
  /**
   * Response of `InvokeWithResponseStream` and of a streaming function URL. Default 209,715,200 (200 MiB since July 2025;
   * it was 20 MiB, 20,971,520, at launch in April 2023). More is cut one byte above.
   */
  readonly responseStreamBytes: number;
  /** `X-Amz-Client-Context`, in bytes of base64. Default 3,583. */
  readonly clientContextBytes: number;
  /**
   * With `emptyUrlStream: "observed"`: how long a function URL leaves the body of a stream without a write open.
   * Milliseconds; default 960,000 (users report about 16 minutes).
   */
  readonly emptyUrlStreamMs: number;
  /**
   * How long a created function stays `Pending`, and an update `InProgress`. Milliseconds; default 2,000, as captured. With
   * 0 nothing has to be waited for.
   */
  readonly functionPendingMs: number;
  /**
   * `Retry-After` of a 429, which clients obey. Default 0, since tests must be fast: the service model only says that it is
   * there, and no capture shows its value.
   */
  readonly retryAfterSeconds: number;
}

/** The functions by name. */
export interface FunctionRegistry {
  find(name: string): FunctionEntry | undefined;
  /**
   * The version a qualifier stands for: `$LATEST` or digits. `undefined` as qualifier is `$LATEST`; as an answer, that
   * the function has no such version or alias. Letter case matters.
   */
  resolveVersion(entry: FunctionEntry, qualifier: string | undefined): string | undefined;
  all(): readonly FunctionEntry[];
  /** Adds or replaces a function. */
  put(entry: FunctionEntry): void;
  remove(name: string): void;
}

/** What the operations of the emulated Lambda share. */
export interface EmulatorContext {
  readonly accountId: string;
  /** The `region` option, else the region of the request's SigV4 scope, else us-east-1. */
  region(request: ServiceRequest): string;
  readonly functions: FunctionRegistry;
  /**
   * Asks whether a function may run now.
   *
   * @param queued for an `Event`, which waits where others are throttled
   * @throws {LambdaError} `TooManyRequestsException`, or `ResourceConflictException` while it is `Pending`
   */
  admit(entry: FunctionEntry, queued?: boolean): void;
  /** Runs a function once. Records it in `lambda.invocations`, with what becomes of the answer. */
  start(entry: FunctionEntry, input: InvocationInput, delivered: Moment<Delivery>): RunningInvocation;
  /** A function was deleted: whatever belonged to it goes, too. */
  deleted(name: string): void;
  /** Makes code of what CreateFunction was given. */
  readonly loadCode?: LoadCode;
  /** A new lower-case UUID, for the ids of requests and revisions. */
  requestId(): string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly delay: Delay;
  /** From 0 up to 1, as `Math.random`. */
  readonly random: () => number;
  readonly switches: Switches;
  readonly limits: Limits;
  /** Of those who may call `AWS_IAM` URLs. Absent: any signature is believed. */
  readonly credentials?: readonly Credentials[];
  /** Function URLs ask for permissions. */
  readonly enforcePermissions: boolean;
}

/** One operation of the service: an answer, or a thrown `LambdaError`. */
export type Operation = (request: ServiceRequest, parameters: OperationParameters) => Promise<Reply>;

/** What routing has already read. */
export interface OperationParameters {
  /** Percent-decoded. Any shape. */
  readonly functionName: string;
  /** What the path names below the function, such as an alias; empty if it names nothing. Percent-decoded, any shape. */
  readonly subresource: string;
  readonly query: URLSearchParams;
  readonly requestId: string;
}

/**
 * How operations are found: method, a pattern of the path whose groups are the encoded name and subresource, and the
 * operation.
 */
export interface Route {
  readonly method: string;
  readonly path: RegExp;
  readonly operation: Operation;
}

/** A family of operations and what it keeps. `createLambda` asks every part. */
export interface EmulatorPart {
  readonly routes: readonly Route[];
  /** Answers requests that are not operations, such as those for a function URL, before routing. `undefined`: it is none. */
  readonly answer?: (request: ServiceRequest) => Promise<Reply> | undefined;
  /** Forgets what belongs to a function that was deleted. */
  readonly deleted?: (functionName: string) => void;
  /** Forgets everything kept, for `lambda.reset()`. */
  readonly reset?: () => void;
}
