import { readdirSync, readFileSync } from "node:fs";
import http from "node:http";
import net, { type AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { eventstream, tempDir } from "./eventstream.ts";
import { collect, files, functions, invoke, lambdaAt, recording, workplace } from "./recording.ts";
import { authorization } from "./served-proxy.ts";
import { ownEnvironment, upstreamLambda } from "./upstream-lambda.ts";

const env = ownEnvironment;

describe("record case 16: endpoint variables do not make a loop", () => {
  test("those it inherits are not for its own calls, and its child gets its own", async () => {
    const upstream = await upstreamLambda(functions);
    const cwd = workplace();
    const run = await eventstream(["record", "--upstream", upstream.url, "--", process.execPath, "client.mjs"], "", {
      cwd,
      env: { ...env, AWS_ENDPOINT_URL: "http://127.0.0.1:9", AWS_ENDPOINT_URL_LAMBDA: "http://127.0.0.1:9" },
    });
    expect(run.code).toBe(0);
    expect(upstream.invocations()).toBe(1);
  });

  test("an upstream that leads back is noticed", async () => {
    const cwd = tempDir();
    // The port must be known before: take one that was free a moment ago.
    const probe = net.createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => probe.once("listening", resolve));
    const { port } = probe.address() as AddressInfo;
    await new Promise((resolve) => probe.close(resolve));
    const run = await recording(["--port", `${port}`, "--upstream", `http://127.0.0.1:${port}`], cwd, async (url) => {
      await expect(collect(invoke(lambdaAt(url), "report"))).rejects.toMatchObject({
        name: "UpstreamRefusedException",
        message: expect.stringContaining("sent its own request") as string,
      });
    });
    expect(run.code).toBe(7);
    expect(run.stderr).toContain("sent its own request");
  });
});

