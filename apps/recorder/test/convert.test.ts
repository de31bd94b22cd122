import { execFile } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { formatCassette, itemBytes, parseCassette, type Exchange } from "@eventstream-kit/cassette";
import { loadCassette } from "@eventstream-kit/cassette/node";
import { encodeEvent } from "@eventstream-kit/codec";
import { describe, expect, test } from "vitest";
import { cassetteOf, exchangeOf } from "./cassettes.ts";
import { bin, eventstream, tempDir, type Run } from "./eventstream.ts";
import { harProblems } from "./har-validator.ts";
import { own, ownEnvironment, upstreamLambda } from "./upstream-lambda.ts";

const convert = (to: string, input: string | Uint8Array, ...args: string[]): Promise<Run> =>
  eventstream(["convert", "--to", to, ...args], input);

/** A golden cassette of the format's own tests. */
const golden = (name: string) =>
  readFileSync(new URL(`../../../packages/cassette/test/golden/${name}.cassette.jsonl`, import.meta.url), "utf8");

/** A stream with bytes that are no text. */
const body = Buffer.concat([
  encodeEvent({ event: "PayloadChunk", text: "Hello", contentType: "application/octet-stream" }),
  encodeEvent({ event: "PayloadChunk", payload: new Uint8Array([0x89, 0x50, 0xff]) }),
  encodeEvent({ event: "InvokeComplete", json: {} }),
]);
const path = "/2021-11-15/functions/chat/response-streaming-invocations";
const url = `https://lambda.eu-west-1.amazonaws.com${path}`;
const wrapped = body.toString("base64").match(/.{1,76}/g)!;

/** As vcrpy writes it through PyYAML; botocore's header values are bytes. */
const vcr = `interactions:
- request:
    body: '{"name":"Ada"}'
    headers:
      Authorization:
      - !!binary |
        ${Buffer.from("AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/x, Signature=0f").toString("base64")}
      Content-Type:
      - !!binary |
        ${Buffer.from("application/json").toString("base64")}
      User-Agent:
      - Botocore/1.31.0
    method: POST
    uri: ${url}
  response:
    body:
      string: !!binary |
        ${wrapped.join("\n        ")}
    headers:
      Content-Type:
      - application/vnd.amazon.eventstream
      Set-Cookie:
      - session=secret
    status:
      code: 200
      message: OK
- request:
    body: null
    headers: {}
    hook: !!python/object/apply:os.system ['echo never']
    method: GET
    uri: ${url}?X-Amz-Signature=0f
  response:
    body:
      string: '{"message":"not found"}'
    headers:
      Content-Type: [application/json]
    status: {code: 404, message: Not Found}
version: 1
`;

const harEntry = (content: object) => ({
  startedDateTime: "2026-11-23T05:00:00.000Z",
  time: 30,
  request: {
    method: "POST",
    url,
    httpVersion: "HTTP/1.1",
    cookies: [],
    headers: [{ name: "Authorization", value: "AWS4-HMAC-SHA256 Signature=0f" }],
    queryString: [],
    postData: { mimeType: "application/json", text: '{"name":"Ada"}' },
    headersSize: -1,
    bodySize: 14,
  },
  response: {
    status: 200,
    statusText: "OK",
    httpVersion: "HTTP/1.1",
    cookies: [],
    headers: [{ name: "Content-Type", value: "application/vnd.amazon.eventstream" }],
    content: { size: body.length, mimeType: "application/vnd.amazon.eventstream", ...content },
    redirectURL: "",
    headersSize: -1,
    bodySize: body.length,
  },
  cache: {},
  timings: { send: 0, wait: 20, receive: 10 },
});
const har = (content: object) => JSON.stringify({ log: { version: "1.2", creator: {}, entries: [harEntry(content)] } });

/** As a browser saves a page: with a call that it has blocked. */
const manyEntries = JSON.stringify({
  log: {
    version: "1.2",
    creator: {},
    entries: [
      harEntry({ text: body.toString("base64"), encoding: "base64" }),
      { ...harEntry({}), response: { status: 0, headers: [], content: { size: 0, mimeType: "x-unknown" } } },
    ],
  },
});

