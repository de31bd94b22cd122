import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { InvokeWithResponseStreamCommand, LambdaClient } from "@aws-sdk/client-lambda";
import type { Reply, Service } from "@eventstream-kit/service";
import { serve } from "@eventstream-kit/service/node";
import { describe, expect, test } from "vitest";
import { credentialSource } from "../src/credential-source.ts";
import { credentialsRefusal } from "../src/credentials-refusal.ts";
import { eventstream, start, tempDir, urlOf, type Run } from "./eventstream.ts";
import { own, ownEnvironment, upstreamLambda } from "./upstream-lambda.ts";

const noKeys = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined, AWS_REGION: "us-east-1" };

/** Invokes the function once through `eventstream record`, which is then stopped as by Ctrl-C. */
async function recordOnce(
  upstream: string,
  env: Record<string, string | undefined>,
): Promise<Run & { answer: string }> {
  const recorder = start(["record", "--json", "--upstream", upstream], { env, cwd: tempDir() });
  const client = new LambdaClient({ endpoint: await urlOf(recorder), region: "us-east-1", maxAttempts: 1 });
  const answer = await client.send(new InvokeWithResponseStreamCommand({ FunctionName: "report" })).then(
    async ({ EventStream }) => {
      const parts: string[] = [];
      for await (const { PayloadChunk } of EventStream!)
        parts.push(Buffer.from(PayloadChunk?.Payload ?? []).toString());
      return parts.join("");
    },
    (error: Error) => error.name,
  );
  client.destroy();
  recorder.process.kill("SIGINT");
  return { ...(await recorder.done), answer };
}

/** AWS in a bad mood: it refuses, and quotes everything it was sent. */
function refusing(name: string, date?: Date): Service {
  return {
    handle: ({ headers }) => {
      const body = new TextEncoder().encode(JSON.stringify({ message: `Refused: ${JSON.stringify(headers)}` }));
      const lines: Reply["headers"] = [
        ["content-type", "application/json"],
        ["x-amzn-errortype", `${name}:http://internal.amazon.com/coral/`],
        ...(date ? [["date", date.toUTCString()] as const] : []),
      ];
      return Promise.resolve({ status: 403, headers: lines, body: [body] });
    },
  };
}

const minutesFromNow = (minutes: number) => new Date(Date.now() + minutes * 60_000);

