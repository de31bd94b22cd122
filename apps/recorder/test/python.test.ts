/**
 * Python's botocore drives `eventstream serve`: the very files that docs/guides/python.md shows. Debian's botocore is older
 * than the release of April 2023; the guide's `service-2.sdk-extras.json` has what it lacks.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { markdownBlocks } from "@eventstream-kit/workshop/markdown-blocks";
import { expect, test } from "vitest";
import { eventstream, tempDir } from "./eventstream.ts";
import { ownEnvironment, upstreamLambda } from "./upstream-lambda.ts";
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

test("botocore is recorded and replayed by the program of docs/guides/record-from-python.md", async ({ skip }) => {
  const python = pythonWithBotocore();
  skip(python === undefined, noBotocore);
  const guide = markdownBlocks(join(cwd, "../guides/record-from-python.md"));
  const program = guide.findIndex(({ text }) => text === readFileSync(join(cwd, "record.py"), "utf8"));
  const output = guide.slice(program).find(({ language }) => language === "text")!.text;

  const upstream = await upstreamLambda({
    chat: async function* (event: { name: string }) {
      yield `Hello, ${event.name}.`;
      yield "How are you?";
    },
  });
  const out = tempDir();
  const env = { ...ownEnvironment, AWS_DATA_PATH: cwd };
  const recorded = await eventstream(
    ["record", "--upstream", upstream.url, "--out", out, "--", python!, "record.py"],
    "",
    { cwd, env },
  );
  expect(recorded).toMatchObject({ code: 0, stdout: output });
  expect(upstream.refusals).toEqual([]);
  const replayed = await eventstream(["replay", out, "--", python!, "record.py"], "", { cwd, env });
  expect(replayed).toMatchObject({ code: 0, stdout: output });
  expect(upstream.invocations()).toBe(1);
});
