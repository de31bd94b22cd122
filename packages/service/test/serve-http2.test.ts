import { once } from "node:events";
import http from "node:http";
import http2 from "node:http2";
import net from "node:net";
import { describe, expect, test } from "vitest";
import { reset, wait } from "@eventstream-kit/service";
import type { ServiceRequest } from "@eventstream-kit/service";
import { serve } from "@eventstream-kit/service/node";
import { always, Gate, replyOf, text, utf8 } from "./support.ts";

/** A client session that destroys itself at the end of a test. */
function connect(url: string): http2.ClientHttp2Session & Disposable {
  const session = http2.connect(url);
  session.on("error", () => {});
  return Object.assign(session, { [Symbol.dispose]: () => session.destroy() });
}

interface Answer {
  readonly raw: readonly string[];
  readonly chunks: readonly string[];
  readonly error?: string;
  readonly rstCode: number | undefined;
}

async function ask(
  session: http2.ClientHttp2Session,
  headers: http2.OutgoingHttpHeaders = {},
  body?: string,
): Promise<Answer> {
  const stream = session.request({ ":path": "/", ...headers });
  stream.end(body);
  let raw: readonly string[] = [];
  stream.on("response", (_headers, _flags, lines: string[]) => {
    raw = lines;
  });
  const chunks: string[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(text(chunk)));
  let error: string | undefined;
  stream.on("error", (thrown) => (error = thrown.message));
  await new Promise((resolve) => stream.on("close", resolve));
  return { raw, chunks, ...(error === undefined ? {} : { error }), rstCode: stream.rstCode };
}

