import { LambdaError } from "./lambda-error.ts";

/**
 * The JSON body of a request, to be read member by member. An empty body is `{}`.
 *
 * @throws {LambdaError} `SerializationException` (400) when the body is not a JSON object, or later a member has another
 *   type than asked for. No capture shows this answer; the wording is ours.
 */
export function readMembers(bytes: Uint8Array): Members {
  return new Members(parse(bytes), "");
}

/** Lists and objects in each other. No operation has as many; and nothing that is nested as deep as calls are can be written again. */
const mostLevels = 1000;

function parse(bytes: Uint8Array): unknown {
  if (bytes.length === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw serializationException(`Could not parse request body into json: ${(error as Error).message}`);
  }
  if (!isNestedDeeper(value, mostLevels)) return value;
  throw serializationException(`Could not parse request body into json: it is nested deeper than ${mostLevels} levels`);
}

function isNestedDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((member) => isNestedDeeper(member, levels - 1));
}

/** A JSON object read member by member, each of an expected type. A `null` member is an absent one; others than asked for are ignored. */
export class Members {
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

  /** An object whose members are all of one type. */
  texted(name: string): Readonly<Record<string, string>> | undefined {
    return this.#read(name, "an object of strings", (value): value is Record<string, string> =>
      isMapOf(value, "string"),
    );
  }

  numbered(name: string): Readonly<Record<string, number>> | undefined {
    return this.#read(name, "an object of numbers", (value): value is Record<string, number> =>
      isMapOf(value, "number"),
    );
  }

  /** Bytes, as base64. */
  blob(name: string): Uint8Array | undefined {
    const text = this.#read(name, "base64", (value): value is string => typeof value === "string" && isBase64(value));
    return text === undefined ? undefined : new Uint8Array(Buffer.from(text, "base64"));
  }

  structure(name: string): Members | undefined {
    const value = this.#members.get(name) ?? undefined;
    return value === undefined ? undefined : new Members(value, this.#pathOf(name));
  }

  /** An object or list that is kept and given back as it came. */
  any(name: string): object | undefined {
    return this.#read(name, "an object", (value): value is object => typeof value === "object");
  }

  #read<T>(name: string, expected: string, isExpected: (value: unknown) => value is T): T | undefined {
    const value = this.#members.get(name) ?? undefined;
    if (value === undefined || isExpected(value)) return value;
    throw wrongType(this.#pathOf(name), value, expected);
  }

  #pathOf(name: string): string {
    return this.#path ? `${this.#path}.${name}` : name;
  }
}

/** Padded. Without repeated groups, of which a pattern has only so many for a text of megabytes. */
function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}

function isMapOf(value: unknown, type: "string" | "number"): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((member) => typeof member === type)
  );
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
export function present<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as never;
}
