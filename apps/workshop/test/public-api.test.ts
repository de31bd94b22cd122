/**
 * The public API of every published package, against the text in `apps/workshop/api`. A change that is meant is put there
 * by `npm run api:update`, so that it shows in the diff; users hear of it by a changeset.
 */
import { basename } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { describeApi, publishedPackages } from "../src/public-api.ts";
import type { PublishedPackage } from "../src/public-api.ts";

const packages = publishedPackages();
let described: ReadonlyMap<PublishedPackage, string>;
beforeAll(() => {
  described = describeApi(packages);
}, 120_000);

test.for(packages)("$name is what its users know (after a change on purpose: npm run api:update)", async (found) => {
  const text = described.get(found)!;
  for (const specifier of found.entryPoints.keys()) expect(text).toContain(`// ${specifier}\n\n`);
  await expect(text).toMatchFileSnapshot(found.snapshot);
});

test("every package has a snapshot of its own", () => {
  const names = packages.map(({ snapshot }) => basename(snapshot, ".txt"));
  expect(new Set(names).size).toBe(names.length);
  expect(names).toContain("codec");
});
