import { once } from "node:events";
import { writeFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { createRecordingProxy } from "../src/recording-proxy.ts";
import { eventstream, start, tempDir, urlOf } from "./eventstream.ts";
import { selfSigned, type SelfSigned } from "./self-signed.ts";
import { authorization, servedProxy, target } from "./served-proxy.ts";
import { ownEnvironment } from "./upstream-lambda.ts";

const servers: https.Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function upstream({ key, cert }: SelfSigned): Promise<string> {
  const options = { key: key.export({ type: "pkcs8", format: "pem" }), cert };
  const server = https.createServer(options, (_request, response) => void response.end("trusted"));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function ask(url: string): Promise<{ status: number | undefined; body: string }> {
  const request = http.request(url + target, { method: "POST", headers: { authorization } });
  request.end("{}");
  const [response] = (await once(request, "response")) as [http.IncomingMessage];
  const body = Buffer.concat(await response.toArray()).toString();
  return { status: response.statusCode, body };
}

const mine = selfSigned();
const other = selfSigned();

describe("An upstream whose certificate nobody has signed", () => {
  test("is refused, and no call is sent", async () => {
    const { url, failures } = await servedProxy(await upstream(mine), { ca: other.cert });
    expect(await ask(url)).toMatchObject({ status: 502, body: expect.stringContaining("self-signed") as string });
    expect(failures).toMatchObject([{ code: "upstream_failed" }]);
  });

  test("is called when it is to be trusted, be it one of several", async () => {
    const { url, exchanges } = await servedProxy(await upstream(mine), { ca: `# two\n${other.cert}${mine.cert}` });
    expect(await ask(url)).toEqual({ status: 200, body: "trusted" });
    expect(exchanges).toHaveLength(1);
  });

  test("has to be who it says all the same", async () => {
    const elsewhere = selfSigned("127.0.0.2");
    const { url } = await servedProxy(await upstream(elsewhere), { ca: elsewhere.cert });
    expect(await ask(url)).toMatchObject({ status: 502, body: expect.stringContaining("127.0.0.1") as string });
  });
});

test.each([
  ["nothing", ""],
  ["a key", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"],
  ["a certificate that is damaged", mine.cert.replace(/\n[^-]{10}/, "\nAAAAAAAAAA")],
])("%s is no certificate to trust", (_, ca) => {
  const options = { credentials: () => Promise.reject(new Error("asked")), ca };
  expect(() => createRecordingProxy(options)).toThrow(expect.objectContaining({ code: "usage" }));
});

function file({ cert }: SelfSigned): string {
  const path = join(tempDir(), "ca.pem");
  writeFileSync(path, cert);
  return path;
}

/** Records one call to an upstream with that certificate. */
async function record(server: SelfSigned, args: readonly string[], env: Record<string, string> = {}) {
  const recorder = start(["record", "--json", "--upstream", await upstream(server), ...args], {
    env: { ...ownEnvironment, ...env },
    cwd: tempDir(),
  });
  const answer = await ask(await urlOf(recorder));
  recorder.process.kill("SIGINT");
  return { ...answer, code: (await recorder.done).code };
}

describe("record --ca", () => {
  test("trusts what is in the file, and who is trusted anyway", async () => {
    expect(await record(mine, ["--ca", file(mine)])).toEqual({ status: 200, body: "trusted", code: 130 });
    const env = { NODE_EXTRA_CA_CERTS: file(mine) };
    expect(await record(mine, ["--ca", file(other)], env)).toMatchObject({ status: 200 });
  });

  test("is the only way: what the environment says of verifying does not count", async () => {
    const refused = { status: 502, code: 7 };
    expect(await record(mine, [], { NODE_TLS_REJECT_UNAUTHORIZED: "0" })).toMatchObject(refused);
  });

  test("wants a file with a certificate", async () => {
    const missing = await eventstream(["record", "--ca", "no-such-file"], "", { env: ownEnvironment });
    expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining("no-such-file") as string });
    const empty = await eventstream(["record", "--ca", file({ ...mine, cert: "" })], "", { env: ownEnvironment });
    expect(empty).toMatchObject({ code: 2, stderr: expect.stringContaining("no certificate to trust") as string });
  });
});

describe("invoke --ca", () => {
  test("trusts what is in the file", async () => {
    const invoke = async (...args: string[]) =>
      eventstream(["invoke", "chat", "--endpoint", await upstream(mine), ...args], "", { env: ownEnvironment });
    const refused = await invoke();
    expect(refused).toMatchObject({ code: 7, stderr: expect.stringContaining("self-signed") as string });
    // The upstream is no Lambda, but it was asked.
    const trusted = await invoke("--ca", file(mine));
    expect(trusted).toMatchObject({ code: 7, stderr: expect.stringContaining("Lambda answered 200") as string });
  });

  test("wants a file with a certificate", async () => {
    const args = ["invoke", "chat", "--endpoint", "https://127.0.0.1:1", "--ca"];
    const missing = await eventstream([...args, "no-such-file"], "", { env: ownEnvironment });
    expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining("no-such-file") as string });
  });
});
