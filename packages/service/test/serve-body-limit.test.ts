import { once } from "node:events";
import http2 from "node:http2";
import net from "node:net";
import { PassThrough } from "node:stream";
import { describe, expect, test } from "vitest";
import { serve } from "@eventstream-kit/service/node";
import { readBody } from "../src/node/read-body.ts";
import type { SilenceTimer } from "../src/node/silence-timer.ts";
import { always, Gate, rawExchange, replyOf, text, utf8 } from "./support.ts";

const bodyTimeoutMs = 100;
const post = "POST / HTTP/1.1\r\nHost: localhost\r\n";

/** Nobody may ever get these requests. */
const unasked = always(() => {
  throw new Error("A request without its whole body reached the service");
});

describe("A request whose body does not go on is answered 408", () => {
  test.each([
    ["that has not begun", "Content-Length: 2\r\n\r\n"],
    ["in the middle", "Content-Length: 2\r\n\r\nx"],
    ["in the middle of a chunk", "Transfer-Encoding: chunked\r\n\r\n5\r\nab"],
    ["that was asked for", "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n"],
  ])("and its HTTP/1.1 connection closed: %s", async (_, rest) => {
    await using server = await serve(unasked, { bodyTimeoutMs });
    const { text: answer, end } = await rawExchange(server.port, post + rest);
    expect(answer).toMatch(/(^|\r\n\r\n)HTTP\/1\.1 408 Request Timeout\r\n/);
    expect(answer).toContain("\r\nConnection: close\r\n");
    expect(answer).toMatch(/\{"message":"The request body did not go on for 100 ms.*"\}$/);
    expect(end).toBe("FIN");
  });

  test("over HTTP/2, where the connection goes on", async () => {
    await using server = await serve(
      always(({ body }) => replyOf([body])),
      { bodyTimeoutMs },
    );
    const session = http2.connect(server.url);
    const stream = session.request({ ":path": "/", ":method": "POST" });
    stream.write("x");
    const [headers] = (await once(stream, "response")) as [http2.IncomingHttpHeaders];
    expect(headers[":status"]).toBe(408);
    stream.resume();
    // The client has not ended the stream; the server has.
    await once(stream, "close");
    expect(stream.rstCode).toBe(http2.constants.NGHTTP2_NO_ERROR);
    const other = session.request({ ":path": "/", ":method": "POST" });
    other.end("whole");
    const [data] = (await once(other, "data")) as [Buffer];
    expect(text(data)).toBe("whole");
    session.destroy();
  });
});

test("An HTTP/2 stream that was refused does not wait for the rest of its body", async () => {
  await using server = await serve(unasked, { maxBodyBytes: 1 });
  const session = http2.connect(server.url);
  for (const headers of [{ "content-length": 2 }, {}, { ":authority": "evil.example" }]) {
    const stream = session.request({ ":path": "/", ":method": "POST", ...headers });
    stream.write("xx");
    stream.resume();
    const [answer] = (await once(stream, "response")) as [http2.IncomingHttpHeaders];
    expect(answer[":status"]).toBe(":authority" in headers ? 421 : 413);
    await once(stream, "close");
    expect(stream.rstCode).toBe(http2.constants.NGHTTP2_NO_ERROR);
  }
  session.destroy();
});

