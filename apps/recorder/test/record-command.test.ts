import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { eventstream, start, tempDir } from "./eventstream.ts";
import { clientProgram, files, functions, workplace } from "./recording.ts";
import { own, ownEnvironment, upstreamLambda } from "./upstream-lambda.ts";

const env = ownEnvironment;

describe("record case 37: a command under the recorder", () => {
  test.each([
    ["its exit code", "process.exit(9)", 9],
    ["that of a shell for a signal", "process.kill(process.pid, 'SIGTERM')", 128 + 15],
    ["nothing that went wrong", "", 0],
  ])("decides the exit code: %s", async (_, script, code) => {
    const command = ["record", "--quiet", "--", process.execPath, "-e", script];
    expect(await eventstream(command, "", { cwd: tempDir(), env })).toMatchObject({ code, stdout: "", stderr: "" });
  });

  test.each([
    ["that is not there", "./no-such-command", 127],
    ["that cannot be executed", "./client.mjs", 126],
  ])("%s has the exit code of a shell", async (_, command, code) => {
    const run = await eventstream(["record", "--", command], "", { cwd: workplace(), env });
    expect(run).toMatchObject({ code, stdout: "" });
    expect(run.stderr).toContain(command);
  });

  test("beside which the recorder itself fails: 125, also when the command succeeds", async () => {
    const upstream = await upstreamLambda(functions);
    const cwd = workplace();
    writeFileSync(join(cwd, "cassettes"), "no folder");
    const command = ["record", "--upstream", upstream.url, "--", process.execPath, "client.mjs"];
    const run = await eventstream(command, "", { cwd, env });
    expect(run.code).toBe(125);
    expect(run.stdout).not.toBe("");
    expect(run.stderr).toContain("was not written");
  });

  test("dummy keys, no profile and no bearer token reach it, unless it shall keep its own", async () => {
    const upstream = await upstreamLambda(functions);
    const names = ["ACCESS_KEY_ID", "SESSION_TOKEN", "BEARER_TOKEN_BEDROCK", "REGION"].map((name) => `e.AWS_${name}`);
    const script = `const e = process.env; console.log(${names.join()})`;
    const run = (...options: string[]) =>
      eventstream(["record", "--upstream", upstream.url, ...options, "--", process.execPath, "-e", script], "", {
        cwd: tempDir(),
        env: { ...env, AWS_BEARER_TOKEN_BEDROCK: "bearer-of-tests" },
      });
    expect((await run()).stdout).toBe("AKIDEVENTSTREAM undefined undefined us-east-1\n");
    expect((await run("--region", "eu-west-1")).stdout).toBe("AKIDEVENTSTREAM undefined undefined us-east-1\n");
    expect((await run("--keep-credentials")).stdout).toBe(
      `${own.accessKeyId} ${own.sessionToken} bearer-of-tests us-east-1\n`,
    );
  });

  test("a command whose calls go elsewhere: which ones come here", async () => {
    const nothing = ["--", process.execPath, "-e", ""];
    const runs = [[], ["--service", "lambda,bedrock-runtime"], ["--quiet"]].map((options) =>
      eventstream(["record", ...options, ...nothing], "", { cwd: tempDir(), env }),
    );
    const [usual, bedrock, quiet] = await Promise.all(runs);
    expect(usual).toMatchObject({
      code: 0,
      stderr:
        "Nothing was recorded\nNo call came here. Clients that read AWS_ENDPOINT_URL_LAMBDA do; --service names more services\n",
    });
    expect(bedrock!.stderr).toContain("that read AWS_ENDPOINT_URL_LAMBDA, AWS_ENDPOINT_URL_BEDROCK_RUNTIME do;");
    expect(quiet!.stderr).toBe("");
  });

  test("two interrupts leave no child and no half-written file", async () => {
    const upstream = await upstreamLambda({
      // Streams for ever, and never says anything more.
      report: async function* () {
        yield "part";
        await new Promise(() => {});
      },
    });
    const cwd = workplace();
    // A child that does not listen to Ctrl-C.
    writeFileSync(
      join(cwd, "stubborn.mjs"),
      `process.on("SIGINT", () => {}); console.log(process.pid);${clientProgram}`,
    );
    const recorder = start(["record", "--upstream", upstream.url, "--", process.execPath, "stubborn.mjs"], {
      cwd,
      env,
    });
    const [, pid] = await recorder.until(/^(\d+)\n.+\n/);
    recorder.process.kill("SIGINT");
    recorder.process.kill("SIGTERM");
    const run = await recorder.done;
    expect(run.code).toBe(128 + 9);
    expect(() => process.kill(Number(pid), 0)).toThrow("ESRCH");
    expect(files(join(cwd, "cassettes")).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });
});
