/**
 * Every TypeScript block of every README and guide is a whole module: it must type-check as strictly as our own
 * sources, and run. A block that imports vitest runs as a test file. Any other runs as a script, and when a `text`
 * block follows directly, that is its expected output.
 */
import { execFile } from "node:child_process";
import { cpSync, globSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { markdownBlocks } from "@eventstream-kit/workshop/markdown-blocks";
import { beforeAll, expect, test } from "vitest";

const root = resolve(import.meta.dirname, "../..");
const work = join(root, ".cache/examples");
const exec = promisify(execFile);
const conditions = "--conditions=@eventstream-kit/source";

interface Example {
  readonly where: string;
  readonly file: string;
  readonly text: string;
  readonly isTest: boolean;
  readonly output: string | undefined;
}

const examples: Example[] = [];
for (const path of globSync(["README.md", "packages/*/README.md", "apps/*/README.md", "docs/guides/*.md"], {
  cwd: root,
})) {
  const blocks = markdownBlocks(join(root, path));
  for (const [index, { language, text, line }] of blocks.entries()) {
    if (language !== "ts") continue;
    const next = blocks[index + 1];
    const isTest = /from "vitest"/.test(text);
    const slug = `${path.replaceAll(/[^a-z0-9]+/gi, "-")}-${line}`;
    examples.push({
      where: `${path}:${line}`,
      file: join(work, `${slug}${isTest ? ".test" : ""}.ts`),
      text,
      isTest,
      output: next?.language === "text" ? next.text : undefined,
    });
  }
}

/** Runs a program of the project; its whole output is the error when it fails. */
async function run(args: readonly string[]): Promise<string> {
  try {
    const env = { ...process.env, NO_COLOR: "1" };
    const { stdout } = await exec(process.execPath, args, { cwd: root, env, timeout: 120_000 });
    return stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`${args.join(" ")}\n${stdout ?? ""}${stderr ?? ""}`, { cause: error });
  }
}

beforeAll(() => {
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  // What the tests among the examples have recorded.
  cpSync(join(root, "docs/guides/cassettes"), join(work, "cassettes"), { recursive: true });
  for (const { file, text } of examples) writeFileSync(file, text);
  const tsconfig = {
    extends: "../../tsconfig.json",
    compilerOptions: { moduleDetection: "force", noUnusedLocals: true, lib: ["ESNext", "DOM"] },
    include: ["*.ts"],
    exclude: [],
  };
  writeFileSync(join(work, "tsconfig.json"), JSON.stringify(tsconfig));
  writeFileSync(
    join(work, "vitest.config.mjs"),
    // Not isolated: each example would load the AWS SDK anew, which takes longer than all that they test.
    `const conditions = ["@eventstream-kit/source"];
     export default { resolve: { conditions }, ssr: { resolve: { conditions, externalConditions: conditions } }, test: { include: ["*.test.ts"], isolate: false } };`,
  );
});

test("there are examples, one in every README", () => {
  const readmes = globSync(["README.md", "packages/*/README.md", "apps/recorder/README.md"], { cwd: root });
  expect(readmes).toHaveLength(7);
  for (const readme of readmes) expect(examples.map((example) => example.where.split(":")[0])).toContain(readme);
});

test("all examples type-check", { timeout: 120_000 }, async () => {
  expect(await run([join(root, "node_modules/typescript/bin/tsc"), "-p", join(work, "tsconfig.json")])).toBe("");
});

test("the README example has at most 20 lines", () => {
  const first = examples.find((example) => example.where.startsWith("README.md:"));
  expect(first?.text.trimEnd().split("\n").length).toBeLessThanOrEqual(20);
});

const scripts = examples.filter((example) => !example.isTest);

test.for(scripts)("$where runs", { timeout: 120_000, concurrent: true }, async ({ file, output }, context) => {
  await context.expect(run([conditions, file])).resolves.toEqual(output ?? context.expect.any(String));
});

test("examples that are tests pass", { timeout: 120_000 }, async () => {
  expect(examples.some((example) => example.isTest)).toBe(true);
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  await run([vitest, "run", "--root", work, "--config", join(work, "vitest.config.mjs")]);
});
