import { headerValue, realDelay, shown } from "@eventstream-kit/service";
import type { Delay, Reply, Service, ServiceRequest } from "@eventstream-kit/service";
import { controlPlanePart } from "./control-plane/control-plane-part.ts";
import { ControlPlane } from "./control-plane/control-plane.ts";
import type { LoadCode } from "./control-plane/load-code.ts";
import type { EmulatorContext, EmulatorPart, Limits, Route, Switches } from "./emulator-context.ts";
import { LambdaEmulatorError } from "./errors.ts";
import { decodeSegment } from "./function-name.ts";
import { realTimer, timerOf } from "./function-timer.ts";
import { functionUrlPart } from "./function-url/function-url-part.ts";
import { Functions, atVersion } from "./functions.ts";
import type { FunctionDefinition } from "./functions.ts";
import { InvocationRecorder } from "./invocation-record.ts";
import type { InvocationRecord } from "./invocation-record.ts";
import { createInvokeWithResponseStream } from "./invoke-with-response-stream.ts";
import { createInvoke } from "./invoke.ts";
import { LambdaError, resourceConflict } from "./lambda-error.ts";
import { runFunction } from "./run-function.ts";
import type { Credentials } from "./signature/verify-signature.ts";
import { Throttling } from "./throttling.ts";
import { randomUuid } from "./uuid.ts";

/** See the members. Only `functions` is needed. */
export interface LambdaOptions {
  /** The functions by name: 1 to 64 letters, digits, - and _. */
  readonly functions: Readonly<Record<string, FunctionDefinition>>;
  /** Default: the region in each request's SigV4 scope, else `us-east-1`. */
  readonly region?: string;
  /** Twelve digits. Default `123456789012`. */
  readonly accountId?: string;
  /**
   * What to do where AWS's documentation and captures of the live service disagree: follow the documentation
   * (`modelled`, the default) or the captures (`observed`). `switches` decides single points.
   */
  readonly profile?: "modelled" | "observed";
  readonly switches?: Partial<Switches>;
  readonly limits?: Partial<Limits>;
  /** Makes code of what CreateFunction was given. Without it such a function cannot run: whoever invokes it gets an error. */
  readonly loadCode?: LoadCode;
  /**
   * Of those who may call function URLs of auth type `AWS_IAM`: their signatures are verified. Default: a request must be
   * signed, by whomever. The operations of the API are never asked for a signature.
   */
  readonly credentials?: readonly Credentials[];
  /**
   * Function URLs are refused unless the resource policy, as AddPermission makes it, allows the call. Default false. There
   * are no identity-based policies here.
   */
  readonly enforcePermissions?: boolean;
  /**
   * How many invocations `invocations` holds at most, the last ones: each keeps its event and its log. Default: all of them. A
   * server that runs for days, where nobody looks, says 0.
   */
  readonly keepInvocations?: number;
  /** Milliseconds since the epoch. Default `Date.now`. */
  readonly now?: () => number;
  /** How timeouts wait. Default: `setTimeout`. */
  readonly delay?: Delay;
  /** Lower-case UUIDs for request ids. Default: random ones, as of `crypto.randomUUID`. */
  readonly uuid?: () => string;
  /** From 0 up to 1, for trace and url ids. Default `Math.random`. */
  readonly random?: () => number;
}

/** An emulated Lambda. */
export interface EmulatedLambda extends Service {
  /** What was invoked since the beginning or the last `reset`, in order; at most `keepInvocations`. DryRuns that did not run are not among them. */
  readonly invocations: readonly InvocationRecord[];
  /** Adds or replaces a function, until `reset`. */
  define(name: string, definition: FunctionDefinition): void;
  /** Removes a function, until `reset`. */
  remove(name: string): void;
  /**
   * Back to the beginning: functions as given, nothing recorded, no function URLs. What still runs is ended as a
   * `Runtime.ExitError`, so that it reaches no other test: a process at once, a generator at its next write.
   */
  reset(): void;
}

