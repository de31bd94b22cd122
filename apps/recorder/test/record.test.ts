import { readFileSync, statSync } from "node:fs";
import http from "node:http";
import http2 from "node:http2";
import { type AddressInfo } from "node:net";
import { join } from "node:path";
import { exchangeChunks } from "@eventstream-kit/cassette";
import { encodeEvent } from "@eventstream-kit/codec";
import { describe, expect, test } from "vitest";
import { eventstream, start, tempDir, urlOf } from "./eventstream.ts";
import {
  cassetteIn,
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
import { ownEnvironment, upstreamLambda } from "./upstream-lambda.ts";

const env = ownEnvironment;

describe("record case 11: a Lambda client with only the endpoint variable and dummy keys", () => {
  test("is recorded, and the upstream's own verifier accepts every signature", async () => {
    const upstream = await upstreamLambda(functions);
    const cwd = workplace();
    const run = await eventstream(["record", "--upstream", upstream.url, "--", process.execPath, "client.mjs"], "", {
      cwd,
      env,
    });
    expect(upstream.refusals).toEqual([]);
    expect(run).toMatchObject({
      code: 0,
      stdout: ["Hello, ", Buffer.from([0x89, 0x50, 0xff]), '{"n":1}']
        .map((part) => `${Buffer.from(part as string).toString("base64")}\n`)
        .join(""),
    });
    expect(run.stderr).toContain("recorded  lambda:InvokeWithResponseStream report  200  4 frames");
    expect(run.stderr).toContain(`new  cassettes/${reportFile}  1 exchange`);
    expect(run.stderr).toContain(`git add cassettes/${reportFile}`);

    const file = join(cwd, "cassettes", reportFile);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const lines = readFileSync(file, "utf8").split("\n");
    expect(lines[0]).toBe('{"eventstream":1,"op":"lambda:InvokeWithResponseStream","origin":"recorded"}');
    expect(JSON.parse(lines[1]!)).toMatchObject({
      k: "req",
      method: "POST",
      path: "/2021-11-15/functions/report/response-streaming-invocations",
      json: { id: 7 },
    });
    expect(lines.slice(3, 7)).toEqual([
      '{"k":"frame","event":"PayloadChunk","ct":"application/octet-stream","text":"Hello, "}',
      '{"k":"frame","event":"PayloadChunk","ct":"application/octet-stream","b64":"iVD/"}',
      '{"k":"frame","event":"PayloadChunk","ct":"application/octet-stream","json":{"n":1}}',
      '{"k":"frame","event":"InvokeComplete","ct":"application/json","json":{}}',
    ]);
    const { exchanges } = cassetteIn(join(cwd, "cassettes"), reportFile);
    expect(exchanges[0]!.end).toMatchObject({ how: "eof", items: 4 });
    expect(exchanges[0]!.meta).toMatchObject({
      region: "us-east-1",
      http: "1.1",
      auth: "sigv4",
      boundary: "node:data",
    });
  });

  test("by ARN, version and alias too, and its exit code is the recorder's", async () => {
    const upstream = await upstreamLambda({
      report: { handler: report, versions: { 1: report }, aliases: { live: 1 } },
    });
    const cwd = workplace();
    const arn = "arn:aws:lambda:us-east-1:123456789012:function:report:live";
    const args = ["record", "--upstream", upstream.url, "--", process.execPath, "client.mjs", arn, "9"];
    const run = await eventstream(args, "", { cwd, env });
    expect(run.code).toBe(9);
    expect(upstream.refusals).toEqual([]);
    expect(files(join(cwd, "cassettes"))).toEqual(["invoke-with-response-stream-report-live.cassette.jsonl"]);
  });
});

test("Each chunk is relayed before the next one exists, and reaches the client as it was", async () => {
  const acknowledged: (() => void)[] = [];
  const gate = () => new Promise<void>((resolve) => acknowledged.push(resolve));
  const upstream = await upstreamLambda({
    report: async function* () {
      for (const part of ["one", "two", "three"]) {
        yield part;
        // The next chunk is not written before the client has got this one.
        await gate();
      }
    },
  });
  const cwd = tempDir();
  const run = await recording(["--upstream", upstream.url], cwd, async (url) => {
    const received: string[] = [];
    for await (const part of invoke(lambdaAt(url), "report")) {
      received.push(part);
      acknowledged.shift()!();
    }
    expect(received).toEqual(["one", "two", "three"]);
  });
  expect(run.code).toBe(130);
  const [exchange] = cassetteIn(join(cwd, "cassettes"), reportFile).exchanges;
  expect(exchange!.timing!.chunks.map(({ item, extra }) => [item, extra])).toEqual([
    [1, 0],
    [2, 0],
    [3, 0],
    [4, 0],
  ]);
});

/** What a client sees that joins nothing: one `data` event a chunk. `next` releases the one after. */
const chunksFrom = (url: string, next: () => void) =>
  new Promise<Buffer[]>((resolve, reject) => {
    const chunks: Buffer[] = [];
    const headers = { authorization: authorization, "content-type": "application/octet-stream" };
    const target = `${url}/2021-11-15/functions/report/response-streaming-invocations`;
    const request = http.request(target, { method: "POST", headers }, (response) => {
      response.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
        next();
      });
      response.on("end", () => resolve(chunks));
      response.on("error", reject);
    });
    request.on("error", reject);
    request.end('{"id":7}');
  });

