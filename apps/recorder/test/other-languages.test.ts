/**
 * SDKs of other languages in front of `eventstream record` and `eventstream replay`: the program of docs/guides/python.md
 * prints what it prints when it talks to the emulator itself, which python.test.ts shows.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { loadCassettes } from "@eventstream-kit/cassette/node";
import type { FunctionDefinition } from "@eventstream-kit/lambda-emulator";
import { describe, expect, test } from "vitest";
import { eventstream, tempDir } from "./eventstream.ts";
import { noBotocore, outputBelow, pythonFiles, pythonWithBotocore } from "./python-guide.ts";
import { ownEnvironment, upstreamLambda } from "./upstream-lambda.ts";

const program = join(pythonFiles, "invoke.py");

/** The functions of the guide. */
async function functions(): Promise<Record<string, FunctionDefinition>> {
  const { handler: chat } = (await import(join(pythonFiles, "chat.mjs"))) as { handler: FunctionDefinition };
  const { default: cut } = (await import(join(pythonFiles, "cut.mjs"))) as { default: FunctionDefinition };
  return { chat, cut };
}

describe("record case 13: clients of other languages, recorded and replayed", () => {
  test.for([
    ["Python, botocore", undefined],
    ["Go", "Debian's AWS SDK for Go is older than InvokeWithResponseStream"],
    ["Java", "AWS's SDK for Java is in no registry that tests install from"],
    ["Rust", "AWS's SDK for Rust is in no registry that tests install from"],
  ] as const)("%s: the same events and errors", { timeout: 60_000 }, async ([, why], { skip }) => {
    skip(why !== undefined, why);
    const python = pythonWithBotocore();
    skip(python === undefined, noBotocore);
    const cwd = tempDir();
    const env = { AWS_DATA_PATH: pythonFiles };
    const expected = { code: 0, stdout: outputBelow("invoke.py") };

    const upstream = await upstreamLambda(await functions());
    const record = ["record", "--upstream", upstream.url, "--", python!, program];
    const recorded = await eventstream(record, "", { cwd, env: { ...env, ...ownEnvironment } });
    expect(recorded).toMatchObject(expected);
    // An independent verifier has accepted what the recorder signed in botocore's place.
    expect(upstream.refusals).toEqual([]);
    expect(upstream.invocations()).toBe(3);
    expect(readdirSync(join(cwd, "cassettes")).sort()).toEqual([
      "invoke-chat.cassette.jsonl",
      "invoke-with-response-stream-chat.cassette.jsonl",
      "invoke-with-response-stream-cut.cassette.jsonl",
      "invoke-with-response-stream-missing.cassette.jsonl",
    ]);
    expect((await loadCassettes(join(cwd, "cassettes"))).map(({ exchanges }) => exchanges.length)).toEqual([
      1, 1, 1, 1,
    ]);

    const replayed = await eventstream(["replay", "cassettes", "--", python!, program], "", { cwd, env });
    // But for the account, which no recording keeps.
    expect(replayed).toMatchObject({ code: 0, stdout: expected.stdout!.replace("123456789012", "000000000000") });
    expect(upstream.invocations()).toBe(3);
  });
});