describe("HTTP/2 by prior knowledge", () => {
  test("hands the service the request, with a host line made from :authority", async () => {
    let seen: ServiceRequest | undefined;
    await using server = await serve(
      always((request) => {
        seen = request;
        return replyOf([utf8("ok")]);
      }),
    );
    using session = connect(server.url);
    const answer = await ask(
      session,
      { ":method": "POST", ":path": "/a%3Ab?x=%20", "x-b": ["1", "2"], "x-a": "3" },
      "body",
    );
    expect(answer.chunks).toEqual(["ok"]);
    expect(seen).toMatchObject({
      method: "POST",
      target: "/a%3Ab?x=%20",
      headers: [
        ["host", `127.0.0.1:${String(server.port)}`],
        ["x-b", "1"],
        ["x-b", "2"],
        ["x-a", "3"],
      ],
    });
    expect(text(seen!.body)).toBe("body");
  });

  test("writes header lines in lower case, with duplicates, without those about the connection", async () => {
    await using server = await serve(
      always(
        replyOf(
          [utf8("x")],
          [
            ["X-Amzn-RequestId", "1"],
            ["Access-Control-Allow-Origin", "*"],
            ["Connection", "keep-alive"],
            ["Transfer-Encoding", "chunked"],
            ["access-control-allow-origin", "*"],
            ["Set-Cookie", "a=1"],
            ["Date", "Tue, 24 Nov 2026 00:00:00 GMT"],
          ],
        ),
      ),
    );
    using session = connect(server.url);
    expect((await ask(session)).raw).toEqual(
      [
        [":status", "200"],
        ["x-amzn-requestid", "1"],
        ["access-control-allow-origin", "*"],
        ["access-control-allow-origin", "*"],
        ["set-cookie", "a=1"],
        ["date", "Tue, 24 Nov 2026 00:00:00 GMT"],
      ].flat(),
    );
  });

  test.skipIf(process.version.startsWith("v22."))(
    "writes duplicates of a field that should have one value, which Node 22 refuses with a 500",
    async () => {
      const lines = [
        ["Content-Type", "a"],
        ["Content-Type", "b"],
        ["Date", "now"],
      ] as const;
      await using server = await serve(always(replyOf([utf8("x")], lines)));
      using session = connect(server.url);
      expect((await ask(session)).raw).toEqual([
        ":status",
        "200",
        "content-type",
        "a",
        "content-type",
        "b",
        "date",
        "now",
      ]);
    },
  );

  test("delivers each step before the next one exists", async () => {
    const acknowledged = Array.from({ length: 4 }, () => new Gate());
    async function* body() {
      for (const [i, gate] of acknowledged.entries()) {
        yield utf8(`step ${String(i)}`);
        await gate.promise;
      }
    }
    await using server = await serve(always(() => replyOf(body())));
    using session = connect(server.url);
    const stream = session.request({ ":path": "/" });
    let step = 0;
    for await (const chunk of stream) {
      expect(text(chunk as Buffer)).toBe(`step ${String(step)}`);
      acknowledged[step++]!.open();
    }
    expect(step).toBe(4);
  });

  test("sends the head before the body has anything", async () => {
    const acknowledged = new Gate();
    async function* body() {
      await acknowledged.promise;
      yield utf8("x");
    }
    await using server = await serve(always(() => replyOf(body())));
    using session = connect(server.url);
    const stream = session.request({ ":path": "/" });
    const [headers] = (await once(stream, "response")) as [http2.IncomingHttpHeaders];
    expect(headers[":status"]).toBe(200);
    acknowledged.open();
    await once(stream, "data");
  });

  test.each([
    ["a reset", [utf8("one"), reset(), utf8("never")]],
    [
      "a body that throws",
      {
        *[Symbol.iterator]() {
          yield utf8("one");
          throw new Error("trouble");
        },
      },
    ],
  ])("%s is RST_STREAM, not a clean end, and leaves the session alive", async (_what, body) => {
    await using server = await serve(
      always((request) => (request.target === "/ok" ? replyOf([utf8("ok")]) : replyOf(body))),
      { onError: () => {} },
    );
    using session = connect(server.url);
    const answer = await ask(session);
    expect(answer.chunks).toEqual(["one"]);
    expect(answer.error).toContain("NGHTTP2_INTERNAL_ERROR");
    expect(answer.rstCode).toBe(http2.constants.NGHTTP2_INTERNAL_ERROR);
    expect((await ask(session, { ":path": "/ok" })).chunks).toEqual(["ok"]);
  });

  test.each([
    ["HEAD", 200],
    ["GET", 204],
  ])("sends no body for %s %i", async (method, status) => {
    await using server = await serve(always(replyOf([utf8("never")], [], status)));
    using session = connect(server.url);
    const answer = await ask(session, { ":method": method });
    expect(answer.raw.slice(0, 2)).toEqual([":status", String(status)]);
    expect(answer.chunks).toEqual([]);
    expect(answer.rstCode).toBe(0);
  });

  test("a client that cancels its stream aborts the signal and calls the body's return()", async () => {
    const cleaned = new Gate<unknown>();
    await using server = await serve(
      always((request) =>
        replyOf(
          (async function* () {
            try {
              yield utf8("one");
              yield wait(60_000);
            } finally {
              cleaned.open(request.signal!.aborted);
            }
          })(),
        ),
      ),
    );
    using session = connect(server.url);
    const stream = session.request({ ":path": "/" });
    stream.on("error", () => {});
    await once(stream, "data");
    stream.close(http2.constants.NGHTTP2_CANCEL);
    expect(await cleaned.promise).toBe(true);
  });

  test("a client that cancels before there is a reply aborts the signal, and nothing is reported", async () => {
    const aborted = new Gate<unknown>();
    const errors: unknown[] = [];
    await using server = await serve(
      always(async (request) => {
        stream.close(http2.constants.NGHTTP2_CANCEL);
        await new Promise((resolve) => request.signal!.addEventListener("abort", resolve));
        aborted.open(request.signal!.reason);
        return replyOf([utf8("too late")]);
      }),
      { onError: (error) => errors.push(error) },
    );
    using session = connect(server.url);
    const stream = session.request({ ":path": "/" });
    stream.on("error", () => {});
    expect(await aborted.promise).toHaveProperty("name", "AbortError");
    await server.close();
    expect(errors).toEqual([]);
  });

  test("a client that cancels in the turn of the reply harms nobody", async () => {
    const errors: unknown[] = [];
    await using server = await serve(
      always(() => replyOf([utf8("x")])),
      { onError: (error) => errors.push(error) },
    );
    using session = connect(server.url);
    await Promise.all(
      Array.from({ length: 200 }, async (_, i) => {
        const stream = session.request({ ":path": "/" });
        stream.on("error", () => {});
        stream.resume();
        const closed = new Promise((resolve) => stream.on("close", resolve));
        for (let turn = 0; turn < i % 7; turn++) await new Promise((resolve) => setImmediate(resolve));
        stream.close(http2.constants.NGHTTP2_CANCEL);
        await closed;
      }),
    );
    expect((await ask(session)).chunks).toEqual(["x"]);
    expect(errors).toEqual([]);
  });

  test.each<[string, (stream: http2.ClientHttp2Stream, session: http2.ClientHttp2Session) => void]>([
    ["its connection", (_stream, session) => session.destroy()],
    // `close(code)` would end the request first.
    ["its stream", (stream) => stream.destroy(new Error("reset"))],
  ])("a request that loses %s before its end never reaches the service", async (_what, lose) => {
    const seen: string[] = [];
    await using server = await serve(
      always((request) => {
        seen.push(request.target);
        return replyOf([]);
      }),
    );
    using other = connect(server.url);
    for (const body of ["", "part"]) {
      const session = connect(server.url);
      const stream = session.request({ ":method": "POST", ":path": "/cut", expect: "100-continue" });
      stream.on("error", () => {});
      await once(stream, "continue");
      if (body !== "") await new Promise((resolve) => stream.write(body, resolve));
      await new Promise((resolve) => session.ping(resolve));
      lose(stream, session);
      if (!session.destroyed) await new Promise((resolve) => session.ping(resolve));
      session.destroy();
      await ask(other, { ":path": "/other" });
    }
    await server.close();
    expect(seen).toEqual(["/other", "/other"]);
  });

  test("answers streams of one session side by side", async () => {
    const all = new Gate();
    let waiting = 0;
    await using server = await serve(
      always(async (request) => {
        if (++waiting === 20) all.open();
        await all.promise;
        return replyOf([utf8(request.target)]);
      }),
    );
    using session = connect(server.url);
    const targets = Array.from({ length: 20 }, (_, i) => `/${String(i)}`);
    const answers = await Promise.all(targets.map((target) => ask(session, { ":path": target })));
    expect(answers.map(({ chunks }) => chunks.join(""))).toEqual(targets);
  });

  test("20 MB arrive intact, in both directions", { timeout: 30_000 }, async () => {
    const payload = Buffer.alloc(20_000_000).map((_, i) => i * 7 + (i >> 8));
    await using server = await serve(always((request) => replyOf([request.body])));
    using session = connect(server.url);
    const stream = session.request({ ":path": "/", ":method": "POST" });
    stream.end(payload);
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).equals(payload)).toBe(true);
  });

  test("a client that breaks the protocol harms nobody else", async () => {
    await using server = await serve(always(replyOf([utf8("ok")])));
    const broken = net.connect(server.port, "127.0.0.1");
    broken.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nthis is no frame, whatever it looks like");
    broken.resume();
    await once(broken, "close");
    using session = connect(server.url);
    expect((await ask(session)).chunks).toEqual(["ok"]);
  });
});