describe("What the recorder refuses", () => {
  test("an unsigned request, a foreign Host, and a request for nobody knows what, without asking the upstream", async () => {
    const upstream = await upstreamLambda(functions);
    const run = await recording(["--upstream", upstream.url], tempDir(), async (url) => {
      const target = "/2021-11-15/functions/report/response-streaming-invocations";
      const unsigned = await fetch(url + target, { method: "POST", body: "{}" });
      expect(unsigned.status).toBe(403);
      expect(unsigned.headers.get("x-amzn-errortype")).toBe("RequestRefusedException");
      expect(await unsigned.json()).toMatchObject({ message: expect.stringContaining("not signed") as string });

      const status = await new Promise((resolve) => {
        const headers = { host: "evil.example", authorization: authorization };
        http.request(url + target, { method: "POST", headers }, (response) => resolve(response.statusCode)).end();
      });
      expect(status).toBe(421);
    });
    expect(upstream.invocations()).toBe(0);
    expect(run.code).toBe(7);
    expect(run.stderr).toContain("not signed");
    expect(run.stderr).toContain("Nothing was recorded");
  });

  test.each(["http:", ""])("a target %s//user:password@host/... leaves no password anywhere", async (scheme) => {
    const upstream = await upstreamLambda(functions);
    const cwd = tempDir();
    const run = await recording(["--upstream", upstream.url], cwd, async (url) => {
      const { host, hostname, port } = new URL(url);
      const path = `${scheme}//ada:lovelace@${host}/2021-11-15/functions/report/response-streaming-invocations`;
      const request = http.request({ hostname, port, path, method: "POST", headers: { authorization } });
      const status = new Promise((resolve) => request.on("response", ({ statusCode }) => resolve(statusCode)).end());
      expect(await status).toBeGreaterThan(399);
    });
    expect(run.stdout + run.stderr).not.toContain("lovelace");
    // The second is a path: it is recorded, and masked.
    const kept = readdirSync(cwd, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(kept).toHaveLength(scheme === "" ? 1 : 0);
    for (const { parentPath, name } of kept) {
      const text = readFileSync(join(parentPath, name), "utf8");
      expect(text).toContain('"path":"//XXXXXXXXXXXX@');
      // What the upstream answers is its own.
      const sent = text.split("\n").filter((line) => !line.startsWith('{"k":"raw"'));
      expect(name + sent.join("\n")).not.toContain("lovelace");
    }
  });

  test.each([
    [["--upstream", "http://lambda.us-east-1.amazonaws.com"], "plain http"],
    [["--upstream", "https://example.com"], "--allow-host example.com"],
    [["--upstream", "https://169.254.169.254"], "metadata address"],
  ])("%j: exit 7 before anything starts", async (args, message) => {
    const run = await eventstream(["record", ...args], "", { env, cwd: tempDir() });
    expect(run).toMatchObject({ code: 7, stdout: "" });
    expect(run.stderr).toContain(message);
  });

  test("a request that is too large for Lambda, and says so", async () => {
    const upstream = await upstreamLambda(functions);
    const run = await recording(["--upstream", upstream.url], tempDir(), async (url) => {
      const call = invoke(lambdaAt(url), "report", undefined, "x".repeat(7_000_000));
      await expect(collect(call)).rejects.toMatchObject({
        name: "RequestRefusedException",
        message: expect.stringContaining("Lambda takes 6 MiB") as string,
      });
    });
    expect(upstream.invocations()).toBe(0);
    expect(run.code).toBe(7);
    expect(run.stderr).toMatch(
      /^failed {2}lambda:InvokeWithResponseStream report {2}The request has a body of 7000002 /m,
    );
    expect(run.stderr).not.toContain("No call came here");
  });

  test("to start without credentials: exit 7", async () => {
    const none = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined, HOME: tempDir() };
    const run = await eventstream(["record"], "", { env: none, cwd: tempDir() });
    expect(run).toMatchObject({ code: 7, stdout: "" });
    expect(run.stderr).toContain("No AWS credentials");
  });

  test("an upstream that is not there: the SDK gets an error that says so, nothing is recorded", async () => {
    const run = await recording(["--upstream", "http://127.0.0.1:9"], tempDir(), async (url) => {
      await expect(collect(invoke(lambdaAt(url, { maxAttempts: 1 }), "report"))).rejects.toMatchObject({
        name: "UpstreamFailedException",
        message: expect.stringContaining("ECONNREFUSED") as string,
      });
    });
    expect(run.code).toBe(7);
    expect(run.stderr).toMatch(/^error: Calling http:\/\/127\.0\.0\.1:9 failed: .*ECONNREFUSED/m);
    expect(run.stderr).toContain("Nothing was recorded");
  });

  test.each([
    ["that hides it", "client.mjs || true", 7],
    ["that does not", "client.mjs", 1],
  ])("an upstream that is not there, with a command %s: exit %s", async (_name, script, code) => {
    const command = ["sh", "-c", `${process.execPath} ${script}`];
    const args = ["record", "--upstream", "http://127.0.0.1:9", "--", ...command];
    const run = await eventstream(args, "", { cwd: workplace(), env: { ...env, AWS_MAX_ATTEMPTS: "1" } });
    expect(run.code).toBe(code);
    expect(run.stderr).toContain("ECONNREFUSED");
    expect(run.stderr).toContain("Nothing was recorded");
  });

  test("nothing, when a call that failed is tried again and succeeds", async () => {
    const upstream = await upstreamLambda(functions);
    let calls = 0;
    const flaky = http.createServer((request, response) => {
      if (++calls === 1) return void request.socket.destroy();
      const options = { method: "POST", headers: request.headers };
      const forward = http.request(upstream.url + request.url, options, (answer) => {
        response.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(response);
      });
      return void request.pipe(forward);
    });
    await new Promise<void>((resolve) => flaky.listen(0, "127.0.0.1", resolve));
    const { port } = flaky.address() as AddressInfo;
    const args = ["record", "--upstream", `http://127.0.0.1:${port}`, "--", process.execPath, "client.mjs"];
    const run = await eventstream(args, "", { cwd: workplace(), env });
    flaky.close();
    expect(run.code).toBe(0);
    expect(run.stderr).toContain("failed  lambda:InvokeWithResponseStream report");
    expect(run.stderr).not.toContain("error:");
    expect(calls).toBe(2);
  });

  test("nothing, when a client leaves before it is answered", async () => {
    const controller = new AbortController();
    let closed: Promise<unknown> | undefined;
    const silent = net.createServer((socket) => {
      closed = new Promise((resolve) => socket.once("close", resolve));
      socket.on("error", () => {});
      socket.once("data", () => controller.abort());
    });
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as AddressInfo;
    const run = await recording(["--upstream", `http://127.0.0.1:${port}`], tempDir(), async (url) => {
      await expect(collect(invoke(lambdaAt(url), "report", controller.signal))).rejects.toThrow("aborted");
      await closed;
    });
    silent.close();
    expect(run.code).toBe(130);
    expect(run.stderr).toContain("failed  lambda:InvokeWithResponseStream report");
  });

  test("to keep an answer in which AWS refuses the recorder's own signature: exit 7", async () => {
    const upstream = await upstreamLambda(functions, { keys: {} });
    const cwd = tempDir();
    const run = await recording(["--upstream", upstream.url], cwd, async (url) => {
      await expect(collect(invoke(lambdaAt(url), "report"))).rejects.toMatchObject({
        name: "UnrecognizedClientException",
      });
    });
    expect(run.code).toBe(7);
    expect(run.stderr).toContain("403 UnrecognizedClientException");
    expect(files(cwd)).toEqual([]);
  });
});