describe("record case 15: credentials", () => {
  test("with a session token are accepted, and so are those of SSO", async () => {
    const upstream = await upstreamLambda({ report: () => "whole" });
    await using portal = await serve(ssoPortal());
    const runs = [
      await recordOnce(upstream.url, ownEnvironment),
      await recordOnce(upstream.url, ssoEnvironment({ portal: portal.url, expires: minutesFromNow(60) })),
    ];
    for (const run of runs) {
      expect(run.answer).toBe('"whole"');
      expect(run.code).toBe(130);
      expect(run.stderr).toContain("recorded  lambda:InvokeWithResponseStream report  200");
      expectNoValue(run);
    }
    expect(upstream.refusals).toEqual([]);
  });

  test("of an SSO session that has ended: exit 7 before anything listens, with the profile and what to do", async () => {
    const env = ssoEnvironment({ portal: "http://127.0.0.1:9", expires: minutesFromNow(-1) });
    const run = await eventstream(["record"], "", { env, cwd: tempDir() });
    expect(run).toMatchObject({ code: 7, stdout: "" });
    expect(run.stderr).toMatch(/^error: No AWS credentials to sign with: .*SSO session run '?aws sso login/m);
    expect(run.stderr).toContain("Looked for profile dev");
    expectNoValue(run);
  });

  test("that say when they have expired: exit 7 before anything listens, with the time and the source", async () => {
    const env = { ...ownEnvironment, AWS_CREDENTIAL_EXPIRATION: "2026-01-02T03:04:05Z" };
    const run = await eventstream(["record"], "", { env, cwd: tempDir() });
    expect(run).toMatchObject({ code: 7, stdout: "" });
    expect(run.stderr).toContain(
      "error: The AWS credentials from the environment (AWS_ACCESS_KEY_ID) expired at 2026-01-02T03:04:05.000Z",
    );
    expectNoValue(run);
  });

  test.each([
    ["that have expired", "ExpiredTokenException", 0, "the session token has expired. The credentials are from "],
    ["behind a slow clock", "InvalidSignatureException", 20, "this machine's clock is 20 minutes behind AWS's. "],
  ])("%s are refused by AWS: exit 7, with cause and source", async (_name, error, ahead, reason) => {
    await using upstream = await serve(refusing(error, minutesFromNow(ahead)));
    const run = await recordOnce(upstream.url, ownEnvironment);
    expect(run).toMatchObject({ code: 7, answer: error });
    expect(run.stderr).toMatch(/^error: AWS refused the recorder's own signature, 403 /m);
    expect(run.stderr).toContain(reason);
    expect(run.stderr).toContain("from the environment (AWS_ACCESS_KEY_ID)");
    expect(run.stderr).toContain("Nothing was recorded");
    expectNoValue(run);
  });
});

function expectNoValue({ stdout, stderr }: Run): void {
  for (const value of Object.values(own)) expect(stdout + stderr).not.toContain(value);
}

/** The service that gives SSO users the credentials of a role. */
function ssoPortal(): Service {
  return {
    handle: () => {
      const roleCredentials = { ...own, expiration: minutesFromNow(60).getTime() };
      const body = new TextEncoder().encode(JSON.stringify({ roleCredentials }));
      return Promise.resolve({ status: 200, headers: [["content-type", "application/json"]], body: [body] });
    },
  };
}

/** A profile `dev` of somebody who has logged in by `aws sso login`. */
function ssoEnvironment({ portal, expires }: { portal: string; expires: Date }): Record<string, string | undefined> {
  const home = tempDir();
  const cache = join(home, ".aws/sso/cache");
  mkdirSync(cache, { recursive: true });
  const token = { accessToken: "token-of-the-sso-session", expiresAt: expires.toISOString() };
  writeFileSync(join(cache, `${createHash("sha1").update("office").digest("hex")}.json`), JSON.stringify(token));
  const config = join(home, "config");
  writeFileSync(
    config,
    `[profile dev]
sso_session = office
sso_account_id = 123456789012
sso_role_name = developer
services = here
[sso-session office]
sso_start_url = https://office.awsapps.com/start
sso_region = us-east-1
[services here]
sso =
  endpoint_url = ${portal}
`,
  );
  return { ...noKeys, AWS_PROFILE: "dev", AWS_CONFIG_FILE: config, HOME: home };
}

describe("What AWS refuses", () => {
  const now = new Date("2026-11-23T05:00:00Z");
  const refusal = (status: number, name: string, date?: string, source?: string) => {
    const headers = [["x-amzn-errortype", name] as const, ...(date === undefined ? [] : [["date", date] as const])];
    return credentialsRefusal({ status, headers }, source, now)?.message;
  };

  test.each([
    ["UnrecognizedClientException", undefined, "AWS does not know the key, or the session token is not its own"],
    ["InvalidSignatureException", undefined, "the secret key is not the one of the key id"],
    ["SignatureDoesNotMatch", "Mon, 23 Nov 2026 04:56:00 GMT", "the secret key is not the one of the key id"],
    ["SignatureDoesNotMatch", "Mon, 23 Nov 2026 04:50:00 GMT", "this machine's clock is 10 minutes ahead of AWS's"],
    ["RequestTimeTooSkewed", "Mon, 23 Nov 2026 06:00:00 GMT", "this machine's clock is 60 minutes behind AWS's"],
    ["ExpiredTokenException", "Mon, 23 Nov 2026 06:00:00 GMT", "the session token has expired"],
  ])("%s at %s: %s", (name, date, reason) => {
    expect(refusal(403, name, date, "profile dev")).toBe(
      `AWS refused the recorder's own signature, 403 ${name}: ${reason}. The credentials are from profile dev`,
    );
    expect(refusal(403, name, date)?.endsWith(`: ${reason}`)).toBe(true);
  });

  test("is none of that when it is about something else", () => {
    expect(refusal(403, "AccessDeniedException")).toBeUndefined();
    expect(refusal(200, "ExpiredTokenException")).toBeUndefined();
    expect(refusal(400, "constructor")).toBeUndefined();
  });
});

test.each([
  [{ CREDENTIALS_ENV_VARS: "g" }, "the environment (AWS_ACCESS_KEY_ID)"],
  [{ CREDENTIALS_PROFILE_SSO: "r", CREDENTIALS_SSO: "s" }, "SSO (profile dev)"],
  [{ CREDENTIALS_PROFILE: "n" }, "profile dev"],
  [
    { CREDENTIALS_PROFILE_SOURCE_PROFILE: "o", CREDENTIALS_PROFILE: "n", CREDENTIALS_STS_ASSUME_ROLE: "i" },
    "the role of profile dev",
  ],
  [{ CREDENTIALS_PROFILE_PROCESS: "v", CREDENTIALS_PROCESS: "w" }, "the credential process of profile dev"],
  [{ CREDENTIALS_HTTP: "z" }, "the container"],
  [{ CREDENTIALS_IMDS: "0" }, "the instance"],
  [{}, undefined],
  [undefined, undefined],
])("Credentials noted as %j are from %s", ($source, words) => {
  expect(credentialSource($source === undefined ? {} : { $source }, "dev")).toBe(words);
});
