import { once } from "node:events";
import http from "node:http";
import http2 from "node:http2";
import net from "node:net";
import { applyFaults, reset, toResponse, type ServiceError } from "@eventstream-kit/service";
import { serve } from "@eventstream-kit/service/node";
import { describe, expect, test } from "vitest";
import { always, frames, replyOf, utf8 } from "./support.ts";

const lines = [
  ["X-Checksum", "abc"],
  ["x-twice", "1"],
  ["x-twice", "2"],
] as const;
const told: ServiceError[] = [];
const onError = (error: unknown) => void told.push(error as ServiceError);

/** What is on the wire of HTTP/1.x, up to the end of the connection. */
async function wire(url: string, request: string): Promise<string> {
  const socket = net.connect(Number(new URL(url).port), "127.0.0.1");
  socket.on("error", () => {});
  socket.write(request);
  let received = "";
  socket.on("data", (data: Buffer) => (received += data.toString("latin1")));
  await new Promise((resolve) => socket.once("close", resolve));
  return received;
}
const close = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

async function overHttp2(url: string) {
  const session = http2.connect(url);
  session.on("error", () => {});
  const stream = session.request({ ":path": "/" });
  let trailers: http2.IncomingHttpHeaders | undefined;
  stream.on("trailers", (received: http2.IncomingHttpHeaders) => (trailers = received));
  stream.on("error", () => {});
  let body = "";
  stream.on("data", (chunk: Buffer) => (body += chunk.toString()));
  await new Promise((resolve) => stream.once("close", resolve));
  session.destroy();
  return { body, trailers: trailers && Object.fromEntries(Object.entries(trailers)), rstCode: stream.rstCode };
}

describe("Trailers come after the body", () => {
  test("over HTTP/1.1, as they are given", async () => {
    await using server = await serve(always({ ...replyOf([utf8("one"), utf8("two")]), trailers: lines }));
    expect((await wire(server.url, close)).split("\r\n\r\n")[1]).toBe(
      "3\r\none\r\n3\r\ntwo\r\n0\r\nX-Checksum: abc\r\nx-twice: 1\r\nx-twice: 2",
    );
    const request = http.get(server.url);
    const [response] = (await once(request, "response")) as [http.IncomingMessage];
    response.resume();
    await once(response, "end");
    expect(response.rawTrailers).toEqual(lines.flat());
  });

  test("over HTTP/1.1 without a body", async () => {
    await using server = await serve(always({ ...replyOf([]), trailers: lines.slice(0, 1) }));
    expect(await wire(server.url, close)).toMatch(/\r\n\r\n0\r\nX-Checksum: abc\r\n\r\n$/);
  });

  test("over HTTP/2", async () => {
    await using server = await serve(always({ ...replyOf([utf8("one")]), trailers: lines }));
    expect(await overHttp2(server.url)).toEqual({
      body: "one",
      trailers: { "x-checksum": "abc", "x-twice": "1, 2" },
      rstCode: 0,
    });
  });

  test("over HTTP/2 without those about the connection, which it does not have", async () => {
    const hopByHop = ["connection", "te", "http2-settings"].map((name) => [name, "x"] as const);
    await using server = await serve(always({ ...replyOf([utf8("one")]), trailers: [...hopByHop, ["x-kept", "1"]] }));
    expect(await overHttp2(server.url)).toEqual({ body: "one", trailers: { "x-kept": "1" }, rstCode: 0 });
  });

  test("of which nobody knew before its end", async () => {
    const service = always(() => {
      let sum = 0;
      const body = function* () {
        for (const text of ["one", "two"]) {
          sum += text.length;
          yield utf8(text);
        }
      };
      return { ...replyOf(body()), trailers: () => [["x-sum", String(sum)]] };
    });
    await using server = await serve(service);
    expect((await overHttp2(server.url)).trailers).toEqual({ "x-sum": "6" });
    expect(await wire(server.url, close)).toMatch(/0\r\nx-sum: 6\r\n\r\n$/);
  });

  test("and there may be none", async () => {
    await using server = await serve(always(() => ({ ...replyOf([utf8("one")]), trailers: () => [] })));
    expect(await overHttp2(server.url)).toEqual({ body: "one", trailers: undefined, rstCode: 0 });
    expect(await wire(server.url, close)).toMatch(/3\r\none\r\n0\r\n\r\n$/);
  });
});

