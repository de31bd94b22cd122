import { expect, test } from "vitest";
import { toHex } from "./support/bytes.ts";
import { ownVectors } from "./support/vectors.ts";

/** What `conformance.mjs` is, which is JavaScript. */
interface Conformance {
  readonly conformance: (
    vectors: readonly object[],
  ) => Promise<{ readonly checks: number; readonly failures: readonly object[] }>;
}

// In every other runtime by `npm run test:runtimes`, and of the packed package.
test("what has to hold wherever JavaScript runs holds here", async () => {
  const file = new URL("../conformance/conformance.mjs", import.meta.url).href;
  const { conformance } = (await import(file)) as Conformance;
  const vectors = [...ownVectors("valid"), ...ownVectors("refused")].map((vector) =>
    Object.assign(vector, { hex: toHex(vector.bytes) }),
  );
  const { checks, failures } = await conformance(vectors);
  expect(failures).toEqual([]);
  expect(checks).toBeGreaterThan(1000);
});
