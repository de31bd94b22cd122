import type { InvocationInput } from "./invocation.ts";

/** The second argument of a handler, as Lambda's Node.js runtime gives it, and `log`. */
export interface LambdaContext {
  readonly awsRequestId: string;
  readonly functionName: string;
  /** `$LATEST` or digits. */
  readonly functionVersion: string;
  /** Ends in the alias or version when the caller named one. */
  readonly invokedFunctionArn: string;
  /** Digits as text, as Lambda gives it. */
  readonly memoryLimitInMB: string;
  readonly logGroupName: string;
  readonly logStreamName: string;
  /** The caller's `ClientContext`, decoded and parsed; undefined without one. */
  // oxlint-disable-next-line typescript/no-explicit-any -- the caller's own shape, like the event
  readonly clientContext?: any;
  /** The caller's `TenantId`. */
  readonly tenantId?: string;
  /** Nothing here waits for an event loop; set by handlers that were written for callbacks. */
  callbackWaitsForEmptyEventLoop: boolean;
  /** Milliseconds until the function times out. Stands still while the function waits for a slow reader. */
  getRemainingTimeInMillis(): number;
  /** Adds a line to this invocation's log, which `LogType: Tail` returns. */
  log(text: string): void;
}

/** What a context is made of besides the invocation's input. */
export interface ContextParts {
  readonly memorySize: number;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly remaining: () => number;
  readonly log: (text: string) => void;
}

export function lambdaContext(input: InvocationInput, parts: ContextParts): LambdaContext {
  const { requestId, functionName, version, invokedFunctionArn, clientContext, tenantId } = input;
  const context = {
    awsRequestId: requestId,
    functionName,
    functionVersion: version,
    invokedFunctionArn,
    memoryLimitInMB: String(parts.memorySize),
    logGroupName: `/aws/lambda/${functionName}`,
    // 32 hex digits name the execution environment; here each invocation has its own.
    logStreamName: `${dayOf(parts.startedAt)}/[${version}]${withoutHyphens(requestId)}`,
    clientContext,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: parts.remaining,
    log: parts.log,
  };
  return tenantId === undefined ? context : { ...context, tenantId };
}

/** Of a UUID, whose hyphens are in known places. */
function withoutHyphens(id: string): string {
  if (id.length !== 36) return id.replaceAll("-", "");
  return id.slice(0, 8) + id.slice(9, 13) + id.slice(14, 18) + id.slice(19, 23) + id.slice(24);
}

let today = { number: Number.NaN, text: "" };

/** The UTC day of a time, `2026/11/29`. Most times are of the day of the time before. */
function dayOf(time: number): string {
  const number = Math.floor(time / 86_400_000);
  if (number !== today.number) {
    today = { number, text: new Date(time).toISOString().slice(0, 10).replaceAll("-", "/") };
  }
  return today.text;
}
