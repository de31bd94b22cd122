/**
 * Python's botocore drives `eventstream serve`: the very files that docs/guides/python.md shows. Debian's botocore is older
 * than the release of April 2023; the guide's `service-2.sdk-extras.json` has what it lacks.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { markdownBlocks } from "@eventstream-kit/workshop/markdown-blocks";
import { expect, test } from "vitest";
import { eventstream } from "./eventstream.ts";

const docs = resolve(import.meta.dirname, "../../../docs");
const cwd = join(docs, "python");
const blocks = markdownBlocks(join(docs, "guides/python.md"));

/** Debian's first: a Python of one's own may have a botocore of any age. */
function pythonWithBotocore(): string | undefined {
  return ["/usr/bin/python3", "python3"].find(
    (python) => spawnSync(python, ["-c", "import botocore.session"]).status === 0,
  );
}

/** What the guide shows below a program. */
function outputBelow(file: string): string | undefined {
  const program = blocks.findIndex(({ text }) => text === readFileSync(join(cwd, file), "utf8"));
  return blocks[program + 1]?.text;
}

test.each([
  ["js", "chat.mjs"],
  ["js", "cut.mjs"],
  ["python", "invoke.py"],
  ["python", "function_url.py"],
  ["json", "lambda/2015-03-31/service-2.sdk-extras.json"],
])("the guide shows, as %s, the %s that is run here", (language, file) => {
  const shown = blocks.filter((block) => block.language === language).map(({ text }) => text);
  expect(shown).toContain(readFileSync(join(cwd, file), "utf8"));
});

test("botocore invokes, reads streams, and leads a function URL through its life", async ({ skip }) => {
  const python = pythonWithBotocore();
  skip(python === undefined, "No python3 here has botocore (on Debian: apt-get install python3-botocore)");
  const functions = ["--function", "chat=chat.mjs", "--function", "cut=cut.mjs"];
  const run = (program: string) =>
    eventstream(["serve", ...functions, "--", python!, program], "", { cwd, env: { AWS_DATA_PATH: cwd } });
  const runs = await Promise.all([run("invoke.py"), run("function_url.py")]);
  expect(runs.map(({ code, stdout }) => [code, stdout])).toEqual([
    [0, outputBelow("invoke.py")],
    [0, outputBelow("function_url.py")],
  ]);
});
