/**
 * Python's botocore drives `eventstream serve`: the very files that docs/guides/python.md shows. Debian's botocore is older
 * than the release of April 2023; the guide's `service-2.sdk-extras.json` has what it lacks.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { eventstream } from "./eventstream.ts";
import { guideBlocks, noBotocore, outputBelow, pythonFiles as cwd, pythonWithBotocore } from "./python-guide.ts";

test.each([
  ["js", "chat.mjs"],
  ["js", "cut.mjs"],
  ["python", "invoke.py"],
  ["python", "function_url.py"],
  ["json", "lambda/2015-03-31/service-2.sdk-extras.json"],
])("the guide shows, as %s, the %s that is run here", (language, file) => {
  const shown = guideBlocks.filter((block) => block.language === language).map(({ text }) => text);
  expect(shown).toContain(readFileSync(join(cwd, file), "utf8"));
});

test("botocore invokes, reads streams, and leads a function URL through its life", async ({ skip }) => {
  const python = pythonWithBotocore();
  skip(python === undefined, noBotocore);
  const functions = ["--function", "chat=chat.mjs", "--function", "cut=cut.mjs"];
  const run = (program: string) =>
    eventstream(["serve", ...functions, "--", python!, program], "", { cwd, env: { AWS_DATA_PATH: cwd } });
  const runs = await Promise.all([run("invoke.py"), run("function_url.py")]);
  expect(runs.map(({ code, stdout }) => [code, stdout])).toEqual([
    [0, outputBelow("invoke.py")],
    [0, outputBelow("function_url.py")],
  ]);
});
