import fs from "node:fs";
import { expect, test } from "vitest";
import { decodeEveryWay, refuseEveryWay } from "./support/every-way.ts";
import { ownVectors } from "./support/vectors.ts";
import { vectorFiles } from "./vectors/generate.ts";

test.each(ownVectors("valid"))("$name holds the message beside it", ({ bytes, message }) => {
  expect(decodeEveryWay(bytes)).toEqual(message);
});

test.each(ownVectors("refused"))("$name is refused: $code", ({ bytes, code }) => {
  expect(refuseEveryWay(bytes, code).messageIndex).toBe(0);
});

test("the files are what the script writes", () => {
  const folder = new URL("vectors/", import.meta.url);
  const files = vectorFiles();
  for (const { path, content } of files) {
    expect(fs.readFileSync(new URL(path, folder)).equals(Buffer.from(content as string))).toBe(true);
  }
  const present = ["valid", "refused"].flatMap((kind) => fs.readdirSync(new URL(`${kind}/`, folder)));
  expect(present).toHaveLength(files.length);
});