describe("A client that cannot get trailers gets the rest, and the server's owner is told", () => {
  test.each([
    ["HTTP/1.0", [], "GET / HTTP/1.0\r\nHost: localhost\r\n\r\n"],
    ["a content-length", [["content-length", "3"]] as const, close],
  ])("%s", async (_, headers, request) => {
    told.length = 0;
    await using server = await serve(always({ ...replyOf([utf8("one")], headers), trailers: lines }), { onError });
    expect(await wire(server.url, request)).toMatch(/\r\n\r\none$/);
    expect(told).toMatchObject([{ code: "reply_trailers" }]);
    expect(told[0]!.message).toContain("(X-Checksum, x-twice, x-twice)");
  });

  test("but not when there are none", async () => {
    told.length = 0;
    const reply = { ...replyOf([utf8("one")], [["content-length", "3"]]), trailers: () => [] };
    await using server = await serve(always(reply), { onError });
    expect(await wire(server.url, close)).toMatch(/\r\n\r\none$/);
    expect(told).toEqual([]);
  });

  test.each([
    ["HTTP/1.0", replyOf([utf8("one")]), "GET / HTTP/1.0\r\nHost: localhost\r\n\r\n", 200],
    ["a content-length", replyOf([utf8("one")], [["content-length", "3"]]), close, 200],
    ["HEAD", replyOf([utf8("one")]), close.replace("GET", "HEAD"), 200],
    ["a status without a body", replyOf([], [], 304), close, 304],
  ])("without the line that announces them: %s", async (_, reply, request, status) => {
    const announced = { ...reply, headers: [...reply.headers, ["Trailer", "X-Checksum"] as const] };
    await using server = await serve(always(announced), { onError });
    const received = await wire(server.url, request);
    expect(received).toMatch(new RegExp(`^HTTP/1\\.1 ${String(status)} `));
    expect(received).not.toContain("Trailer");
  });

  test("with the line that announces them where they follow", async () => {
    await using server = await serve(
      always({ ...replyOf([utf8("one")], [["Trailer", "X-Checksum"]]), trailers: lines.slice(0, 1) }),
    );
    expect(await wire(server.url, close)).toMatch(/\r\nTrailer: X-Checksum\r\n[^]*\r\nX-Checksum: abc\r\n\r\n$/);
  });

  test("a Response is one", async () => {
    expect(await toResponse({ ...replyOf([utf8("one")]), trailers: lines }).text()).toBe("one");
  });
});

const ask = () => {
  throw new Error("asked for");
};

describe("Trailers are not asked for", () => {
  test.each([
    ["when the body breaks off", replyOf([utf8("one"), reset()]), close],
    ["when a status has no body", replyOf([], [], 204), close],
    ["when HEAD was asked", replyOf([utf8("one")]), close.replace("GET", "HEAD")],
  ])("%s", async (_, reply, request) => {
    told.length = 0;
    await using server = await serve(always({ ...reply, trailers: ask }), { onError });
    await wire(server.url, request);
    expect(told).toEqual([]);
  });
});

describe("Trailers that cannot be had break the connection, and the server's owner is told", () => {
  test.each([
    ["a name that is none", () => [["x y", "1"]] as const, { code: "reply_header" }],
    ["a value with a line end", () => [["x", "1\r\ny: 2"]] as const, { code: "reply_header" }],
    ["a length", () => [["Content-Length", "3"]] as const, { code: "reply_header" }],
    ["a coding", () => [["transfer-encoding", "chunked"]] as const, { code: "reply_header" }],
    [
      "an error",
      () => {
        throw new Error("no checksum");
      },
      { message: "no checksum" },
    ],
  ])("%s", async (_, trailers, expected) => {
    told.length = 0;
    await using server = await serve(
      always(() => ({ ...replyOf([utf8("one")]), trailers })),
      { onError },
    );
    expect(await wire(server.url, close)).not.toContain("\r\n0\r\n");
    expect((await overHttp2(server.url)).rstCode).toBe(http2.constants.NGHTTP2_INTERNAL_ERROR);
    expect(told).toMatchObject([expected, expected]);
  });
});

test.each([
  ["eof@frame:2", false],
  ["truncate@frame:2+5", false],
  ["exception@frame:2:ThrottlingException", false],
  ["error@frame:2:InternalFailure", false],
  ["drop@frame:1", true],
  ["dup@frame:1", true],
  ["stall@frame:2:1s", true],
  ["rechunk:7", true],
  ["status:503", false],
] as const)("%s: does the fault leave the trailers? %s", (fault, left) => {
  const headers = [["content-type", "application/vnd.amazon.eventstream"]] as const;
  const faulty = applyFaults({ ...replyOf([...frames], headers), trailers: lines }, [fault]);
  expect(faulty.trailers).toEqual(left ? lines : undefined);
});
