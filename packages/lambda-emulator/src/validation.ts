import { validationException } from "./lambda-error.ts";

/** A pattern as the service checks it and as it prints it. */
export interface MemberPattern {
  /** Anchored at both ends. */
  readonly pattern: RegExp;
  /** As printed in messages. */
  readonly text: string;
}

/** Bounds of a length or of a number, both inclusive. */
export interface Bounds {
  readonly min?: number;
  readonly max?: number;
}

/** A value as it can appear in a message. */
export type Shown = string | number | boolean | null | readonly string[];

/**
 * Collects the violations of one request, since the service reports all of them in one `ValidationException`. Members
 * are reported in the order they were checked. An absent (undefined) member violates nothing but `required`.
 */
export class Violations {
  readonly #found: string[] = [];

  /** Notes a violation: `value` at `path` violates `constraint`, which begins "Member must". */
  add(path: string, value: Shown, constraint: string): void {
    this.#found.push(`Value ${show(value)} at '${path}' failed to satisfy constraint: ${constraint}`);
  }

  /** A member that must be there. */
  required(path: string, value: unknown): void {
    if (value === undefined || value === null) this.add(path, null, "Member must not be null");
  }

  /** Text that must match as a whole. */
  pattern(path: string, value: string | undefined, { pattern, text }: MemberPattern): void {
    if (value === undefined || pattern.test(value)) return;
    this.add(path, value, `Member must satisfy regular expression pattern: ${text}`);
  }

  /** Text or a list of a limited length, in characters or items. */
  length(path: string, value: string | readonly string[] | undefined, { min, max }: Bounds): void {
    if (value === undefined) return;
    if (min !== undefined && value.length < min) {
      this.add(path, value, `Member must have length greater than or equal to ${min}`);
    }
    if (max !== undefined && value.length > max) {
      this.add(path, value, `Member must have length less than or equal to ${max}`);
    }
  }

  /** A number in a range. */
  range(path: string, value: number | undefined, { min, max }: Bounds): void {
    if (value === undefined) return;
    if (min !== undefined && value < min) {
      this.add(path, value, `Member must have value greater than or equal to ${min}`);
    }
    if (max !== undefined && value > max) this.add(path, value, `Member must have value less than or equal to ${max}`);
  }

  /** Text that must be one of the values. They are printed in the order given. */
  oneOf(path: string, value: string | undefined, values: readonly string[]): void {
    if (value === undefined || values.includes(value)) return;
    this.add(path, value, `Member must satisfy enum value set: [${values.join(", ")}]`);
  }

  /**
   * Ends the shape validation.
   *
   * @throws {LambdaError} `ValidationException` naming every violation, if there is one
   */
  throwIfAny(): void {
    const count = this.#found.length;
    if (count === 0) return;
    const errors = count === 1 ? "1 validation error" : `${count} validation errors`;
    throw validationException(`${errors} detected: ${this.#found.join("; ")}`);
  }
}

/** A value as the service prints it: quoted text, a Java list, null without quotes. */
function show(value: Shown): string {
  if (value === null) return "null";
  return typeof value === "object" ? `'[${value.join(", ")}]'` : `'${value}'`;
}
