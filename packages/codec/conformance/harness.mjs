/**
 * As much of a test framework as runs everywhere: counted comparisons, collected failures.
 *
 * @typedef {{ readonly group: string, readonly message: string }} Failure
 * @typedef {{ readonly checks: number, readonly failures: readonly Failure[], readonly facts: Readonly<Record<string, string>> }} Report
 */

import { toHex } from "./bytes.mjs";

/** Plain text of a value in which any difference shows: types of numbers, bytes, order of entries. */
export function show(value) {
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value !== "object" || value === null) return String(value);
  if (value instanceof Uint8Array) return `bytes ${toHex(value)}`;
  if (Array.isArray(value)) return `[${value.map(show).join(", ")}]`;
  if (Symbol.iterator in value) return `${value.constructor.name} ${show([...value])}`;
  const members = Object.entries(value).map(([name, member]) => `${name}: ${show(member)}`);
  return `{ ${members.join(", ")} }`;
}

export class Harness {
  #group = "";
  #checks = 0;
  #failures = [];
  #facts = {};
  /** Every error code that was met. */
  codes = new Set();

  /** Runs checks that belong together. What they throw is a failure, and the next group runs all the same. */
  async group(name, run) {
    this.#group = name;
    const before = this.#checks;
    try {
      await run();
    } catch (error) {
      this.#fail(`stopped: ${error?.stack ?? error}`);
    }
    if (this.#checks === before) this.#fail("nothing was checked");
  }

  equal(actual, expected, what = "value") {
    this.#checks += 1;
    const [found, wanted] = [show(actual), show(expected)];
    if (found !== wanted) this.#fail(`${what}: found ${found}, expected ${wanted}`);
  }

  /** Checks that `run` throws, or rejects with, an error of this class and code, and returns it. */
  async refused(ErrorClass, code, run) {
    this.#checks += 1;
    try {
      const value = await run();
      this.#fail(`found ${show(value)}, expected the error ${code}`);
      return undefined;
    } catch (error) {
      const right = error instanceof ErrorClass && error instanceof Error && error.code === code;
      if (!right) this.#fail(`found ${error?.code ?? ""} (${error?.stack ?? error}), expected the error ${code}`);
      else this.codes.add(code);
      return error;
    }
  }

  /** Something worth a column in the matrix. */
  fact(name, value) {
    this.#facts[name] = String(value);
  }

  /** @returns {Report} */
  report() {
    return { checks: this.#checks, failures: this.#failures, facts: this.#facts };
  }

  #fail(message) {
    this.#failures.push({ group: this.#group, message });
  }
}
