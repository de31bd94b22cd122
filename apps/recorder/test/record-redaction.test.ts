import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { eventstream, start, tempDir, urlOf } from "./eventstream.ts";
import {
  cassetteIn,
  collect,
  files,
  functions,
  invoke,
  lambdaAt,
  recording,
  report,
  reportFile,
  workplace,
} from "./recording.ts";
import { authorization } from "./served-proxy.ts";
import { own, ownEnvironment, upstreamLambda } from "./upstream-lambda.ts";

const env = ownEnvironment;

describe("record case 22: a stream that holds one of the recorder's own credentials", () => {
  test.each([
    ["the secret key", own.secretAccessKey],
    ["the session token as hex", Buffer.from(own.sessionToken).toString("hex")],
    ["the key id in base64", Buffer.from(`x${own.accessKeyId}`).toString("base64")],
  ])("%s: exit 5, no file, the previous cassette untouched", async (_name, secret) => {
    const upstream = await upstreamLambda({
      report: async function* () {
        yield `the secret is ${secret}`;
      },
      clean: report,
    });
    const cwd = workplace();
    mkdirSync(join(cwd, "cassettes"));
    writeFileSync(join(cwd, "cassettes", reportFile), "previous");
    const run = await recording(["--upstream", upstream.url], cwd, async (url) => {
      // The client is not disturbed.
      expect(await collect(invoke(lambdaAt(url), "report"))).toEqual([`the secret is ${secret}`]);
      await collect(invoke(lambdaAt(url), "clean"));
    });
    expect(run.code).toBe(5);
    expect(readFileSync(join(cwd, "cassettes", reportFile), "utf8")).toBe("previous");
    expect(files(join(cwd, "cassettes"))).toEqual(["invoke-with-response-stream-clean.cassette.jsonl", reportFile]);
    expect(run.stderr).toContain(
      "The recording of lambda:InvokeWithResponseStream report was not written: it contains one of the recorder's own credentials",
    );
    // What is said of a call is what has become of it.
    expect(run.stderr).toContain("not recorded, secret_found  lambda:InvokeWithResponseStream report  200");
    expect(run.stderr.match(/^recorded .*/gm)).toEqual([
      expect.stringContaining("recorded  lambda:InvokeWithResponseStream clean  200"),
    ]);
    for (const value of Object.values(own)) expect(run.stdout + run.stderr).not.toContain(value);
  });

  test.each([
    ["the key id as it is", own.accessKeyId],
    ["the key id as hex", Buffer.from(own.accessKeyId).toString("hex")],
  ])("%s as the function's name: nothing that is printed shows it", async (_name, name) => {
    const upstream = await upstreamLambda({ [name]: report });
    const cwd = tempDir();
    const run = await recording(["--upstream", upstream.url], cwd, async (url) => {
      expect(await collect(invoke(lambdaAt(url), name))).toHaveLength(3);
      await expect(collect(invoke(lambdaAt(url), `${name}-other`))).rejects.toThrow("not found");
    });
    expect(run.code).toBe(5);
    expect(run.stdout + run.stderr).not.toContain(name);
    expect(run.stderr).toMatch(/\*{8}|a line that contained/);
    expect(files(join(cwd, "cassettes"))).toEqual([]);
  });

  test("a command that succeeds does not hide it", async () => {
    const upstream = await upstreamLambda({ report: async () => own.secretAccessKey });
    const cwd = workplace();
    const args = ["record", "--upstream", upstream.url, "--", process.execPath, "client.mjs"];
    const run = await eventstream(args, "", { cwd, env });
    expect(run.code).toBe(5);
    expect(files(join(cwd, "cassettes"))).toEqual([]);
  });
});