describe("one port", () => {
  test("serves HTTP/1.1 and HTTP/2 clients at the same time", async () => {
    await using server = await serve(always((request) => replyOf([utf8(request.target)])));
    using session = connect(server.url);
    const [one, two, three] = await Promise.all([
      fetch(`${server.url}/h1`).then((response) => response.text()),
      ask(session, { ":path": "/h2" }),
      new Promise<string>((resolve, reject) => {
        http
          .get(`${server.url}/node`, { agent: false }, (response) => {
            response.once("data", (chunk: Buffer) => resolve(text(chunk)));
          })
          .once("error", reject);
      }),
    ]);
    expect([one, two.chunks.join(""), three]).toEqual(["/h1", "/h2", "/node"]);
  });

  test.each([
    ["an HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0", "\0\0\0\x04"],
    ["an HTTP/1.1 request", "GET /x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "HTTP/1.1 200 "],
    ["a method that begins like the preface", "PRINT /x HTTP/1.1\r\nHost: localhost\r\n\r\n", "HTTP/1.1 400 "],
  ])("tells %s that comes byte by byte", async (_what, bytes, first) => {
    await using server = await serve(always(replyOf([utf8("ok")])));
    const socket = net.connect({ port: server.port, host: "127.0.0.1", noDelay: true });
    const answered = once(socket, "data") as Promise<[Buffer]>;
    socket.on("error", () => {});
    for (const byte of Buffer.from(bytes, "latin1")) {
      if (socket.writable) await new Promise((resolve) => socket.write(Uint8Array.of(byte), resolve));
      // Lets the server read this byte alone: writes of one turn would arrive together.
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(text((await answered)[0]).startsWith(first)).toBe(true);
    socket.destroy();
  });

  test("closes a connection that ends before it said what it is", async () => {
    await using server = await serve(always(replyOf([])));
    for (const bytes of ["", "PRI", "PRI * HTTP/2.0\r"]) {
      const socket = net.connect(server.port, "127.0.0.1");
      socket.end(bytes);
      socket.resume();
      await once(socket, "close");
      expect(socket.bytesRead).toBe(0);
    }
  });
});