describe("Chunks that are not frames", () => {
  const frames = Buffer.concat([
    encodeEvent({ event: "PayloadChunk", payload: new Uint8Array([0xff, 0xfe]) }),
    encodeEvent({ event: "PayloadChunk", text: "b".repeat(40), contentType: "application/octet-stream" }),
    encodeEvent({ event: "PayloadChunk", text: "c".repeat(90), contentType: "application/octet-stream" }),
    encodeEvent({ event: "InvokeComplete", json: {} }),
  ]);
  const sizes = [5, 110, 109, 20, frames.length - 248, 4];

  test("record case 1: the misaligned stream keeps its six chunks in client, cassette and replay", async () => {
    const held: (() => void)[] = [];
    const upstream = http.createServer((_request, response) => {
      response.writeHead(200, { "content-type": "application/vnd.amazon.eventstream" });
      let at = 0;
      for (const [index, size] of sizes.entries()) {
        const part = frames.subarray(at, (at += size));
        const write = () => response.write(part, () => index === sizes.length - 1 && response.end());
        if (index === 0) write();
        else held.push(write);
      }
    });
    await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
    const cwd = tempDir();
    const { port } = upstream.address() as AddressInfo;
    await recording(["--upstream", `http://127.0.0.1:${port}`], cwd, async (url) => {
      const chunks = await chunksFrom(url, () => held.shift()?.());
      expect(chunks.map(({ length }) => length)).toEqual(sizes);
      expect(Buffer.concat(chunks).equals(frames)).toBe(true);
    });
    upstream.close();
    const [exchange] = cassetteIn(join(cwd, "cassettes"), reportFile).exchanges;
    expect(exchangeChunks(exchange!).map(({ length }) => length)).toEqual(sizes);

    const replay = start(["replay", "--json", "cassettes"], { cwd });
    const replayed = await chunksFrom(await urlOf(replay), () => {});
    expect(Buffer.concat(replayed).equals(frames)).toBe(true);
    expect(replayed.map(({ length }) => length)).toEqual(sizes);
  });
});

test("HTTP/2 by prior knowledge is recorded on the same port", async () => {
  const upstream = await upstreamLambda(functions);
  const cwd = tempDir();
  await recording(["--upstream", upstream.url], cwd, async (url) => {
    const session = http2.connect(url);
    const request = session.request({
      ":method": "POST",
      ":path": "/2021-11-15/functions/report/response-streaming-invocations",
      authorization: authorization,
    });
    request.end("{}");
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).toString("latin1")).toContain("Hello, ");
    await new Promise<void>((resolve) => session.close(resolve));
  });
  expect(upstream.refusals).toEqual([]);
  expect(cassetteIn(join(cwd, "cassettes"), reportFile).exchanges).toHaveLength(1);
});
