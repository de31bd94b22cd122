import { once } from "node:events";
import http from "node:http";
import type { IncomingMessage } from "node:http";
import net from "node:net";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { reset, wait } from "@eventstream-kit/service";
import type { LendingSteps, ServiceRequest } from "@eventstream-kit/service";
import { serve } from "@eventstream-kit/service/node";
import { always, Gate, rawExchange, replyOf, text, utf8 } from "./support.ts";

/** A request by node:http, up to its head. Every connection is its own. */
async function get(url: string, options: http.RequestOptions = {}): Promise<IncomingMessage> {
  const request = http.request(url, { agent: false, ...options });
  request.on("error", () => {}); // A broken response says so itself.
  request.end();
  const [response] = (await once(request, "response")) as [IncomingMessage];
  return response;
}

/** The chunks of a response, and the error it ended with. */
async function chunksOf(response: IncomingMessage): Promise<{ chunks: string[]; error?: string }> {
  const chunks: string[] = [];
  try {
    for await (const chunk of response) chunks.push(text(chunk as Buffer));
  } catch (error) {
    return { chunks, error: (error as NodeJS.ErrnoException).code ?? (error as Error).message };
  }
  return { chunks };
}

function disposable(agent: http.Agent): http.Agent & Disposable {
  return Object.assign(agent, { [Symbol.dispose]: () => agent.destroy() });
}

function* troubled() {
  yield utf8("one");
  throw new Error("trouble");
}

