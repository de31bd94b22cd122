import { once } from "node:events";
import http from "node:http";
import http2 from "node:http2";
import net from "node:net";
import { describe, expect, test, vi } from "vitest";
import { firstOf, wait } from "@eventstream-kit/service";
import { serve } from "@eventstream-kit/service/node";
import { always, Gate, replyOf, text, utf8 } from "./support.ts";

const ok = always(() => replyOf([utf8("ok")]));

describe("serve", () => {
  test("listens on a free loopback port, and says where", async () => {
    await using server = await serve(ok);
    expect(server.url).toBe(`http://127.0.0.1:${String(server.port)}`);
    expect(server.port).toBeGreaterThan(0);
    expect(await (await fetch(server.url)).text()).toBe("ok");
  });

  test("listens on the host that is asked for, and lets in its name", async () => {
    await using server = await serve(ok, { host: "localhost" });
    expect(server.url).toBe(`http://localhost:${String(server.port)}`);
    expect(await (await fetch(server.url)).text()).toBe("ok");
  });

  test("rejects a port that is taken, with the system's error as the cause", async () => {
    await using server = await serve(ok);
    await expect(serve(ok, { port: server.port })).rejects.toMatchObject({
      name: "ServiceError",
      code: "listen",
      cause: { code: "EADDRINUSE" },
    });
  });

  const circular = {};
  test.each([
    { port: -1 },
    { port: 65_536 },
    { port: 1.5 },
    { maxBodyBytes: -1 },
    { graceMs: Number.NaN },
    { headTimeoutMs: -1 },
    // All addresses, for the system: an unset variable must not let other machines in.
    { host: "" },
    { host: 5 as never },
    { host: 5n as never },
    { host: Object.assign(circular, { circular }) as never },
  ])("rejects the option %o", async (options) => {
    await expect(serve(ok, options)).rejects.toHaveProperty("code", "option_range");
  });

  test.each<[string, object]>([
    ["prot", { prot: 4566 }],
    ["handle", ok],
  ])("rejects %s, which it does not have", async (name, options) => {
    const message = `There is no option ${name}; expected one of port, host, `;
    const error = { code: "option_range", message: expect.stringContaining(message) as string };
    await expect(serve(ok, options)).rejects.toMatchObject(error);
  });
});

test.each([undefined, null, {}, "service", { handle: 1 }, [ok, undefined]])(
  "What is no service is refused before it is asked: %j",
  async (none) => {
    const refusal = { name: "ServiceError", code: "not_a_service" };
    await expect(serve(none as never)).rejects.toMatchObject(refusal);
    expect(() => firstOf(none as never)).toThrow(expect.objectContaining(refusal));
  },
);

