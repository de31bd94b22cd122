import { describe, expect, test } from "vitest";
import { formatCassette } from "@eventstream-kit/cassette";
import { cassetteFile, cassetteOf, exchangeOf } from "./cassettes.ts";
import { eventstream, type Run } from "./eventstream.ts";

const keyId = ["ASIAQX7R", "QUOTEDKEYID4"].join("");
/** No rule knows it. */
const own = "the-key-of-this-environment";
const env = { AWS_SECRET_ACCESS_KEY: own };
/** Begins a colour on a terminal, and on the next line a command to a build machine. */
const obeyed = "\u001b[31m\n::error::";

function expectNothing({ stdout, stderr }: Run): void {
  const said = stdout + stderr;
  expect(said).not.toContain(keyId);
  expect(said).not.toContain(own);
  expect(said).not.toContain("\u001b");
  expect(said).not.toMatch(/^::error/m);
}

describe("Who complains about an input quotes no secret of it, and nothing that is obeyed", () => {
  const chat = exchangeOf("chat", "Hello");
  const text = formatCassette(cassetteOf(chat));
  const quoted = `2020-01-01 (${keyId} ${own} ${obeyed})`;
  const damaged = text.replace('"POST"', JSON.stringify(quoted));

  test.each([
    [
      "a stale recording",
      formatCassette(cassetteOf({ ...chat, meta: { recordedAt: quoted } })),
      "it was recorded at 2020-",
    ],
    ["a line that is not as it should be", damaged, 'req.method is "2020-'],
  ])("check: %s", async (_name, given, message) => {
    const run = await eventstream(["check", cassetteFile(given), "--max-age", "1d"], "", { env });
    expect(run.stdout).toContain(message);
    expectNothing(run);
  });

  test("redact, of a cassette that it cannot read", async () => {
    const file = cassetteFile(damaged);
    const [names, json] = await Promise.all([
      eventstream(["redact", file], "", { env }),
      eventstream(["redact", "--json", file], "", { env }),
    ]);
    expect(names.stderr).toContain('req.method is "2020-');
    expect(json.stdout).toContain('req.method is \\"2020-');
    for (const run of [names, json]) expectNothing(run);
  });

  test("convert, of a recording of another tool", async () => {
    const yaml = `interactions:\n- request: {headers: {a: [${keyId} ${own} \u001b[31m}}\n`;
    const run = await eventstream(["convert", "--to", "cassette", "--from", "vcr", "--debug"], yaml, { env });
    expect(run.stderr).toContain("it is not YAML");
    expectNothing(run);
  });
});
