import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import http from "node:http";
import http2 from "node:http2";
import net, { type AddressInfo } from "node:net";
import { join } from "node:path";
import { InvokeWithResponseStreamCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { exchangeChunks, parseCassette, type Cassette } from "@eventstream-kit/cassette";
import { encodeEvent } from "@eventstream-kit/codec";
import { afterEach, describe, expect, test } from "vitest";
import { eventstream, start, tempDir, urlOf, type Running } from "./eventstream.ts";
import { own, ownEnvironment, upstreamLambda } from "./upstream-lambda.ts";

const env = ownEnvironment;
async function* report() {
  yield "Hello, ";
  yield new Uint8Array([0x89, 0x50, 0xff]);
  yield '{"n":1}';
}
const functions = { report };

const clients: LambdaClient[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.destroy();
});

function lambdaAt(endpoint: string, options: { maxAttempts?: number } = {}): LambdaClient {
  const client = new LambdaClient({ endpoint, region: "us-east-1", ...options });
  clients.push(client);
  return client;
}

async function* invoke(
  client: LambdaClient,
  FunctionName: string,
  abortSignal?: AbortSignal,
  event: unknown = { id: 7 },
): AsyncGenerator<string> {
  const { EventStream } = await client.send(
    new InvokeWithResponseStreamCommand({ FunctionName, Payload: Buffer.from(JSON.stringify(event)) }),
    abortSignal ? { abortSignal } : {},
  );
  for await (const { PayloadChunk } of EventStream!) {
    if (PayloadChunk) yield Buffer.from(PayloadChunk.Payload!).toString("latin1");
  }
}

async function collect(chunks: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return all;
}

/** Starts the recorder, runs `work` against it, stops it as Ctrl-C does. */
async function recording(
  args: readonly string[],
  cwd: string,
  work: (url: string, recorder: Running) => Promise<void>,
) {
  const recorder = start(["record", "--json", ...args], { env, cwd });
  await work(await urlOf(recorder), recorder);
  recorder.process.kill("SIGINT");
  return recorder.done;
}

const files = (dir: string) => (existsSync(dir) ? readdirSync(dir).sort() : []);
const cassetteIn = (dir: string, name: string): Cassette => parseCassette(readFileSync(join(dir, name), "utf8"));
const reportFile = "invoke-with-response-stream-report.cassette.jsonl";

/** A program whose only setting is the environment it is given. */
const clientProgram = `
  import { InvokeWithResponseStreamCommand, LambdaClient } from ${JSON.stringify(import.meta.resolve("@aws-sdk/client-lambda"))};
  const client = new LambdaClient({});
  const command = new InvokeWithResponseStreamCommand({ FunctionName: process.argv[2] ?? "report", Payload: '{"id":7}' });
  for await (const { PayloadChunk } of (await client.send(command)).EventStream) {
    if (PayloadChunk) console.log(Buffer.from(PayloadChunk.Payload).toString("base64"));
  }
  process.exitCode = Number(process.argv[3] ?? 0);
`;

function workplace(): string {
  const cwd = tempDir();
  writeFileSync(join(cwd, "client.mjs"), clientProgram);
  return cwd;
}

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
    const headers = { authorization: clientAuthorization, "content-type": "application/octet-stream" };
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

const clientAuthorization =
  "AWS4-HMAC-SHA256 Credential=AKIDCLIENT/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=00";

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

describe("record case 28: how a stream ended", () => {
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
  });

  test("an early end of the body is an end", async () => {
    const upstream = await brokenUpstream((connection) => connection.end());
    const cwd = tempDir();
    await recording(["--upstream", upstream], cwd, async (url) => {
      expect(await collect(invoke(lambdaAt(url), "report"))).toEqual(["part"]);
    });
    expect(cassetteIn(join(cwd, "cassettes"), reportFile).exchanges[0]!.end).toMatchObject({ how: "eof", items: 1 });
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
        const headers = { host: "evil.example", authorization: clientAuthorization };
        http.request(url + target, { method: "POST", headers }, (response) => resolve(response.statusCode)).end();
      });
      expect(status).toBe(421);
    });
    expect(upstream.invocations()).toBe(0);
    expect(run.code).toBe(7);
    expect(run.stderr).toContain("not signed");
    expect(run.stderr).toContain("Nothing was recorded");
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

test("HTTP/2 by prior knowledge is recorded on the same port", async () => {
  const upstream = await upstreamLambda(functions);
  const cwd = tempDir();
  await recording(["--upstream", upstream.url], cwd, async (url) => {
    const session = http2.connect(url);
    const request = session.request({
      ":method": "POST",
      ":path": "/2021-11-15/functions/report/response-streaming-invocations",
      authorization: clientAuthorization,
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
    for (const asked of [
      eventstream([...args, "--mode", "record", ...child], "", { cwd, env: { ...env, CI: "true" } }),
      eventstream([...args, ...child], "", { cwd, env: { ...env, CI: "true", EVENTSTREAM_MODE: "record" } }),
    ]) {
      expect(await asked).toMatchObject({ code: 0 });
    }
  });
});

describe("record case 37: a command under the recorder", () => {
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
