import { EventEmitter, once } from "node:events";
import http2 from "node:http2";
import net from "node:net";
import { describe, expect, test, vi } from "vitest";
import { serve } from "@eventstream-kit/service/node";
import { HeadLimit } from "../src/node/head-limit.ts";
import { always, Gate, replyOf, text, utf8 } from "./support.ts";

const ok = always(() => replyOf([utf8("ok")]));
/** For connections on which a head comes at once, too. */
const headTimeoutMs = 250;
const head = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
const halfAHead = "GET / HTTP/1.1\r\nHost: lo";

function connect(port: number, first = ""): net.Socket {
  const socket = net.connect(port, "127.0.0.1");
  socket.on("error", () => {});
  socket.write(first);
  return socket;
}

/** Resolves with it when it is closed. */
async function closed(socket: net.Socket): Promise<net.Socket> {
  socket.resume();
  if (!socket.closed) await once(socket, "close");
  return socket;
}

/** Connections that were there before have had as much time when a new one is given up. */
const aWholeLimit = (port: number) => closed(connect(port));

describe("A connection on which no head of a request comes is given up", () => {
  test.each([
    ["silent", ""],
    ["not known to be HTTP/1", "PRI"],
    ["in the middle of a head", halfAHead],
  ])("%s", async (_, first) => {
    await using server = await serve(ok, { headTimeoutMs });
    const socket = await closed(connect(server.port, first));
    expect(socket.bytesRead).toBe(0);
  });

  test("in the middle of a second head, also when the first request took longer", async () => {
    const arrived = new Gate();
    const release = new Gate();
    await using server = await serve(
      always(async () => {
        arrived.open();
        await release.promise;
        return replyOf([utf8("ok")]);
      }),
      { headTimeoutMs },
    );
    const socket = connect(server.port, head);
    await arrived.promise;
    await aWholeLimit(server.port);
    release.open();
    const [data] = (await once(socket, "data")) as [Buffer];
    expect(text(data)).toContain("200 OK");
    socket.write(halfAHead);
    await closed(socket);
  });
});

describe("A limit for heads does not touch", () => {
  test.each<[string, (limit: HeadLimit, atLimit: (then: () => void) => void) => void]>([
    [
      "while a request is under way that is over at once",
      (limit, atLimit) => {
        limit.requestBegins();
        atLimit(() => limit.requestEnds());
      },
    ],
    [
      "just before a request that is answered at once",
      (limit, atLimit) => {
        atLimit(() => {
          limit.requestBegins();
          limit.requestEnds();
        });
      },
    ],
    ["just before it is known to be HTTP/2", (limit, atLimit) => atLimit(() => limit.stop())],
  ])("a connection when it is reached %s", async (_, act) => {
    const socket = Object.assign(new EventEmitter(), { destroyed: false, destroy: vi.fn<() => void>() });
    const limit = new HeadLimit(socket as never, 1);
    const over = new Promise((resolve) => act(limit, (then) => setTimeout(() => [then(), setImmediate(resolve)], 1)));
    // When both timers are due, they run one after the other, and behind them what each leaves for the end of the turn.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    await over;
    limit.stop();
    expect(socket.destroy).not.toHaveBeenCalled();
  });

  test("a request that waits for its answer, whose body is on its way, or whose answer is", async () => {
    const arrived = [new Gate(), new Gate()];
    const release = new Gate();
    async function* stream() {
      yield utf8("one");
      arrived[1]!.open();
      await release.promise;
      yield utf8("two");
    }
    await using server = await serve(
      always(async ({ target }) => {
        if (target === "/body") return replyOf([utf8("body")]);
        if (target === "/wait") {
          arrived[0]!.open();
          await release.promise;
          return replyOf([utf8("answer")]);
        }
        return replyOf(stream());
      }),
      { headTimeoutMs },
    );
    const close = "Host: localhost\r\nConnection: close\r\n";
    const upload = connect(
      server.port,
      `POST /body HTTP/1.1\r\n${close}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n`,
    );
    const sockets = [
      upload,
      connect(server.port, `GET /wait HTTP/1.1\r\n${close}\r\n`),
      // The half of a next head is no reason to break off what is before it.
      connect(server.port, `GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n${halfAHead}`),
    ];
    const received = sockets.map(() => "");
    for (const [index, socket] of sockets.entries()) socket.on("data", (data) => (received[index] += text(data)));
    await Promise.all([once(upload, "data"), ...arrived.map(({ promise }) => promise)]);
    await aWholeLimit(server.port);
    upload.write("xx");
    release.open();
    await Promise.all(sockets.map(closed));
    expect(received[0]).toContain("body");
    expect(received[1]).toContain("answer");
    expect(received[2]).toMatch(/one[^]*two\r\n0\r\n\r\n$/);
  });

  test("an HTTP/2 session without a stream", async () => {
    await using server = await serve(ok, { headTimeoutMs });
    const session = http2.connect(server.url);
    await once(session, "remoteSettings");
    await aWholeLimit(server.port);
    const stream = session.request({ ":path": "/" });
    const [data] = (await once(stream, "data")) as [Buffer];
    expect(text(data)).toBe("ok");
    session.close();
  });

  test("anything when it is 0", async () => {
    await using server = await serve(ok, { headTimeoutMs: 0 });
    const socket = connect(server.port);
    await once(socket, "connect");
    // What is known of it is known to the server, too: it has answered somebody since.
    expect(await (await fetch(server.url)).text()).toBe("ok");
    socket.write(head);
    expect(text(((await once(socket, "data")) as [Buffer])[0])).toContain("200 OK");
  });
});