const knownOptions = Object.keys({
  functions: true,
  region: true,
  accountId: true,
  profile: true,
  switches: true,
  limits: true,
  loadCode: true,
  credentials: true,
  enforcePermissions: true,
  keepInvocations: true,
  now: true,
  delay: true,
  uuid: true,
  random: true,
} satisfies Record<keyof LambdaOptions, true>);

const defaultLimits: Limits = {
  requestBytes: 6 * 1024 * 1024,
  eventRequestBytes: 1024 * 1024,
  bufferedResponseBytes: 6 * 1024 * 1024 + 100,
  responseStreamBytes: 200 * 1024 * 1024,
  clientContextBytes: 3583,
  emptyUrlStreamMs: 16 * 60 * 1000,
  functionPendingMs: 2000,
  retryAfterSeconds: 0,
};

/**
 * Makes an emulated Lambda. It answers requests to the Lambda API and has no socket of its own: give it to `serve`, to
 * msw through `@eventstream-kit/mock-handlers`, or call `handle`.
 *
 * @throws {LambdaEmulatorError} `invalid_option` or `invalid_function`
 */
export function createLambda(options: LambdaOptions): EmulatedLambda {
  checkOptions(options);
  const { region, accountId = "123456789012", now = Date.now, delay = realDelay, random = Math.random } = options;
  const startTimer = options.delay === undefined ? realTimer : timerOf(options.delay);
  const functions = new Functions(options.functions, () => random());
  const recorder = new InvocationRecorder(options.keepInvocations);
  const limits = { ...defaultLimits, ...options.limits };
  const throttling = new Throttling(limits.retryAfterSeconds);
  const context: EmulatorContext = {
    accountId,
    region: (request) => region ?? signedRegion(request) ?? "us-east-1",
    functions,
    admit: (entry, queued = false) => {
      if (entry.activeAt !== undefined && now() < entry.activeAt) throw pending();
      if (!queued) throttling.admit(entry);
    },
    start: (entry, input, delivered) => {
      const version = atVersion(entry, input.version);
      const running = recorder.add(input, delivered, () => runFunction(version, input, { now, startTimer }));
      throttling.began(entry, running);
      return running;
    },
    deleted: (name) => {
      for (const part of parts) part.deleted?.(name);
    },
    ...(options.credentials && { credentials: options.credentials }),
    enforcePermissions: options.enforcePermissions ?? false,
    ...(options.loadCode && { loadCode: options.loadCode }),
    requestId: options.uuid ?? randomUuid,
    now,
    delay,
    random,
    switches: switchesOf(options),
    limits,
  };
  const plane = new ControlPlane(context);
  const parts: readonly EmulatorPart[] = [
    createInvokeWithResponseStream(context),
    createInvoke(context),
    functionUrlPart(context, (name, alias = "") => plane.records.find(name)?.policies.get(alias)?.statements ?? []),
    controlPlanePart(plane),
  ];
  const routes = parts.flatMap((part) => part.routes);
  const answers = parts.flatMap(({ answer }) => answer ?? []);
  return {
    handle: (request) => handle(context, answers, routes, request),
    invocations: recorder.records,
    define: (name, definition) => functions.define(name, definition),
    remove: (name) => functions.remove(name),
    reset: () => {
      functions.reset();
      recorder.reset();
      throttling.reset();
      for (const part of parts) part.reset?.();
    },
  };
}

/** Operations only read it. */
const noQuery = new URLSearchParams();

function handle(
  context: EmulatorContext,
  answers: readonly NonNullable<EmulatorPart["answer"]>[],
  routes: readonly Route[],
  request: ServiceRequest,
): Promise<Reply | undefined> {
  for (const answer of answers) {
    const reply = answer(request);
    if (reply !== undefined) return reply;
  }
  const mark = request.target.indexOf("?");
  const path = mark === -1 ? request.target : request.target.slice(0, mark);
  for (const { method, path: pattern, operation } of routes) {
    const match = method === request.method ? pattern.exec(path) : null;
    if (match === null) continue;
    const requestId = context.requestId();
    const functionName = decodeSegment(match[1] ?? "");
    const subresource = decodeSegment(match[2] ?? "");
    const query = mark === -1 ? noQuery : new URLSearchParams(request.target.slice(mark + 1));
    const refused = (error: unknown) => {
      if (error instanceof LambdaError) return error.toReply(requestId);
      throw error;
    };
    try {
      return operation(request, { functionName, subresource, query, requestId }).catch(refused);
    } catch (error) {
      return new Promise((resolve) => resolve(refused(error)));
    }
  }
  return nobodys;
}

