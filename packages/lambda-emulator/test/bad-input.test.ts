import net from "node:net";
import { serve } from "@eventstream-kit/service/node";
import type { RunningServer } from "@eventstream-kit/service/node";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { chunks, createLambda } from "../src/index.ts";
import { rawRequest, sendRaw } from "./raw-socket.ts";

const lambda = createLambda({ functions: { f: chunks("fine"), echo: (event: unknown) => event } });
const errors: unknown[] = [];
let server: RunningServer;

beforeAll(async () => {
  server = await serve(lambda, { onError: (error) => errors.push(error) });
});

/** Whatever came before, the next client is served, and nothing was thrown. */
async function expectNextServed(): Promise<void> {
  const { status, text } = await sendRaw(server.port, rawRequest());
  expect(status).toBe(200);
  expect(text).toContain("fine");
  expect(errors).toEqual([]);
}
afterEach(expectNextServed);

afterAll(() => server.close());

const post = (lines: readonly string[], body: string) => rawRequest({ lines, body });
const chunked = (body: string) => post(["Transfer-Encoding: chunked"], body);
const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/** A frame of HTTP/2: length, type, flags, stream, payload. */
const frame = (length: number, type: number, flags: number, stream: number, payload = "") => {
  const head = Buffer.alloc(9);
  head.writeUIntBE(length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return head.toString("latin1") + payload;
};
const settings = frame(0, 4, 0, 0);

describe("a request that is none is answered 400 and the connection closed", () => {
  test.each([
    ["a line of garbage", "GARBAGE\r\n\r\n"],
    ["a greeting of TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".padEnd(300, "\x5a")],
    ["a greeting of SSH", "SSH-2.0-OpenSSH_9.6\r\n"],
    ["NULs", "\0".repeat(1000)],
    ["a method that is none", rawRequest({ method: "po st" })],
    ["a method in lower case", rawRequest({ method: "post" })],
    ["a target with a backslash in its host", rawRequest({ target: "http://evil.example\\@localhost/" })],
    ["a version that is none", "GET / HTTP/9.9\r\nHost: localhost\r\n\r\n"],
    ["a space before a colon", post(["X-Name : 1"], "{}")],
    ["a NUL in a header", post(["X-Name: a\0b"], "{}")],
    ["a line feed alone in a header", post(["X-Name: a\nContent-Length : 3"], "{}")],
    ["a header line without a colon", post(["nonsense"], "{}")],
    ["no Host", "GET / HTTP/1.1\r\n\r\n"],
    ["two Hosts", post(["Host: localhost"], "{}")],
    ["a length that is no number", post(["Content-Length: two"], "{}")],
    ["a negative length", post(["Content-Length: -2"], "{}")],
    ["a length beyond 64 bits", post(["Content-Length: 18446744073709551616"], "{}")],
    ["two lengths", post(["Content-Length: 2", "Content-Length: 3"], "{}")],
    ["a length and chunks", post(["Content-Length: 2", "Transfer-Encoding: chunked"], "2\r\n{}\r\n0\r\n\r\n")],
    ["chunked not as the last coding", post(["Transfer-Encoding: chunked, gzip"], "2\r\n{}\r\n0\r\n\r\n")],
    ["a chunk length that is none", chunked("zz\r\n{}\r\n0\r\n\r\n")],
    ["a negative chunk length", chunked("-2\r\n{}\r\n0\r\n\r\n")],
    ["a chunk length beyond 64 bits", chunked("10000000000000000\r\n{}\r\n0\r\n\r\n")],
    ["a chunk longer than its length", chunked("1\r\n{}\r\n0\r\n\r\n")],
    ["a chunk shorter than its length", chunked("3\r\n{}\r\n0\r\n\r\n")],
    ["no length before the chunk", chunked("{}\r\n0\r\n\r\n")],
  ])("%s", async (_what, bytes) => {
    const before = lambda.invocations.length;
    expect((await sendRaw(server.port, bytes)).status).toBe(400);
    expect(lambda.invocations).toHaveLength(before);
  });
});

describe("a request that stops in the middle is dropped, and reaches no function", () => {
  test.each([
    ["nothing", ""],
    ["half a request line", "POST /2021-11"],
    ["half the header lines", "POST / HTTP/1.1\r\nHost: loc"],
    ["half a body", post(["Content-Length: 100"], '{"half":')],
    ["chunks without an end", chunked("2\r\n{}\r\n")],
    ["half a chunk", chunked("ff\r\n{}")],
    ["half a preface", preface.slice(0, 9)],
    ["a preface and nothing", preface],
    ["half a frame", preface + settings + frame(100, 1, 4, 1, "\x82")],
  ])("%s", async (_what, bytes) => {
    const before = lambda.invocations.length;
    expect([400, undefined]).toContain((await sendRaw(server.port, bytes)).status);
    expect(lambda.invocations).toHaveLength(before);
  });

  test("so is one whose client resets the connection", async () => {
    const before = lambda.invocations.length;
    const socket = net.connect(server.port, "127.0.0.1");
    socket.write(post(["Content-Length: 100", "Expect: 100-continue"], ""));
    await new Promise((resolve) => socket.once("data", resolve));
    socket.resetAndDestroy();
    await new Promise((resolve) => socket.once("close", resolve));
    expect(lambda.invocations).toHaveLength(before);
  });
});

describe("HTTP/2 that breaks the protocol ends its own connection", () => {
  test.each([
    ["garbage after the preface", `${preface}${"garbage".repeat(50)}`],
    ["HTTP/1.1 after the preface", preface + rawRequest()],
    ["a frame that is too long", preface + settings + frame(16_777_215, 0, 0, 1)],
    ["HEADERS on stream 0", preface + settings + frame(1, 1, 5, 0, "\x82")],
    ["HEADERS on an even stream", preface + settings + frame(1, 1, 5, 2, "\x82")],
    ["header compression that is none", preface + settings + frame(4, 1, 5, 1, "\xff\xff\xff\xff")],
    ["DATA of a stream that was never begun", preface + settings + frame(2, 0, 1, 1, "{}")],
    ["SETTINGS of a wrong length", preface + frame(5, 4, 0, 0, "12345")],
    ["CONTINUATION of nothing", preface + settings + frame(1, 9, 4, 1, "\x82")],
    ["a window of 0 more", preface + settings + frame(4, 8, 0, 0, "\0\0\0\0")],
  ])("%s", async (_what, bytes) => {
    const before = lambda.invocations.length;
    expect((await sendRaw(server.port, bytes)).status).toBe(undefined);
    expect(lambda.invocations).toHaveLength(before);
  });
});

describe("header lines without end", () => {
  test("are answered 431 as soon as they are too long", async () => {
    // Our side stays open: it is the server that has had enough.
    const bytes = `POST / HTTP/1.1\r\nHost: localhost\r\nX-Long: ${"x".repeat(17 * 1024)}`;
    expect((await sendRaw(server.port, bytes, false)).status).toBe(431);
  });

  test.each([
    ["10 MB in one line", `X-Long: ${"x".repeat(10_000_000)}`],
    ["10 MB in many lines", "X-Many: 0123456789\r\n".repeat(500_000)],
    ["10 MB of a target", undefined],
  ])("%s are not taken", async (_what, lines) => {
    const target = lines === undefined ? `/${"x".repeat(10_000_000)}` : "/";
    const bytes = `GET ${target} HTTP/1.1\r\nHost: localhost\r\n${lines ?? ""}\r\n\r\n`;
    // The server may close before we are through, and then its answer may be lost on the way.
    expect([431, undefined]).toContain((await sendRaw(server.port, bytes)).status);
  });

  test("nor chunk extensions and trailers", async () => {
    for (const body of [`2;${"x".repeat(100_000)}\r\n{}\r\n0\r\n\r\n`, `0\r\nX-Long: ${"x".repeat(100_000)}\r\n\r\n`]) {
      expect([413, 431, undefined]).toContain((await sendRaw(server.port, chunked(body))).status);
    }
  });
});

function path(name: string): string {
  return `/2021-11-15/functions/${name}/response-streaming-invocations`;
}

describe("tricks with the target get the answer of the contract", () => {
  test.each([
    [`/${path("f")}`, 404],
    ["//evil.example/", 404],
    [`/x/..${path("f")}`, 404],
    [`/./${path("f").slice(1)}`, 404],
    ["/2021-11-15/functions/f%2Fresponse-streaming-invocations", 404],
    ["/..%2f..%2fetc/passwd", 404],
    ["/../../etc/passwd", 404],
    [`${path("f")}/`, 404],
    [`${path("f")}#fragment`, 404],
    ["*", 404],
    [path(".."), 404],
    [path("a%2Fb"), 400],
    [path("..%2F..%2Ff"), 400],
    [path(""), 400],
    [path("%00"), 400],
    [path("%zz"), 400],
    [path("%"), 400],
    [path("%ff%fe"), 400],
    [path("%252e"), 400],
    [path("f".repeat(2000)), 400],
    [`${path("f")}?Qualifier=%zz`, 400],
    [`${path("f")}?Qualifier=%00`, 400],
    [`${path("f")}?Qualifier=a&Qualifier=b`, 404],
    [`${path("f")}?${"&".repeat(5000)}`, 200],
    ["/lambda-url/%zz/", 403],
    ["/lambda-url/../../etc/passwd", 403],
    [`http://localhost${path("f")}`, 200],
    [`http://evil.example${path("f")}`, 421],
    [`http://localhost@evil.example${path("f")}`, 421],
    ["http://", 421],
    ["ftp://localhost/", 404],
  ])("%s: %i", async (target, expected) => {
    const { status, text } = await sendRaw(server.port, rawRequest({ target }));
    expect(status).toBe(expected);
    expect(text).toMatch(expected === 200 ? /InvokeComplete/ : /\r\n\r\n\{.*"[mM]essage":/s);
  });

  test("CONNECT opens no tunnel", async () => {
    const { status } = await sendRaw(server.port, "CONNECT localhost:22 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    expect(status).not.toBe(200);
  });

  test("an upgrade is not made: the request counts", async () => {
    const lines = ["Upgrade: websocket", "Connection: Upgrade"];
    expect((await sendRaw(server.port, rawRequest({ lines, close: false }))).status).toBe(200);
  });
});

describe("bodies", () => {
  const echo = "/2015-03-31/functions/echo/invocations";

  test.each(["text/plain", "application/xml", "multipart/form-data", "application/vnd.amazon.eventstream", ";;;", ""])(
    "of type %j are JSON all the same, as on Lambda",
    async (type) => {
      const { status, text } = await sendRaw(
        server.port,
        rawRequest({ target: echo, lines: [`Content-Type: ${type}`], body: '{"a":1}' }),
      );
      expect(status).toBe(200);
      expect(text).toContain('{"a":1}');
    },
  );

  test.each([
    ["text", "hello"],
    ["half a document", '{"a":'],
    ["bytes that are no UTF-8", '"\xff\xfe"'],
    ["a byte order mark", "\xef\xbb\xbf{}"],
    ["NULs", "\0\0"],
  ])("that are %s are 400 InvalidRequestContentException", async (_what, body) => {
    const { status, text } = await sendRaw(server.port, rawRequest({ target: echo, body }));
    expect(status).toBe(400);
    expect(text).toContain("x-amzn-ErrorType: InvalidRequestContentException");
  });

  test("of two hundred thousand brackets are an event that no function can say again", async () => {
    const body = "[".repeat(100_000) + "]".repeat(100_000);
    const { status, text } = await sendRaw(server.port, rawRequest({ target: echo, body }));
    expect(status).toBe(200);
    expect(text).toContain("X-Amz-Function-Error: Unhandled");
  });

  test("with members that look like prototypes change nobody's", async () => {
    const body = '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}';
    expect((await sendRaw(server.port, rawRequest({ target: echo, body }))).text).toContain(body);
    expect({}).not.toHaveProperty("polluted");
  });
});