describe("A limit for bodies does not touch", () => {
  test("a request whose body is there, and anything when it is 0", async () => {
    const arrived = new Gate();
    const release = new Gate();
    const service = always(async (request) => {
      if (request.target === "/") {
        arrived.open();
        await release.promise;
      }
      return replyOf([utf8("answer")]);
    });
    await using limited = await serve(service, { bodyTimeoutMs });
    await using unlimited = await serve(service, { bodyTimeoutMs: 0 });
    const slow = net.connect(unlimited.port, "127.0.0.1");
    slow.write(`${post}Content-Length: 2\r\n\r\nx`);
    const waiting = rawExchange(limited.port, `${post}Connection: close\r\nContent-Length: 2\r\n\r\nxx`);
    await arrived.promise;
    // Both have had as much time when another is given up.
    const { text: other } = await rawExchange(limited.port, `${post}Content-Length: 2\r\n\r\nx`);
    expect(other).toContain(" 408 ");
    release.open();
    expect((await waiting).text).toMatch(/^HTTP\/1.1 200 [^]*answer/);
    slow.write("y");
    const [data] = (await once(slow, "data")) as [Buffer];
    expect(text(data)).toContain(" 200 OK");
    slow.destroy();
  });

  // By the timer's clock.
  let now = 0;
  let due = 0;
  let runsOut!: () => void;
  const timer = (ms: number, silent: () => void): SilenceTimer => {
    runsOut = silent;
    due = now + ms;
    return { heard: () => (due = now + ms), stop: () => (due = Infinity) };
  };
  const pass = (ms: number) => {
    now += ms;
    if (now >= due) runsOut();
  };

  test("a body of which something comes, however long it takes", async () => {
    const source = new PassThrough();
    const body = readBody(source, undefined, { maxBodyBytes: 1000, bodyTimeoutMs: 60 }, timer);
    for (let byte = 0; byte < 100; byte++) {
      const came = once(source, "data");
      source.write("x");
      await came;
      pass(59);
    }
    source.end();
    expect(await body).toHaveLength(100);
    expect(due).toBe(Infinity);

    const stalled = readBody(new PassThrough(), undefined, { maxBodyBytes: 1000, bodyTimeoutMs: 60 }, timer);
    pass(60);
    expect(await stalled).toBe("too slow");
  });

  test("a body that is not read: node:http pauses a connection whose client does not take the answer before", async () => {
    let paused = true;
    const source = Object.assign(new PassThrough(), { socket: { isPaused: () => paused } });
    const body = readBody(source, undefined, { maxBodyBytes: 1000, bodyTimeoutMs: 60 }, timer);
    pass(60);
    pass(60);
    paused = false;
    pass(59);
    source.end("whole");
    expect(text((await body) as Uint8Array)).toBe("whole");

    const stalled = readBody(
      Object.assign(new PassThrough(), { socket: source.socket }),
      undefined,
      { maxBodyBytes: 9, bodyTimeoutMs: 60 },
      timer,
    );
    pass(60);
    expect(await stalled).toBe("too slow");
  });
});

test.each([-1, 0.5, 2_147_483_648, NaN])("%s is no limit for bodies", async (limit) => {
  await expect(serve(unasked, { bodyTimeoutMs: limit })).rejects.toMatchObject({ code: "option_range" });
});

const none = () => {
  throw new Error("A timer waits for a body that is there");
};

describe("What is there a moment after the head is taken as it is:", () => {
  test("a body of known length, and none, without a timer", async () => {
    const source = Object.assign(new PassThrough(), { complete: false });
    const body = readBody(source, 5, { maxBodyBytes: 5, bodyTimeoutMs: 60 }, none);
    source.write("who");
    source.write("le");
    expect(text((await body) as Uint8Array)).toBe("whole");
    expect(source.eventNames()).not.toContain("data");

    const empty = Object.assign(new PassThrough(), { complete: false });
    const nothing = readBody(empty, undefined, { maxBodyBytes: 5, bodyTimeoutMs: 60 }, none);
    empty.complete = true;
    expect(await nothing).toHaveLength(0);
  });

  test("each chunk of it, where one is read a time, as by Node 26", async () => {
    class ChunkByChunk extends PassThrough {
      readonly complete = false;
      override read(): unknown {
        return super.read(Math.min(3, this.readableLength));
      }
    }
    const source = new ChunkByChunk();
    const body = readBody(source, 8, { maxBodyBytes: 8, bodyTimeoutMs: 60 }, none);
    source.write("in parts");
    expect(text((await body) as Uint8Array)).toBe("in parts");
  });

  test.each([
    ["longer than it may be", 6, "too large"],
    ["of a client that has left", 5, "gone"],
  ])("or not, when it is %s", async (_, most, expected) => {
    const source = Object.assign(new PassThrough(), { complete: false });
    const body = readBody(source, most, { maxBodyBytes: 5, bodyTimeoutMs: 60 }, () => ({ heard() {}, stop() {} }));
    source.write("x".repeat(most));
    if (expected === "gone") source.destroy();
    expect(await body).toBe(expected);
  });
});
