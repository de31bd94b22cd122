import { once } from "node:events";
import http from "node:http";
import http2 from "node:http2";
import { type HeaderLine, ServiceError } from "@eventstream-kit/service";
import { serve } from "@eventstream-kit/service/node";
import { describe, expect, test } from "vitest";
import { always, Gate, rawExchange, replyOf, utf8 } from "./support.ts";

const links: readonly HeaderLine[] = [
  ["Link", "</a.css>; rel=preload"],
  ["X-Between", "1"],
  ["link", "</b.css>; rel=preload"],
];
const close = (version = "1.1") => `GET / HTTP/${version}\r\nHost: localhost\r\nConnection: close\r\n\r\n`;

describe("An interim response", () => {
  test("leaves before the reply is known, over HTTP/1.1 with its lines as they are given", async () => {
    const seen = new Gate();
    await using server = await serve(
      always(async (request) => {
        request.sendInterim!(103, links);
        await seen.promise;
        return replyOf([utf8("ok")]);
      }),
    );
    const request = http.get(server.url);
    const [interim] = (await once(request, "information")) as [http.InformationEvent];
    expect(interim).toMatchObject({ statusCode: 103, statusMessage: "Early Hints", rawHeaders: links.flat() });
    seen.open();
    const [response] = (await once(request, "response")) as [http.IncomingMessage];
    expect(response.statusCode).toBe(200);
    response.resume();
  });

  test("leaves before the reply is known, over HTTP/2", async () => {
    const seen = new Gate();
    await using server = await serve(
      always(async (request) => {
        request.sendInterim!(103, [...links, ["Connection", "close"]]);
        await seen.promise;
        return replyOf([utf8("ok")]);
      }),
    );
    const session = http2.connect(server.url);
    const stream = session.request({ ":path": "/" });
    const [interim] = (await once(stream, "headers")) as [http2.IncomingHttpHeaders];
    expect(Object.fromEntries(Object.entries(interim))).toEqual({
      ":status": 103,
      link: "</a.css>; rel=preload, </b.css>; rel=preload",
      "x-between": "1",
    });
    seen.open();
    const [head] = (await once(stream, "response")) as [http2.IncomingHttpHeaders];
    expect(head[":status"]).toBe(200);
    session.destroy();
  });

  test("comes in its turn, and may have any status but those of the connection", async () => {
    await using server = await serve(
      always((request) => {
        request.sendInterim!(102, []);
        request.sendInterim!(199, [
          ["X-Of", request.target],
          ["Content-Length", "3"],
        ]);
        return replyOf([utf8("ok")], [["Content-Length", "2"]]);
      }),
    );
    const { text } = await rawExchange(server.port, `GET /first HTTP/1.1\r\nHost: localhost\r\n\r\n${close()}`);
    expect(text.split("\r\n").filter((line) => /^(ok)?HTTP|^X-Of/.test(line))).toEqual([
      "HTTP/1.1 102 Processing",
      "HTTP/1.1 199 ",
      "X-Of: /first",
      "HTTP/1.1 200 OK",
      "okHTTP/1.1 102 Processing",
      "HTTP/1.1 199 ",
      "X-Of: /",
      "HTTP/1.1 200 OK",
    ]);
    expect(text).not.toContain("Content-Length: 3");
  });

  test("is left out over HTTP/1.0, behind the reply's head, and when the client has gone", async () => {
    let gone = new Gate();
    await using server = await serve(
      always((request) => {
        const body = async function* () {
          request.sendInterim!(102, []);
          yield utf8("ok");
          if (request.target === "/") return;
          await new Promise((resolve) => request.signal!.addEventListener("abort", resolve));
          request.sendInterim!(102, []);
          gone.open();
        };
        if (request.headers.some(([name]) => name === "X-Old")) request.sendInterim!(103, links);
        return replyOf(body());
      }),
    );
    const old = close("1.0").replace("\r\n\r\n", "\r\nX-Old: 1\r\n\r\n");
    for (const request of [old, close()]) {
      expect((await rawExchange(server.port, request)).text).not.toMatch(/ 10[23] /);
    }
    for (const leave of [
      async () => {
        const request = http.get(`${server.url}/leave`).on("error", () => {});
        await once(request, "response");
        request.destroy();
      },
      async () => {
        const session = http2.connect(server.url);
        const stream = session.request({ ":path": "/leave" }).on("error", () => {});
        const interim: unknown[] = [];
        stream.on("headers", (headers) => interim.push(headers));
        await once(stream, "data");
        expect(interim).toEqual([]);
        session.destroy();
      },
    ]) {
      gone = new Gate();
      await Promise.all([leave(), gone.promise]);
    }
  });

  test.each([
    ["reply_status", 100, []],
    ["reply_status", 101, []],
    ["reply_status", 200, []],
    ["reply_status", 102.5, []],
    ["reply_header", 103, [["a b", "1"]]],
    ["reply_header", 103, [["Link", "</a>\r\nX: y"]]],
  ] as const)("cannot be: %s for %s %j", async (code, status, headers) => {
    const thrown = new Gate<unknown>();
    await using server = await serve(
      always((request) => {
        try {
          request.sendInterim!(status, headers);
        } catch (error) {
          thrown.open(error);
        }
        return replyOf([utf8("ok")]);
      }),
    );
    expect((await rawExchange(server.port, close())).text).toMatch(/^HTTP\/1.1 200 OK/);
    const error = await thrown.promise;
    expect(error).toBeInstanceOf(ServiceError);
    expect(error).toMatchObject({ code });
  });
});
