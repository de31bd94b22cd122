import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { serve } from "@eventstream-kit/service/node";
import { describe, expect, test } from "vitest";
import { credentialsSource } from "../src/doctor/credentials-source.ts";
import { eventstream, tempDir, type RunOptions } from "./eventstream.ts";

interface Check {
  readonly name: string;
  readonly status: string;
  readonly message: string;
}

async function diagnosed(args: readonly string[], options: RunOptions = {}) {
  const run = await eventstream(["doctor", "--json", ...args], "", { cwd: tempDir(), ...options });
  const { checks } = JSON.parse(run.stdout) as { checks: Check[] };
  const by = Object.fromEntries(checks.map((check) => [check.name, check]));
  return { ...run, by };
}

test("Everything is looked at, and no credential is shown", async () => {
  const env = {
    AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
    AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    AWS_SESSION_TOKEN: "IQoJb3JpZ2luX2VjEJr",
    AWS_REGION: "eu-west-1",
    AWS_ENDPOINT_URL_LAMBDA: "http://user:hidden@127.0.0.1:4566/path",
  };
  const { code, stdout, stderr, by } = await diagnosed([], { env });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  for (const secret of ["AKIAIOS", "wJalr", "IQoJb", "hidden"]) expect(stdout).not.toContain(secret);
  expect(by).toMatchObject({
    node: { status: "ok", message: `Node ${process.versions.node}` },
    credentials: { status: "ok", message: "from the environment, with a session token" },
    region: { status: "ok", message: "eu-west-1" },
    clock: { status: "ok" },
    endpoints: { status: "hint", message: "set: AWS_ENDPOINT_URL_LAMBDA (127.0.0.1:4566)" },
    folder: { status: "ok", message: "cassettes can be made" },
    port: { status: "ok", message: "any free one" },
    http2: { status: "ok" },
  });
});

test("For people: a line for each, with advice", async () => {
  const env = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined, AWS_REGION: undefined };
  const run = await eventstream(["doctor"], "", { cwd: tempDir(), env });
  expect(run).toMatchObject({ code: 0, stderr: "" });
  expect(run.stdout).toMatch(/^ok {7}node: Node \d/m);
  expect(run.stdout).toMatch(/^hint {5}credentials: none in environment/m);
  expect(run.stdout).toMatch(/^ {9}replay and serve need none/m);
});

describe("What would not work makes the exit code 3", () => {
  test("a port that is taken, a folder that cannot be made", async () => {
    await using server = await serve({ handle: async () => undefined });
    const cwd = tempDir();
    writeFileSync(join(cwd, "cassettes"), "a file");
    const { code, by } = await diagnosed(["--port", new URL(server.url).port, "--out", "cassettes/inside"], { cwd });
    expect(code).toBe(3);
    expect(by).toMatchObject({ port: { status: "problem" }, folder: { status: "problem" } });
  });

  test("a clock that is too far off, or a server that does not answer", async () => {
    let date = new Date(Date.now() + 3_600_000).toUTCString();
    const server = createServer((_, response) => response.writeHead(200, { date }).end());
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await diagnosed(["--clock", url])).toMatchObject({ code: 3, by: { clock: { status: "problem" } } });
    date = new Date().toUTCString();
    expect(await diagnosed(["--clock", url])).toMatchObject({ code: 0, by: { clock: { status: "ok" } } });
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
    expect(await diagnosed(["--clock", url])).toMatchObject({ code: 3, by: { clock: { status: "problem" } } });
  });
});

test("SDK clients that speak HTTP/2 are named", async () => {
  const cwd = tempDir();
  const folder = join(cwd, "node_modules/@aws-sdk/client-kinesis");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), "{}");
  const { by } = await diagnosed([], { cwd });
  expect(by["http2"]).toMatchObject({ status: "hint", message: "speaking HTTP/2: @aws-sdk/client-kinesis" });
});

describe("Where credentials come from", () => {
  test.each([
    ["the profile 'work': SSO", "[profile work]\nsso_session = s\n", { AWS_PROFILE: "work" }],
    ["the profile 'job': a process", "[profile job]\ncredential_process = run\n", { AWS_PROFILE: "job" }],
    ["the profile 'role': an assumed role", "[profile role]\nrole_arn = r\n", { AWS_PROFILE: "role" }],
    ["the profile 'default': keys in the shared files", "[default]\naws_access_key_id = a\n", {}],
  ])("%s", async (source, config, variables) => {
    const file = join(tempDir(), "config");
    writeFileSync(file, config);
    const env = { ...variables, AWS_CONFIG_FILE: file, AWS_ACCESS_KEY_ID: undefined };
    const { by } = await diagnosed([], { env });
    expect(by["credentials"]).toMatchObject({ status: "ok", message: `from ${source}` });
  });

  test.each([
    [["--profile", "typo"], {}],
    [[], { AWS_PROFILE: "typo" }],
  ])("a profile that is not there is named: %j %j", async (args, variables) => {
    const { by } = await diagnosed(args, { env: { ...variables, AWS_ACCESS_KEY_ID: undefined } });
    expect(by["credentials"]).toMatchObject({
      status: "hint",
      message: "none in a profile 'typo'; only a container or an instance could give some",
      advice: expect.stringContaining("'aws configure list-profiles'") as string,
    });
  });

  test.each([
    ["a web identity token", { AWS_WEB_IDENTITY_TOKEN_FILE: "f", AWS_ROLE_ARN: "r" }],
    ["the container", { AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://127.0.0.1/" }],
    [undefined, {}],
  ])("%s", async (source, env) => {
    expect(await credentialsSource(env, "none-of-this-name")).toBe(source);
  });
});
