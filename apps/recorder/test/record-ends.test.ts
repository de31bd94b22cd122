import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import http from "node:http";
import net, { type AddressInfo } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { encodeEvent } from "@eventstream-kit/codec";
import { describe, expect, test, vi } from "vitest";
import { eventstream, start, tempDir, urlOf } from "./eventstream.ts";
import { cassetteIn, collect, files, invoke, lambdaAt, recording, report, reportFile } from "./recording.ts";
import { target } from "./served-proxy.ts";
import { ownEnvironment, upstreamLambda } from "./upstream-lambda.ts";

/** An upstream that sends one frame and then does something else than go on. */
async function brokenUpstream(after: (socket: net.Socket) => void): Promise<string> {
  const frame = encodeEvent({ event: "PayloadChunk", text: "part", contentType: "application/octet-stream" });
  const server = net.createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => {
      socket.write("HTTP/1.1 200 OK\r\ncontent-type: application/vnd.amazon.eventstream\r\nconnection: close\r\n\r\n");
      socket.write(frame);
      after(socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  server.unref();
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** What `eventstream replay` sends for the one call of a cassette, and how it leaves the connection. */
async function replayed(path: string, cwd: string): Promise<{ readonly text: string; readonly left: "FIN" | "RST" }> {
  const replay = start(["replay", "--json", path], { cwd });
  const socket = net.connect(Number(new URL(await urlOf(replay)).port), "127.0.0.1");
  socket.write(`POST ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 8\r\n\r\n{"id":7}`);
  let text = "";
  socket.on("data", (data) => (text += data.toString("latin1")));
  const left = await new Promise<"FIN" | "RST">((resolve, reject) => {
    socket.once("end", () => resolve("FIN"));
    socket.once("error", (error: NodeJS.ErrnoException) =>
      error.code === "ECONNRESET" ? resolve("RST") : reject(error),
    );
  });
  socket.destroy();
  replay.process.kill("SIGINT");
  await replay.done;
  return { text, left };
}

/** How a body in chunks ends when it is over. */
const lastChunk = "\r\n0\r\n\r\n";

describe("record case 28: how a stream ended, recorded and replayed", () => {
  test("an upstream reset reaches the client as a broken connection, and is recorded as reset", async () => {
    let socket: net.Socket | undefined;
    const upstream = await brokenUpstream((connection) => (socket = connection));
    const cwd = tempDir();
    await recording(["--upstream", upstream], cwd, async (url) => {
      const parts: string[] = [];
      const reading = (async () => {
        for await (const part of invoke(lambdaAt(url), "report")) {
          parts.push(part);
          socket!.resetAndDestroy();
        }
      })();
      await expect(reading).rejects.toThrow("aborted");
      expect(parts).toEqual(["part"]);
    });
    expect(cassetteIn(join(cwd, "cassettes"), reportFile).exchanges[0]!.end).toMatchObject({ how: "reset", items: 1 });
    const { text, left } = await replayed("cassettes", cwd);
    expect(text).toContain("part");
    expect(text).not.toContain(lastChunk);
    expect(left).toBe("RST");
  });

  test("an early end of the body is an end", async () => {
    const upstream = await brokenUpstream((connection) => connection.end());
    const cwd = tempDir();
    await recording(["--upstream", upstream], cwd, async (url) => {
      expect(await collect(invoke(lambdaAt(url), "report"))).toEqual(["part"]);
    });
    expect(cassetteIn(join(cwd, "cassettes"), reportFile).exchanges[0]!.end).toMatchObject({ how: "eof", items: 1 });
    const { text, left } = await replayed("cassettes", cwd);
    expect(text).toContain("part");
    expect(text.endsWith(lastChunk)).toBe(true);
    expect(left).toBe("FIN");
  });

  test("a client that leaves cancels the upstream call, and goes to a partial file", async () => {
    let closed: Promise<void> | undefined;
    const upstream = await brokenUpstream((connection) => {
      closed = new Promise((resolve) => connection.once("close", () => resolve()));
    });
    const cwd = tempDir();
    const run = await recording(["--upstream", upstream], cwd, async (url) => {
      const controller = new AbortController();
      const reading = (async () => {
        for await (const part of invoke(lambdaAt(url), "report", controller.signal)) {
          expect(part).toBe("part");
          controller.abort();
        }
      })();
      await expect(reading).rejects.toThrow("aborted");
      await closed;
    });
    expect(run.stderr).toContain("recorded, client-abort");
    expect(files(join(cwd, "cassettes"))).toEqual([`${reportFile}.partial`]);
    expect(cassetteIn(join(cwd, "cassettes"), `${reportFile}.partial`).exchanges[0]!.end.how).toBe("client-abort");
    expect(run.stderr).not.toContain("git add");
    // Replayed only when asked for: the client's view of a call that it cancelled, which got no further.
    expect(await eventstream(["replay", "cassettes"], "", { cwd })).toMatchObject({ code: 2, stdout: "" });
    const { text, left } = await replayed(join("cassettes", `${reportFile}.partial`), cwd);
    expect(text).toContain("part");
    expect(text).not.toContain(lastChunk);
    expect(left).toBe("RST");
  });
});

test("retries are exchanges of their own, with their attempt, in the order of the requests", async () => {
  let calls = 0;
  const upstream = await upstreamLambda({ report: report });
  // Breaks off before the head twice, then is the Lambda.
  const flaky = http.createServer((request, response) => {
    if (++calls < 3) return void response.writeHead(503, { "x-amzn-errortype": "ServiceException" }).end("{}");
    const forward = http.request(upstream.url + request.url, { method: "POST", headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    });
    return void request.pipe(forward);
  });
  await new Promise<void>((resolve) => flaky.listen(0, "127.0.0.1", resolve));
  const cwd = tempDir();
  const { port } = flaky.address() as AddressInfo;
  await recording(["--upstream", `http://127.0.0.1:${port}`], cwd, async (url) => {
    expect(await collect(invoke(lambdaAt(url), "report"))).toHaveLength(3);
  });
  flaky.close();
  const { exchanges } = cassetteIn(join(cwd, "cassettes"), reportFile);
  expect(exchanges.map(({ response, meta }) => [response.status, meta!["attempt"]])).toEqual([
    [503, undefined],
    [503, 2],
    [200, 3],
  ]);
});

test("a second interrupt does not wait for open calls, and tells of each that it is not recorded", async () => {
  const upstream = await brokenUpstream(() => {});
  const cwd = tempDir();
  const recorder = start(["record", "--json", "--upstream", upstream], { env: ownEnvironment, cwd });
  const call = invoke(lambdaAt(await urlOf(recorder), { maxAttempts: 1 }), "report");
  expect(await call.next()).toMatchObject({ value: "part" });
  // Two of one kind may arrive as one.
  recorder.process.kill("SIGINT");
  recorder.process.kill("SIGTERM");
  const { code, stderr } = await recorder.done;
  expect(code).toBe(130);
  expect(stderr).toContain("not recorded, still open  lambda:InvokeWithResponseStream report\nNothing was recorded\n");
  expect(files(join(cwd, "cassettes"))).toEqual([]);
  await expect(call.next()).rejects.toThrow("aborted");
});

/** Once everything but the last step is done, it lasts for ever, with or without the processor. */
const endlessSave = (way: string) => `
  import fs from "node:fs/promises";
  import { syncBuiltinESMExports } from "node:module";
  import { isMainThread } from "node:worker_threads";
  const { rename } = fs;
  fs.rename = (from, to) => to.endsWith(".bin") ? rename(from, to) : ${way};
  if (!isMainThread) syncBuiltinESMExports();
`;

describe("A second interrupt while a recording is being written", () => {
  const old = '{"eventstream":1,"origin":"recorded"}\n';

  test.each([
    ["which waits", "new Promise(() => {})"],
    ["which computes", "(() => { for (;;); })()"],
  ])("ends it at once, %s, leaves nothing unfinished, and tells of each call that it is lost", async (_, way) => {
    const upstream = await upstreamLambda({ report: () => "x".repeat(70_000) });
    const cwd = tempDir();
    const folder = join(cwd, "cassettes");
    mkdirSync(folder);
    writeFileSync(join(folder, reportFile), old);
    const preload = join(cwd, "preload.mjs");
    writeFileSync(preload, endlessSave(way));
    const env = { ...ownEnvironment, NODE_OPTIONS: `--import=${pathToFileURL(preload).href}` };
    const recorder = start(["record", "--json", "--upstream", upstream.url], { env, cwd });
    const url = await urlOf(recorder);
    expect(await collect(invoke(lambdaAt(url), "report"))).toHaveLength(1);
    await vi.waitUntil(() => files(folder).some((name) => name.endsWith(".tmp")), { timeout: 20_000, interval: 10 });
    expect(files(`${join(folder, reportFile)}.d`)).toHaveLength(1);
    recorder.process.kill("SIGINT");
    // Nothing else is left to be waited for.
    await vi.waitUntil(() => isRefused(url), { timeout: 20_000, interval: 10 });
    recorder.process.kill("SIGTERM");
    const { code, stderr } = await recorder.done;
    const end = `not recorded, interrupted  lambda:InvokeWithResponseStream report\nkept  cassettes/${reportFile}  as it was: no new recording of its calls was written\nNothing was recorded\n`;
    expect(stderr.slice(-end.length)).toBe(end);
    expect(stderr).not.toContain("error:");
    expect(code).toBe(130);
    expect(files(folder)).toEqual([reportFile]);
    expect(readFileSync(join(folder, reportFile), "utf8")).toBe(old);
  });

  test("loses nothing that is written", async () => {
    const upstream = await upstreamLambda({ report });
    const cwd = tempDir();
    const recorder = start(["record", "--json", "--upstream", upstream.url], { env: ownEnvironment, cwd });
    expect(await collect(invoke(lambdaAt(await urlOf(recorder)), "report"))).toHaveLength(3);
    await recorder.until(/^recorded /m, "stderr");
    recorder.process.kill("SIGINT");
    recorder.process.kill("SIGTERM");
    const { code, stderr } = await recorder.done;
    expect(code).toBe(130);
    expect(stderr).not.toContain("not recorded");
    expect(stderr).toContain(`new  ${join("cassettes", reportFile)}  1 exchange\n`);
  });
});

function isRefused(url: string): Promise<boolean> {
  const { port } = new URL(url);
  return new Promise((resolve) => {
    const socket = net.connect(Number(port), "127.0.0.1");
    socket.once("connect", () => (socket.destroy(), resolve(false)));
    socket.once("error", () => resolve(true));
  });
}

test.each([
  ["before it has written anything", "process.exit()", 0],
  [
    "when it has",
    `
      const post = parentPort.postMessage;
      parentPort.postMessage = (...message) => {
        post.apply(parentPort, message);
        if (message[0].kind === "stored") process.exit();
      };`,
    1,
  ],
])("a recording thread that is ended from within %s is a failure, and nobody waits for it", async (_, does, kept) => {
  const upstream = await upstreamLambda({ report });
  const cwd = tempDir();
  // As what watches a program for errors may do.
  const preload = join(cwd, "preload.mjs");
  writeFileSync(
    preload,
    `import { isMainThread, parentPort } from "node:worker_threads";\nif (!isMainThread) { ${does} }\n`,
  );
  const env = { ...ownEnvironment, NODE_OPTIONS: `--import=${pathToFileURL(preload).href}` };
  const recorder = start(["record", "--json", "--upstream", upstream.url], { env, cwd });
  const client = lambdaAt(await urlOf(recorder));
  expect(await collect(invoke(client, "report"))).toHaveLength(3);
  await recorder.until(kept > 0 ? /^recorded /m : /^failed /m, "stderr");
  expect(await collect(invoke(client, "report"))).toHaveLength(3);
  recorder.process.kill("SIGINT");
  const { code, stderr } = await recorder.done;
  expect(code).toBe(1);
  expect(stderr).toContain("error: Recording has stopped: exit code 0\n");
  const file = join("cassettes", reportFile);
  const end = kept > 0 ? `new  ${file}  1 exchange\ngit add ${file}\n` : "Nothing was recorded\n";
  expect(stderr.slice(-end.length)).toBe(end);
});