describe("What looks like a secret is masked", () => {
  const said = ["user ada@example.com, PIN 1234, token ", own.sessionToken.slice(0, 20), own.sessionToken.slice(20)];
  const secretive = {
    report: async function* (event: unknown) {
      yield* said;
      yield JSON.stringify(event);
    },
  };

  test("over frames, with rules of the user's, and replayed to who sends the secret again", async () => {
    const upstream = await upstreamLambda(secretive);
    const cwd = tempDir();
    const flags = ["--redact-json", "$.user.email", "--redact-regex", "PIN (\\d+)"];
    const payload = { user: { email: "ada@example.com" }, arn: "arn:aws:iam::123456789012:role/r" };
    const parts = [...said, JSON.stringify(payload)];
    const run = await recording(["--upstream", upstream.url, ...flags], cwd, async (url) => {
      // The client gets it all.
      expect(await collect(invoke(lambdaAt(url), "report", undefined, payload))).toEqual(parts);
    });
    expect(run.code).toBe(130);
    const text = readFileSync(join(cwd, "cassettes", reportFile), "utf8");
    for (const secret of [...said.slice(1), "1234", "123456789012"]) expect(text).not.toContain(secret);
    expect(text).toContain('"json":{"user":{"email":"XXXXXXXXXXXXXXX"},"arn":"arn:aws:iam::000000000000:role/r"}');
    expect(cassetteIn(join(cwd, "cassettes"), reportFile).exchanges[0]!.meta!["redacted"]).toMatchObject({
      "aws-session-token": 1,
      "aws-account-id": 2,
      pattern: 1,
      json: 2,
    });

    const replay = start(["replay", "--json", ...flags, "cassettes"], { cwd });
    const replayed = await collect(invoke(lambdaAt(await urlOf(replay)), "report", undefined, payload));
    expect(replayed.map(({ length }) => length)).toEqual(parts.map(({ length }) => length));
  });

  test("or the recording refused: exit 5, no file, and the client gets it all", async () => {
    const upstream = await upstreamLambda({
      report: async function* () {
        yield '{"email":"ada@example.com","rest":"';
        for (let sent = 0; sent < 9; sent++) yield "x".repeat(1_048_576);
        yield '"}';
      },
    });
    const cwd = tempDir();
    const run = await recording(["--upstream", upstream.url, "--redact-json", "$.email"], cwd, async (url) => {
      const got = (await collect(invoke(lambdaAt(url), "report"))).join("");
      expect(Object.keys(JSON.parse(got) as object)).toEqual(["email", "rest"]);
    });
    expect(run.code).toBe(5);
    expect(run.stderr).toContain("a document had not ended when 8388608 bytes were held");
    expect(existsSync(join(cwd, "cassettes", reportFile))).toBe(false);
  });

  test("not with --no-redact, and a wrong pattern is refused", async () => {
    const upstream = await upstreamLambda({ report: async () => "arn:aws:iam::123456789012:role/r" });
    const cwd = tempDir();
    await recording(["--upstream", upstream.url, "--no-redact"], cwd, async (url) => {
      await collect(invoke(lambdaAt(url), "report"));
    });
    expect(readFileSync(join(cwd, "cassettes", reportFile), "utf8")).toContain("123456789012");
    const refused = await eventstream(["record", "--redact-regex", "(a"], "", { cwd, env });
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("is no regular expression");
  });
});

test("Nothing of client or recorder that is secret is in a file", async () => {
  const upstream = await upstreamLambda(functions);
  const cwd = workplace();
  await eventstream(["record", "--upstream", upstream.url, "--", process.execPath, "client.mjs"], "", { cwd, env });
  const text = readFileSync(join(cwd, "cassettes", reportFile), "utf8");
  for (const value of Object.values(own)) expect(text).not.toContain(value);
  expect(text).not.toMatch(/authorization|x-amz-date|amz-sdk|user-agent|Signature=/i);
});

describe("A name that the user's pattern masks", () => {
  const customers = { "chat-ada-lovelace": report, "chat-ann-lovelace": report };
  const args = ["--redact-regex", "(?i)chat-(a\\w+)"];
  const name = "invoke-with-response-stream-chat-xxx-lovelace.cassette.jsonl";

  test("is in no name of a file and in no line, as it is in no path", async () => {
    const upstream = await upstreamLambda(customers);
    const cwd = tempDir();
    const record = (mode: string) =>
      recording(["--upstream", upstream.url, "--mode", mode, ...args], cwd, async (url) => {
        for (const customer of Object.keys(customers)) {
          expect(await collect(invoke(lambdaAt(url), customer))).toHaveLength(3);
        }
      });
    const run = await record("record");
    expect(run.stderr).toContain("recorded  lambda:InvokeWithResponseStream chat-XXX-lovelace  200");
    expect(files(join(cwd, "cassettes"))).toEqual([name]);
    const { exchanges } = cassetteIn(join(cwd, "cassettes"), name);
    const path = "/2021-11-15/functions/chat-XXX-lovelace/response-streaming-invocations";
    expect(exchanges.map(({ request }) => request.path)).toEqual([path, path]);

    // The same name finds it again.
    const again = await record("auto");
    expect(again.stderr).toContain(`replayed  POST ${path}`);
    expect(files(join(cwd, "cassettes"))).toEqual([name]);
    expect(run.stderr + again.stderr).not.toMatch(/ada|ann/i);
  });

  test("is masked with its percent-encoding undone", async () => {
    const upstream = await upstreamLambda({});
    const cwd = tempDir();
    await recording(["--upstream", upstream.url, "--redact-regex", "Ada Lovelace"], cwd, async (url) => {
      const target = "/2021-11-15/functions/Ada%20Lovelace/response-streaming-invocations";
      const response = await fetch(url + target, { method: "POST", headers: { authorization } });
      // Which is no name of a function, but a call all the same.
      expect(response.status).toBe(400);
    });
    const [file] = files(join(cwd, "cassettes"));
    expect(file).toMatch(/^invoke-with-response-stream-x+\.cassette\.jsonl$/);
  });
});