describe("close", () => {
  test("stops listening, and is safe to call twice", async () => {
    const server = await serve(ok);
    const first = server.close();
    expect(server.close()).toBe(first);
    await first;
    await server.close();
    const socket = net.connect(server.port, "127.0.0.1");
    const [error] = (await once(socket, "error")) as [NodeJS.ErrnoException];
    expect(error.code).toBe("ECONNREFUSED");
  });

  test("ends idle connections of every kind", async () => {
    const server = await serve(ok, { graceMs: 3_600_000 });
    const silent = net.connect(server.port, "127.0.0.1");
    const undecided = net.connect(server.port, "127.0.0.1");
    undecided.write("PRI");
    const keptAlive = net.connect(server.port, "127.0.0.1");
    keptAlive.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const session = http2.connect(server.url);
    await Promise.all([
      once(silent, "connect"),
      once(undecided, "connect"),
      once(keptAlive, "data"),
      once(session, "remoteSettings"),
    ]);
    const stream = session.request({ ":path": "/" });
    stream.resume();
    await once(stream, "close");

    for (const socket of [silent, undecided, keptAlive]) socket.resume();
    const connections = [silent, undecided, keptAlive, session];
    const ends = connections.map((connection) => once(connection, "close"));
    await server.close();
    await Promise.all(ends);
    expect(connections.every(({ destroyed }) => destroyed)).toBe(true);
  });

  test("ends idle connections of HTTP/1.1 at once, also while a stream is open", async () => {
    const release = new Gate();
    async function* body() {
      yield utf8("one");
      await release.promise;
      yield utf8("two");
    }
    const server = await serve(
      always(({ target }) => replyOf(target === "/stream" ? body() : [utf8("ok")])),
      { graceMs: 3_600_000 },
    );
    const [silent, keptAlive, streaming] = ["", "/", "/stream"].map((target) => {
      const socket = net.connect(server.port, "127.0.0.1");
      if (target !== "") socket.write(`GET ${target} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
      return socket;
    }) as [net.Socket, net.Socket, net.Socket];
    let received = "";
    streaming.on("data", (data: Buffer) => (received += text(data)));
    await Promise.all([once(silent, "connect"), once(keptAlive, "data"), once(streaming, "data")]);
    for (const socket of [silent, keptAlive]) socket.resume();
    const ends = [silent, keptAlive].map((socket) => once(socket, "close"));
    const closed = server.close();
    await Promise.all(ends);
    release.open();
    await Promise.all([closed, once(streaming, "close")]);
    expect(received).toMatch(/\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n$/);
  });

  test("lets an open stream finish", async () => {
    const release = new Gate();
    async function* body() {
      yield utf8("one");
      await release.promise;
      yield utf8("two");
    }
    const server = await serve(
      always(() => replyOf(body())),
      { graceMs: 3_600_000 },
    );
    const response = await fetch(server.url);
    const reader = response.body!.getReader();
    expect(text((await reader.read()).value!)).toBe("one");
    const closed = server.close();
    release.open();
    expect(text((await reader.read()).value!)).toBe("two");
    expect((await reader.read()).done).toBe(true);
    await closed;
  });

  test.each(["HTTP/1.1", "HTTP/2"])(
    "resets a %s stream that goes on for too long, and the body cleans up",
    async (protocol) => {
      const cleaned = new Gate<boolean>();
      const server = await serve(
        always((request) =>
          replyOf(
            (async function* () {
              try {
                yield utf8("one");
                yield wait(3_600_000);
              } finally {
                cleaned.open(request.signal!.aborted);
              }
            })(),
          ),
        ),
        { graceMs: 1 },
      );
      let failed: Promise<unknown>;
      if (protocol === "HTTP/2") {
        const session = http2.connect(server.url);
        session.on("error", () => {});
        const stream = session.request({ ":path": "/" });
        failed = once(stream, "end").then(
          () => "a clean end",
          (error: unknown) => error,
        );
        await once(stream, "data");
      } else {
        const reader = (await fetch(server.url)).body!.getReader();
        await reader.read();
        failed = reader.read().then(
          () => "a clean end",
          (error: unknown) => error,
        );
      }
      await server.close();
      expect(await cleaned.promise).toBe(true);
      expect(await failed).toBeInstanceOf(Error);
    },
  );

  test("does not wait for a service that never answers", async () => {
    const arrived = new Gate<AbortSignal>();
    const server = await serve(
      { handle: (request) => new Promise(() => arrived.open(request.signal!)) },
      { graceMs: 1 },
    );
    const failed = fetch(server.url).catch((error: unknown) => error);
    const signal = await arrived.promise;
    await server.close();
    expect(signal.aborted).toBe(true);
    expect(await failed).toBeInstanceOf(TypeError);
  });

  test("takes no new request, and still finishes the one before it on the same connection", async () => {
    const arrived = new Gate();
    const release = new Gate();
    const targets: string[] = [];
    const server = await serve(
      always(async (request) => {
        targets.push(request.target);
        arrived.open();
        await release.promise;
        return replyOf([utf8("ok")]);
      }),
      { graceMs: 3_600_000 },
    );
    const socket = net.connect(server.port, "127.0.0.1");
    socket.write("GET /1 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await arrived.promise;
    const closed = server.close();
    await new Promise((resolve) => socket.write("GET /2 HTTP/1.1\r\nHost: localhost\r\n\r\n", resolve));
    release.open();
    let response = "";
    socket.on("data", (chunk) => (response += text(chunk)));
    socket.on("error", () => {}); // The request that nobody took may turn the end into a reset.
    await new Promise((resolve) => socket.on("close", resolve));
    await closed;
    expect(response).toMatch(/^HTTP\/1\.1 200 OK[^]*\r\n2\r\nok\r\n0\r\n\r\n$/);
    expect(targets).toEqual(["/1"]);
  });

  test("ends on time also under fake timers", async () => {
    const arrived = new Gate();
    const server = await serve({ handle: () => new Promise(() => arrived.open()) }, { graceMs: 1 });
    const request = http.get(server.url, { agent: false });
    const failed = new Promise<NodeJS.ErrnoException>((resolve) => request.on("error", resolve));
    await arrived.promise;
    vi.useFakeTimers();
    try {
      await server.close();
    } finally {
      vi.useRealTimers();
    }
    expect((await failed).code).toBe("ECONNRESET");
  });

  test("comes with `await using`", async () => {
    let port: number;
    {
      await using server = await serve(ok);
      port = server.port;
    }
    const socket = net.connect(port, "127.0.0.1");
    const [error] = (await once(socket, "error")) as [NodeJS.ErrnoException];
    expect(error.code).toBe("ECONNREFUSED");
  });
});
