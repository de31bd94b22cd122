/**
 * Every fault over every transport to every client, by the table that the guide shows. After a change that is meant,
 * `npm run fault-matrix` writes the tables anew.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseFault } from "@eventstream-kit/service";
import { afterAll, describe, expect, test } from "vitest";
import { mswVersion } from "../msw-version.ts";
import { cases } from "./cases.ts";
import type { Outcomes, Table } from "./guide.ts";
import { outcomeOf } from "./outcome.ts";
import { bytesOf, nameOf, rawWays, ways } from "./ways.ts";

const file = join(import.meta.dirname, `msw-${mswVersion}.json`);
const updating = process.env["FAULT_MATRIX"] === "update";
const table = updating ? {} : (JSON.parse(readFileSync(file, "utf8")) as Table);
const found: Record<string, Outcomes> = {};

/** An abort over fetch, the SDK's or plain, can get lost in undici's garbage collection (nodejs/undici#3644), msw or not. */
const forgetful = /fetch/;

afterAll(() => {
  if (updating) writeFileSync(file, JSON.stringify(found));
});

describe("what the client reports", () => {
  test.each(cases)("$name", { timeout: 60_000 }, async (given) => {
    const outcomes: Record<string, string[]> = {};
    for (const way of ways.filter(({ client }) => given.patience === undefined || !forgetful.test(client))) {
      await using scope = new AsyncDisposableStack();
      const outcome = await outcomeOf(await way.open(given, scope));
      (outcomes[outcome] ??= []).push(nameOf(way));
    }
    found[given.name] = outcomes;
    expect(Object.keys(outcomes).join()).not.toContain("hangs");
    expect(outcomes).toEqual(updating ? outcomes : table[given.name]);
  });

  test("of every fault there is", () => {
    // The kinds are in the error for a text that is none.
    const kinds = new Set(cases.flatMap(({ faults }) => faults.map((fault) => parseFault(fault).kind)));
    expect(() => parseFault("nonsense")).toThrow(
      expect.objectContaining({
        message: expect.toSatisfy((message: string) => {
          const examples = message.replace(/^.*expected one like /s, "").split(", ");
          return examples.every((example) => kinds.has(parseFault(example).kind));
        }),
      }),
    );
    expect(Object.keys(updating ? found : table)).toEqual(cases.map(({ name }) => name));
  });
});

describe("the bytes on the wire are the same every time", () => {
  const wholly = cases.filter(({ patience, faults }) => patience === undefined && !faults[0]?.startsWith("status"));

  test.each(wholly)("$name", async (given) => {
    const sent = await bytesOf(given);
    for (const way of [...rawWays, ...rawWays]) {
      await using scope = new AsyncDisposableStack();
      const read = await way.open(given, scope);
      const seen: string[] = [];
      await read({ events: seen, add: (bytes) => seen.push(bytes) }).catch(() => {});
      expect({ way: nameOf(way), bytes: seen.join("") }).toEqual({ way: nameOf(way), bytes: sent });
    }
  });
});
