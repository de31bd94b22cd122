import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { comparison } from "../src/report.ts";

const demo = fileURLToPath(new URL("../src/demo.ts", import.meta.url));

async function runDemo(...args: string[]): Promise<{ code: number | null; stdout: string }> {
  const child = spawn(process.execPath, ["--conditions=@eventstream-kit/source", demo, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let stdout = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  const code = await new Promise<number | null>((resolve) => {
    child.on("close", resolve);
  });
  return { code, stdout };
}

describe.concurrent("npm run demo", { timeout: 60_000 }, () => {
  test("ends with equal rows and exit code 0", async (context) => {
    const { code, stdout } = await runDemo();
    context.expect(stdout).toContain("4 requests passed the signature check, 3 of them signed by the recorder");
    const hashes = stdout.match(/^(direct|through the recorder|replayed by msw|replayed on a socket) .*$/gm);
    context.expect(new Set(hashes?.map((row) => row.split(/ {2,}/).slice(1).join(" "))).size).toBe(1);
    context.expect(hashes).toHaveLength(4);
    // The secret was seen by the client, and is masked in the recording that is shown.
    context.expect(stdout).toContain('"Your key is AKIA5EXAM"');
    context.expect(stdout).toMatch(/^ {2}\{"k":"frame",.*"text":"Your key is (?!AKIA5EXAM)/m);
    context.expect(stdout).toMatch(/^ {2}chunks +\|/m);
    context.expect(stdout).toMatch(/Error: .*[Tt]runcated/);
    context.expect(code).toBe(0);
  });

  test("-- --tamper is noticed: exit code 1 and the line that is wrong", async (context) => {
    const { code, stdout } = await runDemo("--tamper");
    context.expect(stdout).toMatch(/✗ .*Cassette line \d+: end\.sha256/);
    context.expect(code).toBe(1);
  });

  test("-- --wrong-key is refused: exit code 1 while the recorder is still running, and nothing left behind", async (context) => {
    const { code, stdout } = await runDemo("--wrong-key");
    context.expect(stdout).toMatch(/✗ .*signature we calculated does not match/);
    context.expect(code).toBe(1);
  });
});

test("whatever differs from the first row is told", () => {
  const row = { where: "direct", status: 200, bytes: 3, sha256: "aa", chunks: [1, 2] };
  const { differences } = comparison([row, { ...row, where: "same" }, { ...row, where: "merged", chunks: [3] }]);
  expect(differences).toEqual(["merged: chunks is 3, expected 1,2"]);
});
