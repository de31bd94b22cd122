import { LambdaError } from "../lambda-error.ts";
import type { Cors } from "./url-config.ts";

/** The body of Create and Update, of the right types and not yet checked for its values. */
export interface UrlConfigBody {
  readonly authType?: string;
  /** An empty structure is not the same as an absent one: see the operations. */
  readonly cors?: Cors;
  readonly invokeMode?: string;
}

/**
 * Reads the JSON body of Create and Update. An empty body is `{}`, a `null` member is an absent one, unknown members are
 * ignored.
 *
 * @throws {LambdaError} `SerializationException` (400) when the body is not JSON, or a member has another type. No
 *   capture shows this answer; the wording is ours.
 */
export function readUrlConfigBody(bytes: Uint8Array): UrlConfigBody {
  const body = new Members(parse(bytes), "");
  return present({ authType: body.text("AuthType"), cors: readCors(body), invokeMode: body.text("InvokeMode") });
}

function readCors(body: Members): Cors | undefined {
  const cors = body.structure("Cors");
  return (
    cors &&
    present({
      AllowCredentials: cors.boolean("AllowCredentials"),
      AllowHeaders: cors.texts("AllowHeaders"),
      AllowMethods: cors.texts("AllowMethods"),
      AllowOrigins: cors.texts("AllowOrigins"),
      ExposeHeaders: cors.texts("ExposeHeaders"),
      MaxAge: cors.integer("MaxAge"),
    })
  );
}

function parse(bytes: Uint8Array): unknown {
  if (bytes.length === 0) return {};
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw serializationException(`Could not parse request body into json: ${(error as Error).message}`);
  }
}

/** A JSON object read member by member, each of an expected type. */
class Members {
  readonly #members: Map<string, unknown>;
  readonly #path: string;

  constructor(value: unknown, path: string) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw wrongType(path || "The request body", value, "an object");
    }
    this.#members = new Map(Object.entries(value));
    this.#path = path;
  }

  text(name: string): string | undefined {
    return this.#read(name, "a string", (value) => typeof value === "string");
  }

  boolean(name: string): boolean | undefined {
    return this.#read(name, "a boolean", (value) => typeof value === "boolean");
  }

  integer(name: string): number | undefined {
    return this.#read(name, "an integer", (value): value is number => Number.isSafeInteger(value));
  }

  texts(name: string): readonly string[] | undefined {
    return this.#read(
      name,
      "a list of strings",
      (value): value is readonly string[] => Array.isArray(value) && value.every((item) => typeof item === "string"),
    );
  }

  structure(name: string): Members | undefined {
    const value = this.#members.get(name) ?? undefined;
    return value === undefined ? undefined : new Members(value, `${this.#path}${name}`);
  }

  #read<T>(name: string, expected: string, isExpected: (value: unknown) => value is T): T | undefined {
    const value = this.#members.get(name) ?? undefined;
    if (value === undefined || isExpected(value)) return value;
    throw wrongType(this.#path ? `${this.#path}.${name}` : name, value, expected);
  }
}

function wrongType(what: string, value: unknown, expected: string): LambdaError {
  const found = JSON.stringify(value);
  return serializationException(
    `${what} is ${found.length > 100 ? `${found.slice(0, 100)}…` : found}; expected ${expected}`,
  );
}

function serializationException(message: string): LambdaError {
  return new LambdaError({ status: 400, type: "SerializationException", message, messageKey: "message", members: {} });
}

/** The same object without the members that are undefined. */
function present<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as never;
}