const bytesOf = ({ items }: Exchange) => Buffer.concat(items.map(itemBytes));

describe("record case 41: what other tools recorded equals the original bytes", () => {
  test.each([
    ["a vcrpy YAML cassette", vcr, ["--exchange", "1"]],
    ["a HAR with a base64 body", har({ text: body.toString("base64"), encoding: "base64" }), []],
    ["a HAR whose text has a letter for each byte", har({ text: body.toString("latin1") }), []],
    ["a raw dump", body, []],
    ["base64 with line breaks", `${wrapped.join("\r\n")}\n`, []],
    ["base64 of URLs without padding", body.toString("base64url"), []],
    [
      "hex, as xxd -p prints it",
      `${body
        .toString("hex")
        .match(/.{1,60}/g)!
        .join("\n")}\n`,
      [],
    ],
  ])("%s", async (_name, input, args) => {
    const [raw, cassette] = await Promise.all([convert("raw", input, ...args), convert("cassette", input, ...args)]);
    expect(raw).toMatchObject({ code: 0, stderr: "" });
    expect(raw.bytes.equals(body)).toBe(true);
    expect(cassette).toMatchObject({ code: 0, stderr: "" });
    const [exchange] = parseCassette(cassette.stdout).exchanges;
    expect(bytesOf(exchange!).equals(body)).toBe(true);
  });

  test.each([
    ["vcrpy", vcr, ["--exchange", "1"]],
    ["HAR", har({ text: body.toString("base64"), encoding: "base64" }), []],
  ])("%s: user and password of its URLs are in nothing that is made of it", async (_name, input, args) => {
    const withUser = input.replaceAll(
      url,
      `${url.replace("//", "//ada:lovelace@")}?back=https://ada:lovelace@example.com`,
    );
    const out = join(tempDir(), "a.cassette.jsonl");
    const runs = await Promise.all([
      ...["cassette", "har", "text", "curl"].map((to) => convert(to, withUser, ...args)),
      convert("cassette", withUser, ...args, "--out", out),
    ]);
    for (const { code, stdout, stderr } of runs)
      expect([code, stdout + stderr]).toEqual([0, expect.not.stringMatching(/ada:|lovelace/)]);
    const [exchange] = (await loadCassette(out)).exchanges;
    expect(exchange!.request.path).toBe(`${path}?back=https://XXXXXXXXXXXX@example.com`);
    expect(readFileSync(out, "utf8")).not.toContain("lovelace");
  });

  test.each(["every-kind", "worked-example", "trailers"])(
    "HAR export of %s is valid, and read again equals the cassette",
    async (name) => {
      const exported = await convert("har", golden(name), "--endpoint", "http://127.0.0.1:9");
      expect(exported).toMatchObject({ code: 0, stderr: "" });
      expect(harProblems(JSON.parse(exported.stdout))).toEqual([]);
      const again = await convert("cassette", exported.stdout);
      expect(again).toMatchObject({ code: 0, stderr: "" });
      expect(parseCassette(again.stdout)).toEqual(parseCassette(golden(name)));
    },
  );

  test("The curl export has no secret and no signature, and curl's own signature is right", async ({ skip }) => {
    const cassette = formatCassette(cassetteOf(exchangeOf("chat", "Hel", "it's")));
    const upstream = await upstreamLambda({
      chat: async function* (event: { id: number }) {
        yield `it's ${event.id}`;
      },
    });
    const exported = await convert("curl", cassette, "--endpoint", upstream.url);
    expect(exported).toMatchObject({ code: 0, stderr: "" });
    expect(exported.stdout).toContain('--aws-sigv4 "aws:amz:us-east-1:lambda"');
    expect(exported.stdout).not.toMatch(/AKI|signature=/i);
    if (!(await hasCurl())) skip("curl is not installed");
    const ran = await shell(exported.stdout, ownEnvironment);
    expect(ran).toContain(`"text":"it's 7"`);
    expect(ran).toContain("InvokeComplete");
    expect(upstream.refusals).toEqual([]);

    // Without a session token there is no header for it either.
    const { sessionToken: _, ...lasting } = own;
    const second = await upstreamLambda({ chat: () => "hi" }, { keys: { [own.accessKeyId]: lasting } });
    const command = await convert("curl", cassette, "--endpoint", second.url);
    expect(await shell(command.stdout, { ...ownEnvironment, AWS_SESSION_TOKEN: undefined })).toContain(
      "InvokeComplete",
    );
    expect(second.refusals).toEqual([]);
  });

  test("curl sends a body that is too long for an argument", async ({ skip }) => {
    if (!(await hasCurl())) skip("curl is not installed");
    const upstream = await upstreamLambda({ chat: (event: string) => event.length });
    const [exchange] = cassetteOf(exchangeOf("chat")).exchanges;
    const text = JSON.stringify("it's ".repeat(40_000));
    const cassette = cassetteOf({ ...exchange!, request: { ...exchange!.request, body: Buffer.from(text) } });
    const { stdout } = await convert("curl", formatCassette(cassette), "--endpoint", upstream.url);
    expect(await shell(stdout, ownEnvironment)).toContain('"json":200000}');
    expect(upstream.refusals).toEqual([]);
  });

  test("curl calls the path as it is, and once", async ({ skip }) => {
    if (!(await hasCurl())) skip("curl is not installed");
    const targets: string[] = [];
    const server = http.createServer(({ url: target }, response) => {
      targets.push(target!);
      response.end(encodeEvent({ event: "InvokeComplete", json: {} }));
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const odd = "/a/../[1-3]/{b,c}?d={e}";
    const [exchange] = cassetteOf(exchangeOf("chat")).exchanges;
    const cassette = cassetteOf({ ...exchange!, request: { ...exchange!.request, path: odd } });
    const { port } = server.address() as AddressInfo;
    const { stdout } = await convert(
      "curl",
      formatCassette({ ...cassette, header: { ...cassette.header, op: "lambda:Invoke" } }),
      "--endpoint",
      `http://127.0.0.1:${String(port)}`,
    );
    await shell(stdout, ownEnvironment);
    server.close();
    expect(targets).toEqual([odd]);
  });
});

describe("What is imported is kept as a recording is", () => {
  test("several calls, without the headers and signatures that no cassette holds", async () => {
    const run = await convert("cassette", vcr);
    expect(run).toMatchObject({ code: 0, stderr: "" });
    expect(run.stdout).not.toMatch(/AKIA|Signature|Botocore|secret|never/);
    const { header, exchanges } = parseCassette(run.stdout);
    expect(header).toEqual({ eventstream: 1, op: "lambda:InvokeWithResponseStream", origin: "recorded" });
    expect(exchanges.map(({ request, response }) => [request.method, request.path, response.status])).toEqual([
      ["POST", path, 200],
      ["GET", path, 404],
    ]);
    expect(exchanges[0]!.request.headers).toEqual([["content-type", "application/json"]]);
    expect(exchanges[0]!.meta).toMatchObject({ from: "vcrpy", auth: "sigv4" });
    // vcrpy does not say when anything came.
    expect(exchanges[0]!.timing).toBeUndefined();
  });

  test("with the times of a HAR", async () => {
    const run = await convert("cassette", har({ text: body.toString("base64"), encoding: "base64" }));
    const { meta, timing } = parseCassette(run.stdout).exchanges[0]!;
    expect(meta).toMatchObject({ from: "har", recordedAt: "2026-11-23T05:00:00.000Z" });
    expect(timing).toEqual({ unit: "ms", res: 20, chunks: [{ dt: 10, item: 3, extra: 0 }] });
  });

  test("a bare stream answers the path that is said", async () => {
    const run = await convert("cassette", body, "--path", path);
    const { header, exchanges } = parseCassette(run.stdout);
    expect(header).toEqual({ eventstream: 1, op: "lambda:InvokeWithResponseStream", origin: "synthetic" });
    expect(exchanges[0]!.request).toMatchObject({ method: "POST", path });
  });
});

describe("A call with a payload that fits no line", () => {
  const large = JSON.stringify({ picture: "p".repeat(1_500_000) });
  const entry = harEntry({ text: body.toString("base64"), encoding: "base64" });
  const request = { ...entry.request, postData: { mimeType: "application/json", text: large } };
  const input = JSON.stringify({ log: { version: "1.2", creator: {}, entries: [{ ...entry, request }] } });

  test("is not printed, and it is said what does", async () => {
    const run = await convert("cassette", input);
    expect(run).toMatchObject({ code: 4, stdout: "" });
    expect(run.stderr).toContain("\n--out <file> puts long payloads into files beside the cassette\n");
  });

  test("is saved with --out, and equals the original", async () => {
    const file = join(tempDir(), "chat.cassette.jsonl");
    expect(await convert("cassette", input, "--out", file)).toMatchObject({
      code: 0,
      stdout: "",
      stderr: `saved  ${file}\n`,
    });
    const [exchange] = (await loadCassette(file)).exchanges;
    expect(Buffer.from(exchange!.request.body).equals(Buffer.from(large))).toBe(true);
    expect(bytesOf(exchange!).equals(body)).toBe(true);
    const exported = await eventstream(["convert", "--to", "har", file]);
    const again = join(tempDir(), "chat.cassette.jsonl");
    expect(await convert("cassette", exported.stdout, "--out", again)).toMatchObject({ code: 0 });
    expect(readFileSync(again, "utf8")).toBe(readFileSync(file, "utf8"));
  });

  test("is not saved with a credential of the environment", async () => {
    const file = join(tempDir(), "chat.cassette.jsonl");
    const args = ["convert", "--to", "cassette", "--out", file];
    const found = await eventstream(args, input, { env: { AWS_SECRET_ACCESS_KEY: "p".repeat(40) } });
    expect(found.code).toBe(5);
    expect(existsSync(file)).toBe(false);
    expect(await convert("raw", input, "--out", file)).toMatchObject({ code: 2, stdout: "" });
  });

  test("is not saved when it is too large", { timeout: 60_000 }, async () => {
    const file = join(tempDir(), "chat.cassette.jsonl");
    const huge = input.replace("p".repeat(1_500_000), "p".repeat(10_500_000));
    const refused = await eventstream(["convert", "--to", "cassette", "--out", file], huge);
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toContain("Say --large to write it all the same");
    expect(existsSync(file)).toBe(false);
  });
});

test.each(["cassette", "raw", "text"])("--to %s --out - prints, and makes no file", async (to) => {
  const cwd = tempDir();
  const printed = await eventstream(["convert", "--to", to], vcr, { cwd });
  expect(await eventstream(["convert", "--to", to, "--out", "-"], vcr, { cwd })).toEqual(printed);
  expect(printed.code).toBe(0);
  expect(readdirSync(cwd)).toEqual([]);
});

test.each([[], ["--out", "-"]])("--large without a file is refused before anything is read: %j %j", async (...out) => {
  const run = await eventstream(["convert", "--to", "cassette", "--large", ...out, "there-is-no-such-file"]);
  expect(run).toMatchObject({ code: 2, stdout: "" });
  expect(run.stderr).toContain("--large is for --out <file>; what is printed may have any size");
});

test("One call is taken of a HAR that has others which cannot be", async () => {
  const run = await convert("raw", manyEntries, "--exchange", "1");
  expect(run).toMatchObject({ code: 0, stderr: "" });
  expect(run.bytes.equals(body)).toBe(true);
});

test("A HAR whose tool took bytes for UTF-8 is said to be damaged", async () => {
  const run = await convert("cassette", har({ text: body.toString("utf8") }));
  expect(run).toMatchObject({ code: 0, stderr: "1 part of what was read is no frame: prelude_crc\n" });
});

test("text is a transcript", async () => {
  const run = await convert("text", vcr);
  expect(run).toMatchObject({ code: 0, stderr: "" });
  expect(run.stdout).toBe(`POST ${path}
  {"name":"Ada"}
200 application/vnd.amazon.eventstream
  PayloadChunk: Hello
  PayloadChunk: 3 bytes
  InvokeComplete: {}
(eof)

GET ${path}
404 application/json
  (not_event_stream) {"message":"not found"}
(eof)
`);
});

test("text has trailers, too", async () => {
  const { stdout } = await convert("text", golden("trailers"));
  expect(stdout).toContain(`  InvokeComplete: {"LogResult":"U1RBUlQ="}
  (trailer) x-amzn-bedrock-output-token-count: 12
  (trailer) x-amzn-remapped-checksum: a
  (trailer) x-amzn-remapped-checksum: b
(eof)
`);
});

const secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzzzzzzzzz";
test.each([
  ["in a frame", [`key ${secret}`]],
  ["cut in two by a frame boundary", [`key ${secret.slice(0, 9)}`, secret.slice(9)]],
])("Nothing is printed that holds one of the environment's credentials, %s", async (_, texts) => {
  const leaking = Buffer.concat(texts.map((text) => encodeEvent({ event: "PayloadChunk", text })));
  const env = { AWS_SECRET_ACCESS_KEY: secret };
  const run = await eventstream(["convert", "--to", "cassette"], leaking, { env });
  expect(run).toMatchObject({ code: 5, stdout: "" });
  expect(run.stderr).toContain("one of your own credentials");
  expect(run.stderr).not.toContain(secret);
});

describe("What cannot be converted is said in one line, with exit 4 or 2", () => {
  test.each([
    [4, ["--from", "har"], "{", "Reading HAR: it is not JSON"],
    [4, ["--from", "har"], '{"log":{}}', "log.entries is no list"],
    [4, [], '{"log":{"entries":[{"request":7}]}}', "log.entries[0].request is no object"],
    [4, [], "interactions: [", "it is not YAML"],
    [4, [], "interactions: 7\n", "interactions is no list"],
    [4, [], 'interactions: [{request: {method: GET, uri: "/"}, response: {status: {code: 7}}}]\n', "has the status 7"],
    [4, ["--from", "hex"], "00 0g", "Letter 4 is not hex"],
    [4, ["--from", "base64"], "AAAA A", "ends inside a byte"],
    [4, [], '{"eventstream":1}', "origin is missing"],
    [4, [], har({ text: `${body.toString("base64")}@`, encoding: "base64" }), "response.content.text is no base64"],
    [4, [], har({}), `response.content has a size of ${body.length}, and no text: it was saved without bodies`],
    [4, [], vcr.replace(wrapped[1]!, "@"), "it is no base64"],
    [4, [], manyEntries, "Call 2 has the status 0; expected 200 to 599\n--exchange <n> takes one call"],
    [2, ["--exchange", "3"], vcr, "There is no exchange 3"],
    [2, ["--exchange", "0"], vcr, "Expected a number from 1"],
    [2, ["--endpoint", "ftp://user:pass-word@x"], vcr, "is not an http or https URL"],
    [2, ["--endpoint", "https://:pass-word@x"], vcr, "is not an http or https URL"],
  ])("%i: %j", async (code, args, input, message) => {
    const run = await convert(args.includes("--endpoint") ? "curl" : "raw", input, ...args);
    expect(run).toMatchObject({ code, stdout: "" });
    expect(run.stderr).toContain(message);
    expect(run.stderr).not.toContain("pass-word");
    expect(run.stderr).not.toContain("Unexpected failure");
  });

  test("a call of which nobody knows where it goes, for curl", async () => {
    const run = await convert("curl", body);
    expect(run).toMatchObject({ code: 2, stdout: "" });
    expect(run.stderr).toContain("--endpoint");
  });
});

const exec = promisify(execFile);

async function hasCurl(): Promise<boolean> {
  return exec("curl", ["--aws-sigv4", "x", "--version"]).then(
    () => true,
    () => false,
  );
}

/** Runs a command line in a shell that finds `eventstream`. */
async function shell(line: string, env: Record<string, string | undefined>): Promise<string> {
  const script = `eventstream() { "${process.execPath}" "${bin}" "$@"; }\n${line}`;
  const file = join(tempDir(), "script.sh");
  writeFileSync(file, script);
  const { stdout } = await exec("bash", ["--norc", file], {
    env: { ...env, PATH: `/usr/bin${delimiter}/bin` },
  });
  return stdout;
}