const nobodys = Promise.resolve(undefined);

function pending(): LambdaError {
  return resourceConflict(
    "The operation cannot be performed at this time. The function is currently in the following state: Pending",
  );
}

function isText(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}

/** The region that a request was signed for: header or presigned query. */
function signedRegion({ headers, target }: ServiceRequest): string | undefined {
  const authorization = headerValue(headers, "authorization");
  const signed = authorization && /Credential=[^/,\s]+\/\d{8}\/([a-z0-9-]+)\//.exec(authorization);
  if (signed) return signed[1];
  return target.includes("?") ? /[?&]X-Amz-Credential=[^&]+?%2F\d{8}%2F([a-z0-9-]+)%2F/i.exec(target)?.[1] : undefined;
}

function switchesOf({ profile = "modelled", switches }: LambdaOptions): Switches {
  return {
    midStreamError: profile,
    streamDryRun: profile,
    streamEventType: profile,
    emptyUrlStream: profile,
    bandwidth: profile,
    urlPermissions: profile,
    ...switches,
  };
}

/** @param given of a program in JavaScript it may be nothing at all */
function checkOptions(given: LambdaOptions | null | undefined): void {
  const options: Partial<LambdaOptions> = given ?? {};
  const { functions, region, accountId, profile, switches = {}, limits = {}, credentials, keepInvocations } = options;
  if (typeof functions !== "object" || functions === null) refuse("functions", functions, "functions by name");
  const unknown = Object.keys(options).find((name) => !knownOptions.includes(name));
  if (unknown !== undefined) {
    throw new LambdaEmulatorError(
      "invalid_option",
      `Creating an emulated Lambda: found the option ${unknown}, expected one of ${knownOptions.join(", ")}`,
    );
  }
  if (region !== undefined && !/^[a-z]{2,4}(-[a-z]+)+-\d$/.test(region)) refuse("region", region, "an AWS region");
  if (accountId !== undefined && !/^\d{12}$/.test(accountId)) refuse("accountId", accountId, "twelve digits");
  if (profile !== undefined) checkProfile("profile", profile);
  if (credentials !== undefined && !isCredentials(credentials)) {
    // What was found may be a secret.
    throw new LambdaEmulatorError(
      "invalid_option",
      "Creating an emulated Lambda: found other credentials than a list of { accessKeyId, secretAccessKey, sessionToken? }",
    );
  }
  if (keepInvocations !== undefined && !(Number.isSafeInteger(keepInvocations) && keepInvocations >= 0)) {
    refuse("keepInvocations", keepInvocations, "a whole number from 0");
  }
  const known = Object.keys(switchesOf({ functions }));
  for (const [name, value] of Object.entries(switches)) {
    if (!known.includes(name)) refuse(`switches.${name}`, value, `one of ${known.join(", ")}`);
    checkProfile(`switches.${name}`, value);
  }
  for (const [name, value] of Object.entries(limits)) {
    if (!Object.hasOwn(defaultLimits, name)) {
      refuse(`limits.${name}`, value, `one of ${Object.keys(defaultLimits).join(", ")}`);
    }
    if (!(Number.isSafeInteger(value) && value >= 0)) refuse(`limits.${name}`, value, "a whole number from 0");
  }
}

function isCredentials(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every((item: Partial<Credentials> | null) => isText(item?.accessKeyId) && isText(item?.secretAccessKey))
  );
}

function checkProfile(name: string, value: unknown): void {
  if (value !== "modelled" && value !== "observed") refuse(name, value, '"modelled" or "observed"');
}

function refuse(name: string, found: unknown, expected: string): never {
  throw new LambdaEmulatorError(
    "invalid_option",
    `Creating an emulated Lambda: the option ${name} is ${shown(found)}, expected ${expected}`,
  );
}
