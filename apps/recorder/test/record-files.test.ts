import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { InvokeWithResponseStreamCommand } from "@aws-sdk/client-lambda";
import { describe, expect, test } from "vitest";
import { eventstream, tempDir } from "./eventstream.ts";
import {
  cassetteIn,
  collect,
  files,
  functions,
  invoke,
  lambdaAt,
  recording,
  reportFile,
  workplace,
} from "./recording.ts";
import { ownEnvironment, upstreamLambda } from "./upstream-lambda.ts";

const env = ownEnvironment;

async function once(url: string): Promise<void> {
  await collect(invoke(lambdaAt(url), "report"));
}

async function twice(url: string): Promise<void> {
  const client = lambdaAt(url);
  await collect(invoke(client, "report"));
  await collect(invoke(client, "other"));
  await collect(invoke(client, "report"));
}

describe("Files and modes", () => {
  const both = { ...functions, other: () => "other" };

  test("one file for each function, with one block for each call; recording again replaces them", async () => {
    const upstream = await upstreamLambda(both);
    const cwd = tempDir();
    await recording(["--upstream", upstream.url], cwd, twice);
    const again = await recording(["--upstream", upstream.url], cwd, twice);
    expect(again.stderr).toContain(`unchanged  cassettes/${reportFile}  2 exchanges, but for time`);
    expect(files(join(cwd, "cassettes"))).toEqual(["invoke-with-response-stream-other.cassette.jsonl", reportFile]);
    expect(cassetteIn(join(cwd, "cassettes"), reportFile).exchanges).toHaveLength(2);
  });

  test("a title names one file for all, an --out file as well", async () => {
    const upstream = await upstreamLambda(both);
    const cwd = tempDir();
    await recording(["--upstream", upstream.url, "--title", "Two reports, happy path"], cwd, twice);
    await recording(["--upstream", upstream.url, "--out", "one.cassette.jsonl"], cwd, twice);
    expect(files(join(cwd, "cassettes"))).toEqual(["two-reports-happy-path.cassette.jsonl"]);
    const { header, exchanges } = cassetteIn(join(cwd, "cassettes"), "two-reports-happy-path.cassette.jsonl");
    expect(header.title).toBe("Two reports, happy path");
    expect(exchanges.map(({ request }) => /functions\/(\w+)/.exec(request.path)![1])).toEqual([
      "report",
      "other",
      "report",
    ]);
    expect(cassetteIn(cwd, "one.cassette.jsonl").exchanges).toHaveLength(3);
  });

  test("--mode new calls only what is not recorded, and adds it", async () => {
    const upstream = await upstreamLambda(both);
    const cwd = tempDir();
    const args = ["--upstream", upstream.url, "--out", "all.cassette.jsonl"];
    await recording(args, cwd, once);
    const before = readFileSync(join(cwd, "all.cassette.jsonl"), "utf8");
    const run = await recording([...args, "--mode", "new"], cwd, twice);
    expect(upstream.invocations()).toBe(2);
    expect(run.stderr.match(/^replayed /gm)).toHaveLength(2);
    expect(readFileSync(join(cwd, "all.cassette.jsonl"), "utf8").startsWith(before)).toBe(true);
    expect(cassetteIn(cwd, "all.cassette.jsonl").exchanges).toHaveLength(2);
  });

  test("--mode auto records what has no file, and answers the rest from the files only", async () => {
    const upstream = await upstreamLambda(both);
    const cwd = tempDir();
    const args = ["--upstream", upstream.url, "--mode", "auto"];
    await recording(args, cwd, once);
    await recording(args, cwd, twice);
    expect(upstream.invocations()).toBe(2);
    const miss = await recording(args, cwd, async (url) => {
      const client = lambdaAt(url);
      const command = new InvokeWithResponseStreamCommand({ FunctionName: "report", Payload: Buffer.from('{"id":8}') });
      await expect(client.send(command)).rejects.toThrow("No recording matches");
    });
    expect(miss.code).toBe(6);
    expect(miss.stderr).toContain("No recording matches");
    expect(miss.stderr).not.toContain("replayed");
    expect(upstream.invocations()).toBe(2);
  });

  test("a file that is no cassette is said so, and left alone: exit 4", async () => {
    const upstream = await upstreamLambda(both);
    const cwd = tempDir();
    mkdirSync(join(cwd, "cassettes"));
    writeFileSync(join(cwd, "cassettes", reportFile), "nonsense\n");
    const args = ["--upstream", upstream.url, "--mode"];
    const auto = await recording([...args, "auto"], cwd, async (url) => {
      await expect(once(url)).rejects.toThrow("line 1");
    });
    const none = await eventstream(["record", ...args, "new"], "", { cwd, env });
    for (const run of [auto, none]) {
      expect(run.code).toBe(4);
      expect(run.stderr).toContain(reportFile);
      expect(run.stderr).not.toContain("Unexpected failure");
    }
    expect(readFileSync(join(cwd, "cassettes", reportFile), "utf8")).toBe("nonsense\n");
    expect(upstream.invocations()).toBe(0);
  });

  test("record case 31: CI does not record unless the mode is said", async () => {
    const upstream = await upstreamLambda(functions);
    const cwd = workplace();
    const args = ["record", "--upstream", upstream.url];
    const child = ["--", process.execPath, "client.mjs"];
    const refused = await eventstream([...args, ...child], "", { cwd, env: { ...env, CI: "true" } });
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    expect(refused.stderr).toContain("--mode record");
    expect(upstream.invocations()).toBe(0);
    expect(files(cwd)).toEqual(["client.mjs"]);
    for (const asked of [
      eventstream([...args, "--mode", "record", ...child], "", { cwd, env: { ...env, CI: "true" } }),
      eventstream([...args, ...child], "", { cwd, env: { ...env, CI: "true", EVENTSTREAM_MODE: "record" } }),
    ]) {
      expect(await asked).toMatchObject({ code: 0 });
    }
  });
});

test("A file of more than 10 MiB is not written, and what would write it is said", async () => {
  const upstream = await upstreamLambda({ report: () => Array.from({ length: 400 }, (_, n) => `${n}`.padEnd(30_000)) });
  const cwd = tempDir();
  const run = await recording(["--upstream", upstream.url, "--no-redact"], cwd, once);
  expect(run.code).toBe(1);
  expect(run.stderr).toContain("not recorded, write_failed  lambda:InvokeWithResponseStream report");
  const error = /error: The recording of .* was not written: .*10485760.*\n(.*)\n/.exec(run.stderr);
  expect(error?.[1]).toBe("Say --large to write it all the same");
  expect(files(join(cwd, "cassettes"))).toEqual([]);
});