describe("HTTP/1.1", () => {
  test.each(["GET", "HEAD"])("sends header values as Latin-1, with a body and without: %s", async (method) => {
    const reply = { ...replyOf([utf8("one")]), headers: [["x-name", "Zo\xeb"] as const] };
    await using server = await serve(always(() => reply));
    const request = `${method} / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`;
    expect((await rawExchange(server.port, request)).text).toContain("\r\nx-name: Zo\xeb\r\n");
  });

  test("hands the service the raw request", async () => {
    let seen: ServiceRequest | undefined;
    await using server = await serve(
      always((request) => {
        seen = request;
        return replyOf([]);
      }),
    );
    await rawExchange(
      server.port,
      "PATCH /a%3Ab/../c?x=%20&y HTTP/1.1\r\nHost: localhost\r\nX-B: 1\r\nx-A:  two \r\nx-b: 3\r\nContent-Length: 3\r\nConnection: close\r\n\r\n\x00\xc3z",
    );
    expect(seen).toMatchObject({
      method: "PATCH",
      target: "/a%3Ab/../c?x=%20&y",
      headers: [
        ["Host", "localhost"],
        ["X-B", "1"],
        ["x-A", "two"],
        ["x-b", "3"],
        ["Content-Length", "3"],
        ["Connection", "close"],
      ],
    });
    expect(seen!.body).toEqual(Uint8Array.of(0, 0xc3, 0x7a));
  });

  test.each([
    ["http://localhost/a?b", "/a?b"],
    ["HTTP://localhost:1?b", "/?b"],
    ["http://localhost", "/"],
    ["*", "*"],
  ])("takes the target %s as %s", async (sent, target) => {
    await using server = await serve(always((request) => replyOf([utf8(request.target)])));
    const { text: response } = await rawExchange(
      server.port,
      `OPTIONS ${sent} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
    );
    expect(response).toContain(`\r\n${target}\r\n0\r\n\r\n`);
  });

  test("writes header lines as given: order, letter case, duplicates", async () => {
    const lines = [
      ["x-Amzn-RequestId", "1"],
      ["Access-Control-Allow-Origin", "*"],
      ["VARY", "a"],
      ["access-control-allow-origin", "*"],
      ["Set-Cookie", "a=1"],
      ["vary", "b"],
      ["Set-Cookie", "b=2"],
      ["Content-Type", "text/plain"],
      ["Content-Type", "text/html"],
    ] as const;
    await using server = await serve(always(replyOf([utf8("x")], lines)));
    const response = await get(server.url);
    const [date, , ...rest] = response.rawHeaders;
    expect([date, ...rest]).toEqual(["Date", "Transfer-Encoding", "chunked", "Connection", "close", ...lines.flat()]);
    response.resume();
  });

  const json = ["Content-Type", "application/json"] as const;
  const id = ["x-amzn-RequestId", "1"] as const;
  test.each([
    ["chunks", [json, id], 200, ["Content-Type", "Transfer-Encoding", "Connection", "x-amzn-RequestId"]],
    [
      "a length",
      [json, ["Content-Length", "1"], id],
      200,
      ["Content-Type", "Content-Length", "Connection", "x-amzn-RequestId"],
    ],
    [
      "a coding of its own",
      [json, ["Transfer-Encoding", "chunked"], id],
      200,
      ["Content-Type", "Transfer-Encoding", "Connection", "x-amzn-RequestId"],
    ],
    ["no body", [json, id], 204, ["Content-Type", "Connection", "x-amzn-RequestId"]],
    ["only lines about the body", [json], 200, ["Content-Type", "Transfer-Encoding", "Connection"]],
    ["only other lines", [id], 200, ["Transfer-Encoding", "Connection", "x-amzn-RequestId"]],
    ["no lines", [], 200, ["Transfer-Encoding", "Connection"]],
  ] as const)(
    "its own lines are in the order of AWS's services: a reply with %s, on an open and a last connection",
    async (_what, lines, status, order) => {
      await using server = await serve(always(() => replyOf(status === 204 ? [] : [utf8("x")], lines, status)));
      const one = "GET / HTTP/1.1\r\nHost: localhost\r\n";
      const { text: responses } = await rawExchange(server.port, `${one}\r\n${one}Connection: close\r\n\r\n`);
      const heads = responses.match(/HTTP\/1\.1 [^]*?\r\n\r\n/g)!;
      expect(heads.map((head) => head.match(/^[\w-]+(?=: )/gm))).toEqual([
        ["Date", ...order],
        ["Date", ...order],
      ]);
      expect(heads.map((head) => /^Connection: (.*)$/m.exec(head)![1])).toEqual(["keep-alive", "close"]);
    },
  );

  test("an idle connection has no limit but headTimeoutMs", async () => {
    await using server = await serve(always(replyOf([utf8("x")])));
    const limits = vi.spyOn(net.Socket.prototype, "setTimeout");
    onTestFinished(() => limits.mockRestore());
    const socket = net.connect(server.port, "127.0.0.1");
    socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let answer = "";
    for await (const chunk of socket) {
      answer += text(chunk as Buffer);
      if (answer.endsWith("\r\n0\r\n\r\n")) socket.end();
    }
    expect(answer).not.toMatch(/keep-alive:/i);
    expect(limits.mock.calls.filter(([ms]) => ms > 0)).toEqual([]);
  });

  test("leaves the reply's own Date, Connection and Transfer-Encoding lines where they are", async () => {
    const lines = [
      ["date", "Tue, 24 Nov 2026 00:00:00 GMT"],
      ["Transfer-Encoding", "chunked"],
      ["connection", "keep-alive"],
      ["x-last", "1"],
    ] as const;
    await using server = await serve(always(replyOf([utf8("x")], lines)));
    using agent = disposable(new http.Agent({ keepAlive: true }));
    const response = await get(server.url, { agent });
    expect(response.rawHeaders).toEqual(lines.flat());
    expect(await chunksOf(response)).toEqual({ chunks: ["x"] });
    const closing = await get(server.url, { headers: { connection: "close" } });
    expect(closing.rawHeaders).toEqual(
      lines.flat<readonly (readonly string[])[]>().with(5, "close").with(4, "Connection"),
    );
    expect(await chunksOf(closing)).toEqual({ chunks: ["x"] });
  });

  test("sends one chunk a step, framed as such", async () => {
    await using server = await serve(always(replyOf([utf8("Hel"), new Uint8Array(), utf8("lo")])));
    const { text: response, end } = await rawExchange(
      server.port,
      "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    );
    expect(response.slice(response.indexOf("\r\n\r\n"))).toBe("\r\n\r\n3\r\nHel\r\n2\r\nlo\r\n0\r\n\r\n");
    expect(end).toBe("FIN");
  });

  test("frames steps of any size, alone and many in one turn", async () => {
    // Around the sizes from which on memory is not copied, and does not wait for the end of the turn.
    const sizes = [1, 15, 16, 8191, 8192, 8193, 1, 2, 32_767, 3, 32_768, 70_000, 1, 1];
    const steps = sizes.map((size, index) => new Uint8Array(size).fill(97 + index));
    const framed = steps.map((step) => `${step.length.toString(16)}\r\n${text(step)}\r\n`).join("");
    const request = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    async function* apart() {
      for (const step of steps) {
        yield step;
        yield wait(0);
      }
    }
    for (const body of [steps, apart()]) {
      await using server = await serve(always(replyOf(body)));
      const { text: response } = await rawExchange(server.port, request);
      expect(response.slice(response.indexOf("\r\n\r\n") + 4) === `${framed}0\r\n\r\n`).toBe(true);
    }
  });

  test.each([20_000, 1_048_576])(
    "asks for parts, of %i bytes, makes one chunk of them, and has sent them before it asks for more",
    async (size) => {
      const memory = new Uint8Array(size);
      const [first, last] = [utf8("<"), utf8(">")];
      let count = 0;
      const steps: LendingSteps = {
        next: () => Promise.reject(new Error("Nobody asks for whole steps")),
        lend(give) {
          if (++count > 20) give({ done: true, value: undefined });
          else give({ done: false, value: [first, memory.fill(96 + count), last] });
        },
      };
      await using server = await serve(always(replyOf({ [Symbol.asyncIterator]: () => steps })));
      const { text: response } = await rawExchange(
        server.port,
        "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
      );
      const chunks = response.slice(response.indexOf("\r\n\r\n") + 4).split("\r\n");
      for (let index = 0; index < 20; index++) {
        const letter = String.fromCharCode(97 + index);
        expect(chunks[2 * index]).toBe((size + 2).toString(16));
        expect(chunks[2 * index + 1] === `<${letter.repeat(size)}>`).toBe(true);
      }
      expect(chunks.slice(40)).toEqual(["0", "", ""]);
    },
  );

  test("takes any number of lent steps of no bytes, given at once, for nothing", async () => {
    let count = 0;
    const steps: LendingSteps = {
      next: () => Promise.reject(new Error("Nobody asks for whole steps")),
      lend(give) {
        if (++count > 100_000) give({ done: true, value: undefined });
        else give({ done: false, value: utf8(count === 100_000 ? "one" : "") });
      },
    };
    await using server = await serve(always(replyOf({ [Symbol.asyncIterator]: () => steps })));
    expect(await chunksOf(await get(server.url))).toEqual({ chunks: ["one"] });
  });

  test("breaks off where a lender fails, and tells why", async () => {
    const errors: unknown[] = [];
    const trouble = new Error("trouble");
    let count = 0;
    const steps: LendingSteps = {
      next: () => Promise.reject(new Error("Nobody asks for whole steps")),
      lend(give, fail) {
        if (++count > 1) fail(trouble);
        else give({ done: false, value: utf8("one") });
      },
    };
    const body = { [Symbol.asyncIterator]: () => steps };
    await using server = await serve(always(replyOf(body)), { onError: (error) => errors.push(error) });
    expect(await chunksOf(await get(server.url))).toEqual({ chunks: ["one"], error: "ECONNRESET" });
    expect(errors).toEqual([trouble]);
  });

  test("sends a body with a content-length line as it is, even when it also says chunked", async () => {
    await using server = await serve(
      always(
        replyOf(
          [utf8("Hel"), utf8("lo")],
          [
            ["Transfer-Encoding", "chunked"],
            ["content-length", "5"],
          ],
        ),
      ),
    );
    const { text: response } = await rawExchange(
      server.port,
      "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    );
    expect(response).not.toMatch(/transfer-encoding/i);
    expect(response.slice(response.indexOf("\r\n\r\n"))).toBe("\r\n\r\nHello");
  });

  test("keeps a connection of HTTP/1.0, if asked, behind a body that has a length, and behind no other", async () => {
    await using server = await serve(
      always(({ target }) => replyOf([utf8("x")], target === "/length" ? [["Content-Length", "1"]] : [])),
    );
    const requests = ["/length", "/none", "/length"].map(
      (target) => `GET ${target} HTTP/1.0\r\nConnection: keep-alive\r\n\r\n`,
    );
    const { text: responses, end } = await rawExchange(server.port, requests.join(""));
    expect(responses.match(/^Connection: .*$/gm)).toEqual(["Connection: keep-alive", "Connection: close"]);
    expect(end).toBe("FIN");
  });

  test("ends a body for HTTP/1.0 with the connection", async () => {
    await using server = await serve(always(replyOf([utf8("Hel"), utf8("lo")], [["Transfer-Encoding", "chunked"]])));
    const { text: response, end } = await rawExchange(server.port, "GET / HTTP/1.0\r\n\r\n");
    expect(response).not.toMatch(/transfer-encoding/i);
    expect(response.slice(response.indexOf("\r\n\r\n"))).toBe("\r\n\r\nHello");
    expect(end).toBe("FIN");
  });

  test.each([
    ["HEAD", 200],
    ["GET", 204],
    ["GET", 205],
    ["GET", 304],
  ])("sends no body for %s %i and does not pull it", async (method, status) => {
    let pulled = false;
    function* body() {
      pulled = true;
      yield utf8("never");
    }
    await using server = await serve(always(() => replyOf(body(), [["Content-Length", "5"]], status)));
    const one = `${method} / HTTP/1.1\r\nHost: localhost\r\n`;
    // Twice on one connection: a byte too many in the first response would break the second.
    const { text: response } = await rawExchange(server.port, `${one}\r\n${one}Connection: close\r\n\r\n`);
    expect(response.match(/HTTP\/1\.1/g)).toHaveLength(2);
    expect(response).not.toContain("never");
    expect(response.endsWith("\r\n\r\n")).toBe(true);
    expect(pulled).toBe(false);
  });

  test("sends the head before the body has anything", async () => {
    const acknowledged = new Gate();
    async function* body() {
      await acknowledged.promise;
      yield utf8("x");
    }
    await using server = await serve(always(() => replyOf(body())));
    const response = await get(server.url);
    acknowledged.open();
    expect(await chunksOf(response)).toEqual({ chunks: ["x"] });
  });

  test.each(["node:http", "fetch"])("delivers each step to %s before the next one exists", async (client) => {
    const acknowledged = Array.from({ length: 4 }, () => new Gate());
    async function* body() {
      for (const [i, gate] of acknowledged.entries()) {
        yield utf8(`step ${String(i)}`);
        await gate.promise;
      }
    }
    await using server = await serve(always(() => replyOf(body())));
    const source = client === "fetch" ? (await fetch(server.url)).body! : await get(server.url);
    let step = 0;
    for await (const chunk of source as AsyncIterable<Uint8Array>) {
      expect(text(chunk)).toBe(`step ${String(step)}`);
      acknowledged[step++]!.open();
    }
    expect(step).toBe(4);
  });

  test("waits through the given delay, between the writes", async () => {
    const released = new Gate();
    const asked = new Gate<number>();
    await using server = await serve(always(replyOf([utf8("a"), wait(3_600_000), utf8("b")])), {
      delay: (ms) => {
        asked.open(ms);
        return released.promise;
      },
    });
    const response = await get(server.url);
    const [first] = (await once(response, "data")) as [Buffer];
    expect(text(first)).toBe("a");
    expect(await asked.promise).toBe(3_600_000);
    released.open();
    expect(await chunksOf(response)).toEqual({ chunks: ["b"] });
  });

  test("a reset is a TCP reset, after everything before it", async () => {
    await using server = await serve(always(replyOf([utf8("one"), reset(), utf8("never")])));
    const seen = await rawExchange(server.port, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    expect(seen.text.endsWith("3\r\none\r\n")).toBe(true);
    expect(seen.end).toBe("ECONNRESET");
    expect(await chunksOf(await get(server.url))).toEqual({ chunks: ["one"], error: "ECONNRESET" });
  });

  test.each([
    ["HTTP/1.1", "Host: localhost\r\n"],
    ["HTTP/1.0", ""],
  ])("a body that throws over %s is never a clean end, and is reported", async (version, host) => {
    const reports: unknown[] = [];
    await using server = await serve(
      always(() => replyOf(troubled())),
      { onError: (error, request) => reports.push([(error as Error).message, request.target]) },
    );
    const seen = await rawExchange(server.port, `GET /x ${version}\r\n${host}\r\n`);
    expect(seen.text).toContain("one");
    expect(seen.text).not.toContain("0\r\n\r\n");
    expect(seen.end).toBe("ECONNRESET");
    expect(reports).toEqual([["trouble", "/x"]]);
  });

  test.each([
    ["shorter", "6", "reply_length"],
    ["longer", "4", "reply_length"],
  ])("a body %s than its content-length line breaks the connection", async (_what, length, code) => {
    const reports: unknown[] = [];
    await using server = await serve(always(replyOf([utf8("Hel"), utf8("lo")], [["Content-Length", length]])), {
      onError: (error) => reports.push((error as { code?: string }).code),
    });
    const seen = await rawExchange(server.port, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    expect(seen.text).toContain("\r\n\r\nHel");
    expect(seen.end).toBe("ECONNRESET");
    expect(reports).toEqual([code]);
  });

  test("a client that leaves aborts the signal, ends the wait and calls the body's return()", async () => {
    const cleaned = new Gate<unknown>();
    const errors: unknown[] = [];
    await using server = await serve(
      always((request) =>
        replyOf(
          (async function* () {
            try {
              yield utf8("one");
              yield wait(60_000);
              yield utf8("never");
            } finally {
              cleaned.open(request.signal!.reason);
            }
          })(),
        ),
      ),
      { onError: (error) => errors.push(error) },
    );
    const client = new AbortController();
    const response = await get(server.url, { signal: client.signal });
    response.once("error", () => {});
    await once(response, "data");
    client.abort();
    expect(await cleaned.promise).toHaveProperty("name", "AbortError");
    expect(errors).toEqual([]);
  });

  test("a client that leaves before there is a reply aborts the signal", async () => {
    const arrived = new Gate();
    const aborted = new Gate<unknown>();
    await using server = await serve(
      always((request) => {
        request.signal!.addEventListener("abort", () => aborted.open(request.signal!.reason));
        arrived.open();
        return new Promise(() => {});
      }),
    );
    const request = http.get(server.url, { agent: false });
    request.once("error", () => {});
    await arrived.promise;
    request.destroy();
    expect(await aborted.promise).toHaveProperty("name", "AbortError");
  });

  test("keeps a connection for the next request", async () => {
    await using server = await serve(always((request) => replyOf([utf8(request.target)])));
    const { text: response } = await rawExchange(
      server.port,
      "GET /1 HTTP/1.1\r\nHost: localhost\r\n\r\nGET /2 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    );
    expect(response).toMatch(/\/1\r\n0\r\n\r\nHTTP\/1\.1 200 OK[^]*\/2\r\n0\r\n\r\n$/);
  });

  test("reads all chunks of a body that come together", async () => {
    await using server = await serve(always(({ body }) => replyOf([body])));
    const head = "POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
    const { text: response } = await rawExchange(server.port, `${head}3\r\nwho\r\n2\r\nle\r\n0\r\n\r\n`);
    expect(response).toMatch(/\r\n\r\n5\r\nwhole\r\n0\r\n\r\n$/);
  });

  test("each head of a second is as the first, and the last of a connection but for the end", async () => {
    const lines = [
      ["Content-Type", "text/plain; charset=x"],
      ["x-latin", "\xe9"],
      ["x-latin", ""],
    ] as const;
    await using server = await serve(always(({ target }) => replyOf([utf8("x")], lines, target === "/" ? 200 : 418)));
    const targets = ["/", "/teapot", "/", "/teapot", "/"];
    const heads = targets.map((target) => `GET ${target} HTTP/1.1\r\nHost: localhost\r\n`);
    const { text: responses } = await rawExchange(server.port, `${heads.join("\r\n")}Connection: close\r\n\r\n`);
    const expected = targets.map((target, index) =>
      [
        `HTTP/1.1 ${target === "/" ? "200 OK" : "418 I'm a Teapot"}`,
        "Date: then",
        "Content-Type: text/plain; charset=x",
        "Transfer-Encoding: chunked",
        `Connection: ${index === 4 ? "close" : "keep-alive"}`,
        "x-latin: \xe9",
        "x-latin: ",
        "",
        "1\r\nx\r\n0\r\n\r\n",
      ].join("\r\n"),
    );
    const dates = /\r\nDate: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r\n/g;
    expect(responses.replaceAll(dates, "\r\nDate: then\r\n")).toBe(expected.join(""));
  });

  test("20 MB arrive intact, in both directions", { timeout: 30_000 }, async () => {
    const payload = new Uint8Array(20_000_000).map((_, i) => i * 7 + (i >> 8));
    await using server = await serve(
      always((request) =>
        replyOf(
          (function* () {
            for (let at = 0; at < request.body.byteLength; at += 65_536) yield request.body.subarray(at, at + 65_536);
          })(),
        ),
      ),
    );
    const response = await fetch(server.url, { method: "POST", body: payload });
    expect(Buffer.from(await response.arrayBuffer()).equals(payload)).toBe(true);
  });
});
