import { shown } from "@eventstream-kit/service";
import type { LambdaCallback } from "./call-handler.ts";
import type { FunctionRegistry } from "./emulator-context.ts";
import { LambdaEmulatorError } from "./errors.ts";
import { checkedFaults } from "./function-faults.ts";
import type { FunctionFaults } from "./function-faults.ts";
import type { LambdaContext } from "./lambda-context.ts";
import { isOneShot, isStream } from "./writes.ts";

/**
 * An ordinary handler. Its result, or what a returned promise gives, is the response:
 *
 * - a generator, async iterable or `ReadableStream` streams: one item is one write;
 * - anything else, arrays included, is one JSON document.
 *
 * One that has a third parameter answers by that callback, unless it returns a promise or streams.
 */
// oxlint-disable-next-line typescript/no-explicit-any -- an event is whatever the caller sent
export type LambdaHandler = (event: any, context: LambdaContext, callback: LambdaCallback) => unknown;

/**
 * What runs: a handler, a handler marked by `awslambda.streamifyResponse`, an async iterable such as `chunks("a", "b")`
 * that can be read again for each invocation, or a plain JSON value to answer with.
 */
// `object` stands for marked handlers too: with two kinds of function here, TypeScript could not infer parameters. It is
// there twice, because an object literal may have any member only where the type says so, and an interface only where not.
export type FunctionCode =
  | LambdaHandler
  | (object & NoOptions)
  | (NoOptions & { readonly [member: string]: unknown })
  | string
  | number
  | boolean
  | null;

/** What has a `handler` is {@link FunctionOptions}, and checked as such. */
interface NoOptions {
  readonly handler?: never;
}

/** A function with settings. Names and units are those of Lambda's own configuration. */
export interface FunctionOptions {
  /** The code of `$LATEST`. */
  readonly handler: FunctionCode;
  /** Published versions: number to the code it was published with. */
  readonly versions?: Readonly<Record<string, FunctionCode>>;
  /** Alias to version: a number of `versions`, or `$LATEST`. */
  readonly aliases?: Readonly<Record<string, string | number>>;
  /** In seconds, above 0 up to 900. Default 3. Waiting for a slow reader does not count. */
  readonly timeout?: number;
  /** In MB, 128 to 10,240. Default 128. Shown to the function and in its log, not enforced. */
  readonly memorySize?: number;
  /**
   * What a stream of this function carries: `x-amzn-Remapped-Content-Type`, and the `Content-Type` of a streaming
   * function URL. Default `application/octet-stream`. A `streamifyResponse` handler says it by `setContentType`; an
   * ordinary result is always `application/json`.
   */
  readonly contentType?: string;
  /**
   * Reserved concurrency: how many invocations may run at once. One more is refused with 429
   * `TooManyRequestsException`; 0 refuses all. Default: no limit. An `Event` is never refused, but with 0 it does not run.
   */
  readonly concurrency?: number;
  /** How many synchronous invocations are refused with 429 before the first may run, counted anew after `reset`. Default 0. */
  readonly throttle?: number;
  /** What goes wrong with the answers to this function's callers: the same for all, or chosen for each. Default: nothing. */
  readonly faults?: FunctionFaults;
}

/**
 * What a test author writes for a function. An object with a `handler` member is {@link FunctionOptions}; any other
 * object is a value to answer with.
 */
export type FunctionDefinition = FunctionOptions | FunctionCode;

/** A function with everything normalised, as the operations use it. */
export interface FunctionEntry {
  readonly name: string;
  /** Of `$LATEST`. */
  readonly code: FunctionCode;
  /** Published versions (digits). `$LATEST` always exists and is not among them. */
  readonly versions: ReadonlyMap<string, FunctionCode>;
  /** Alias name to version. */
  readonly aliases: ReadonlyMap<string, string>;
  /** In seconds. */
  readonly timeout: number;
  /** In MB. */
  readonly memorySize: number;
  readonly contentType?: string;
  readonly concurrency?: number;
  readonly throttle?: number;
  readonly faults?: FunctionFaults;
  /** Aliases that go to another version now and then, `weight` (0 to 1) of the times. */
  readonly weights?: ReadonlyMap<string, { readonly version: string; readonly weight: number }>;
  /** Settings of published versions, where they have their own. */
  readonly published?: ReadonlyMap<string, { readonly timeout: number; readonly memorySize: number }>;
  /** Milliseconds since the epoch. Until then the function is `Pending` and cannot be invoked. */
  readonly activeAt?: number;
}

/** The function with the settings of one of its versions. */
export function atVersion(entry: FunctionEntry, version: string): FunctionEntry {
  const own = entry.published?.get(version);
  return own === undefined ? entry : { ...entry, timeout: own.timeout, memorySize: own.memorySize };
}

const settings = new Set<string>([
  "handler",
  "versions",
  "aliases",
  "timeout",
  "memorySize",
  "contentType",
  "concurrency",
  "throttle",
  "faults",
]);

/** The functions of one emulated Lambda. Definitions can be changed while it runs. */
export class Functions implements FunctionRegistry {
  readonly #initial: ReadonlyMap<string, FunctionEntry>;
  readonly #random: () => number;
  #current: Map<string, FunctionEntry>;

