import { once } from "node:events";
import http from "node:http";
import http2 from "node:http2";
import { describe, expect, test, vi } from "vitest";
import type { Body } from "@eventstream-kit/service";
import { serve } from "@eventstream-kit/service/node";
import { always, rawExchange, replyOf, utf8 } from "./support.ts";

describe("a service that fails", () => {
  test("is 500 with its error, and is reported with the request", async () => {
    const reports: unknown[] = [];
    await using server = await serve(
      always(() => {
        throw new TypeError("trouble");
      }),
      { onError: (error, request) => reports.push(String(error), request.method, request.target) },
    );
    const response = await fetch(`${server.url}/x`, { method: "PUT" });
    expect(response.status).toBe(500);
    expect(await response.json()).toEqual({ message: "The service failed: TypeError: trouble" });
    expect(reports).toEqual(["TypeError: trouble", "PUT", "/x"]);
  });

  test.each([
    ["a status that cannot be", replyOf([utf8("x")], [], 99), "reply_status"],
    ["a header name that is no token", replyOf([utf8("x")], [["x y", "1"]]), "reply_header"],
    ["a body that is none", replyOf(null as unknown as Body), "reply_step"],
    ["no header value", replyOf([utf8("x")], [["x", undefined as unknown as string]]), "reply_header"],
    ["a list of header values", replyOf([utf8("x")], [["x", ["a", "b"] as unknown as string]]), "reply_header"],
    ["a line break in a header value", replyOf([utf8("x")], [["x", "a\r\nb: c"]]), "reply_header"],
  ])("with %s is 500, and reported", async (_what, reply, code) => {
    const codes: unknown[] = [];
    await using server = await serve(always(reply), {
      onError: (error) => codes.push((error as { code?: string }).code),
    });
    expect((await fetch(server.url)).status).toBe(500);
    const session = http2.connect(server.url);
    const stream = session.request({ ":path": "/" });
    const [headers] = (await once(stream, "response")) as [http2.IncomingHttpHeaders];
    session.destroy();
    expect(headers[":status"]).toBe(500);
    expect(codes).toEqual([code, code]);
  });

  test.each([
    ["a coding", [["Transfer-Encoding", "chunked"]], 200],
    ["a length", [["Content-Length", "1"]], 200],
    ["the end of the connection", [["Connection", "close"]], 200],
    ["a status without a body", [], 204],
  ] as const)(
    "and had %s before a line that cannot be sent leaves no trace in the answer",
    async (_what, lines, status) => {
      const replies = [replyOf([utf8("x")], [...lines, ["x y", "1"]], status), replyOf([])];
      await using server = await serve(
        always(() => replies.shift()),
        { onError: () => {} },
      );
      const { text: answers } = await rawExchange(
        server.port,
        "GET /1 HTTP/1.1\r\nHost: localhost\r\n\r\nGET /2 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
      );
      expect(answers).toMatch(
        /^HTTP\/1\.1 500 Internal Server Error\r\n[^]*\r\nConnection: keep-alive\r\n\r\n\{"message":"[^}]*"\}HTTP\/1\.1 200 OK\r\n/,
      );
    },
  );

  test("with a head that cannot be sent lets go of the body", async () => {
    const cancel = vi.fn();
    await using server = await serve(always(replyOf(new ReadableStream({ cancel }), [["x y", "1"]])), {
      onError: () => {},
    });
    expect((await fetch(server.url)).status).toBe(500);
    expect(cancel).toHaveBeenCalledOnce();
  });

  test("with a list as a step breaks the answer off, and is reported", async () => {
    const step = ["x"] as unknown as Uint8Array;
    const codes: unknown[] = [];
    await using server = await serve(always(replyOf([step])), {
      onError: (error) => codes.push((error as { code?: string }).code),
    });
    await expect(fetch(server.url).then((response) => response.text())).rejects.toThrow("terminated");
    expect(codes).toEqual(["reply_step"]);
  });

  test("is reported on the console by default", async () => {
    const trouble = new Error("trouble");
    const report = vi.spyOn(console, "error").mockReturnValue();
    try {
      await using server = await serve(
        always(() => {
          throw trouble;
        }),
      );
      await fetch(`${server.url}/x`);
      expect(report.mock.calls).toEqual([["GET /x failed:", trouble]]);
    } finally {
      report.mockRestore();
    }
  });

  test("is not reported when the client had gone", async () => {
    const onError = vi.fn();
    await using server = await serve(
      {
        handle: (request) =>
          new Promise((_resolve, reject) => {
            request.signal!.addEventListener("abort", () => reject(request.signal!.reason as Error));
            client.destroy();
          }),
      },
      { onError },
    );
    const client = http.get(server.url, { agent: false });
    client.on("error", () => {});
    await new Promise((resolve) => client.on("close", resolve));
    await server.close();
    expect(onError).not.toHaveBeenCalled();
  });
});