  /** @param random from 0 up to 1, for weighted aliases */
  constructor(definitions: Readonly<Record<string, FunctionDefinition>>, random: () => number) {
    this.#random = random;
    this.#initial = new Map(
      Object.entries(definitions).map(([name, definition]) => [name, functionEntry(name, definition)]),
    );
    this.#current = new Map(this.#initial);
  }

  find(name: string): FunctionEntry | undefined {
    return this.#current.get(name);
  }

  resolveVersion(entry: FunctionEntry, qualifier: string | undefined): string | undefined {
    if (qualifier === undefined || qualifier === "$LATEST") return "$LATEST";
    if (entry.versions.has(qualifier)) return qualifier;
    const other = entry.weights?.get(qualifier);
    return other !== undefined && this.#random() < other.weight ? other.version : entry.aliases.get(qualifier);
  }

  define(name: string, definition: FunctionDefinition): void {
    this.#current.set(name, functionEntry(name, definition));
  }

  all(): readonly FunctionEntry[] {
    return [...this.#current.values()];
  }

  put(entry: FunctionEntry): void {
    this.#current.set(entry.name, entry);
  }

  remove(name: string): void {
    this.#current.delete(name);
  }

  /** Back to the definitions of the beginning. */
  reset(): void {
    this.#current = new Map(this.#initial);
  }
}

/**
 * Normalises what a test author wrote.
 *
 * @throws {LambdaEmulatorError} `invalid_function`
 */
export function functionEntry(name: string, definition: FunctionDefinition): FunctionEntry {
  const refuse = (found: string, expected: string): never => {
    throw new LambdaEmulatorError(
      "invalid_function",
      `Defining the function ${JSON.stringify(name)}: found ${found}, expected ${expected}`,
    );
  };
  if (!/^[a-zA-Z0-9-_]{1,64}$/.test(name)) refuse("that name", "1 to 64 letters, digits, - and _");
  const options = isOptions(definition) ? definition : { handler: definition };
  for (const key of Object.keys(options)) {
    if (!settings.has(key)) refuse(`the setting ${JSON.stringify(key)}`, `one of ${[...settings].join(", ")}`);
  }
  const { handler, timeout = 3, memorySize = 128, contentType, concurrency, throttle, faults } = options;
  const versions = new Map(Object.entries(options.versions ?? {}));
  for (const [version, code] of [["$LATEST", handler] as const, ...versions]) {
    if (!/^(\$LATEST|[1-9][0-9]*)$/.test(version)) refuse(`the version ${JSON.stringify(version)}`, "a number from 1");
    if (!isCode(code)) refuse(`${kindOf(code)} as ${version}`, "a handler, a stream or a JSON value");
    const lost = functionIn(code);
    if (lost !== undefined) {
      refuse(`an object with the function ${JSON.stringify(lost)} as ${version}`, '"handler", or a JSON value');
    }
    if (isOneShot(code)) {
      refuse(`a stream that can be read only once as ${version}`, "a function that makes one for each invocation");
    }
  }
  const aliases = new Map(Object.entries(options.aliases ?? {}).map(([alias, version]) => [alias, String(version)]));
  for (const [alias, version] of aliases) {
    if (!/^(?!\d+$)[a-zA-Z0-9-_]{1,128}$/.test(alias)) {
      refuse(`the alias ${JSON.stringify(alias)}`, "1 to 128 letters, digits, - and _, not all digits");
    }
    if (version !== "$LATEST" && !versions.has(version)) {
      refuse(`the alias ${alias} of version ${version}`, `one of ${["$LATEST", ...versions.keys()].join(", ")}`);
    }
  }
  if (!(typeof timeout === "number" && timeout > 0 && timeout <= 900)) {
    refuse(`a timeout of ${shown(timeout)}`, "seconds above 0 up to 900");
  }
  if (!(Number.isInteger(memorySize) && memorySize >= 128 && memorySize <= 10_240)) {
    refuse(`a memorySize of ${memorySize}`, "whole MB from 128 to 10240");
  }
  if (contentType !== undefined && !/^[\x20-\x7e]+$/.test(contentType)) {
    refuse(`the contentType ${JSON.stringify(contentType)}`, "printable ASCII");
  }
  for (const [setting, value] of Object.entries({ concurrency, throttle })) {
    if (value === undefined || (Number.isInteger(value) && value >= 0) || value === Infinity) continue;
    refuse(`a ${setting} of ${shown(value)}`, "a whole number from 0");
  }
  return {
    name,
    code: handler,
    versions,
    aliases,
    timeout,
    memorySize,
    ...(contentType === undefined ? {} : { contentType }),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(throttle === undefined ? {} : { throttle }),
    ...(faults === undefined ? {} : { faults: checkedFaults(name, faults) }),
  };
}

function isOptions(definition: FunctionDefinition): definition is FunctionOptions {
  return typeof definition === "object" && definition !== null && Object.hasOwn(definition, "handler");
}

function isCode(value: unknown): boolean {
  if (typeof value === "object" && value !== null) return !("then" in value);
  return value !== undefined && typeof value !== "symbol" && typeof value !== "bigint";
}

/** The name of a function in a value to answer with: JSON leaves it out, so a setting or an export is meant. */
function functionIn(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null || "toJSON" in value || isStream(value)) return undefined;
  // Bytes have as many members, and a list of them took two hundred times the memory.
  if (ArrayBuffer.isView(value)) return undefined;
  const members = value as Record<string, unknown>;
  try {
    return Object.keys(members).find((name) => typeof members[name] === "function");
  } catch {
    return undefined; // What cannot be read is an error of the function when it is called.
  }
}

function kindOf(value: unknown): string {
  return typeof value === "object" ? "a promise" : value === undefined ? "undefined" : `a ${typeof value}`;
}
