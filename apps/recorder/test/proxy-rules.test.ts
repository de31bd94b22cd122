import { once } from "node:events";
import http from "node:http";
import http2 from "node:http2";
import net, { type AddressInfo, type Socket } from "node:net";
import dns from "node:dns";
import { Readable } from "node:stream";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { encodeEvent } from "@eventstream-kit/codec";
import { serve } from "@eventstream-kit/service/node";
import { afterEach, describe, expect, test, vi } from "vitest";
import { sendUpstream } from "../src/upstream.ts";
import { start, tempDir, urlOf } from "./eventstream.ts";
import { authorization, servedProxy, target } from "./served-proxy.ts";
import { ownEnvironment } from "./upstream-lambda.ts";

const servers: net.Server[] = [];
afterEach(() => {
  vi.restoreAllMocks();
  for (const server of servers.splice(0)) server.close();
});

const frame = encodeEvent({ event: "PayloadChunk", text: "part", contentType: "application/octet-stream" });
const head = "HTTP/1.1 200 OK\r\ncontent-type: application/vnd.amazon.eventstream\r\nconnection: close\r\n\r\n";

/** Answers each request as told, in raw bytes. Resolves to its URL. */
async function rawUpstream(answer: (socket: Socket, request: string) => void): Promise<string> {
  const server = net.createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", (request: Buffer) => answer(socket, request.toString("latin1")));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function connects(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, host, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

test("The recorder listens on 127.0.0.1 and nowhere else", async () => {
  const recorder = start(["record", "--json"], { env: ownEnvironment, cwd: tempDir() });
  const port = Number(new URL(await urlOf(recorder)).port);
  expect(await connects(port, "127.0.0.1")).toBe(true);
  // Whoever listens on all addresses listens on these.
  expect(await connects(port, "127.0.0.2")).toBe(false);
  expect(await connects(port, "::1")).toBe(false);
});

test("A name of AWS that resolves to a metadata address is refused before anything connects", async () => {
  vi.spyOn(dns, "lookup").mockImplementation(((
    _name: string,
    _options: unknown,
    answer: (...args: unknown[]) => void,
  ) => {
    answer(null, [{ address: "169.254.169.254", family: 4 }]);
  }) as typeof dns.lookup);
  const sent = sendUpstream({
    url: new URL("https://lambda.us-east-1.amazonaws.com"),
    method: "POST",
    target,
    headers: [],
    body: new Uint8Array(),
    clock: () => 0,
  });
  // The set-up of the tests fails any connection that leaves the machine; this one is not even tried.
  await expect(sent).rejects.toMatchObject({
    code: "upstream_refused",
    message: "The upstream lambda.us-east-1.amazonaws.com resolves to 169.254.169.254, which is never called",
  });
});

test("A redirect reaches the client, and nobody follows it", async () => {
  let visits = 0;
  const elsewhere = await rawUpstream(() => visits++);
  const upstream = await rawUpstream((socket) =>
    socket.end(
      `HTTP/1.1 307 Temporary Redirect\r\nLocation: ${elsewhere}/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
    ),
  );
  const { url, exchanges } = await servedProxy(upstream);
  const answer = await fetch(url + target, { method: "POST", headers: { authorization }, redirect: "manual" });
  expect(answer.status).toBe(307);
  expect(answer.headers.get("location")).toBe(`${elsewhere}/`);
  await vi.waitUntil(() => exchanges.length === 1);
  expect(exchanges[0]!.response.status).toBe(307);
  expect(visits).toBe(0);
});

test.each([
  ["another protocol", "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhello"],
  ["another protocol, unnamed", "HTTP/1.1 101 Switching Protocols\r\n\r\nhello"],
  ["a status that there is not", "HTTP/1.1 999 Odd\r\nContent-Length: 2\r\n\r\nok"],
])("An upstream that answers with %s is one that failed", async (_, answer) => {
  const { url, exchanges, failures } = await servedProxy(await rawUpstream((socket) => socket.write(answer)));
  const { status } = await fetch(url + target, { method: "POST", headers: { authorization } });
  expect([status, failures.map(({ code }) => code), exchanges]).toEqual([502, ["upstream_failed"], []]);
});

test("A tunnel, and whatever is no path, is refused, and nobody is called", async () => {
  let visits = 0;
  const { url, failures } = await servedProxy(await rawUpstream(() => visits++));
  const session = http2.connect(url);
  const tunnel = session.request({ ":method": "CONNECT", ":authority": new URL(url).host, authorization }).end();
  const [answer] = (await once(tunnel, "response")) as [http2.IncomingHttpHeaders];
  session.destroy();
  const elsewhere = http.request(url, { method: "POST", path: "ftp://elsewhere/x", headers: { authorization } }).end();
  const [response] = (await once(elsewhere, "response")) as [http.IncomingMessage];
  response.resume();
  expect([answer[":status"], response.statusCode, visits]).toEqual([403, 403, 0]);
  expect(failures.map(({ code }) => code)).toEqual(["request_refused", "request_refused"]);
});

async function call(url: string) {
  const session = http2.connect(url);
  session.on("error", () => {});
  const stream = session.request({ ":method": "POST", ":path": target, authorization });
  stream.on("error", () => {});
  stream.end("{}");
  const closed = new Promise<number>((resolve) => stream.once("close", () => resolve(stream.rstCode)));
  await once(stream, "data");
  return { session, stream, closed };
}

describe("Over HTTP/2", () => {
  test("an upstream that is reset resets the client's stream, and no other", async () => {
    const sockets: Socket[] = [];
    const upstream = await rawUpstream((socket) => {
      sockets.push(socket);
      socket.write(head);
      socket.write(frame);
    });
    const { url, exchanges } = await servedProxy(upstream);
    const { session, closed } = await call(url);
    sockets[0]!.resetAndDestroy();
    expect(await closed).toBe(http2.constants.NGHTTP2_INTERNAL_ERROR);
    expect(exchanges[0]!.end).toMatchObject({ how: "reset", items: 1 });
    expect(session.destroyed).toBe(false);
    session.destroy();
  });

  test("a client that cancels its stream cancels the upstream call", async () => {
    let gone: Promise<unknown> | undefined;
    const upstream = await rawUpstream((socket) => {
      gone = new Promise((resolve) => socket.once("close", resolve));
      socket.write(head);
      socket.write(frame);
    });
    const { url, exchanges } = await servedProxy(upstream);
    const { session, stream } = await call(url);
    stream.close(http2.constants.NGHTTP2_CANCEL);
    await gone;
    expect(exchanges[0]!.end).toMatchObject({ how: "client-abort", items: 1 });
    session.destroy();
  });
});

describe("record case 18: a retry after a reset in the middle of the body", () => {
  test("is an exchange of its own, with its attempt", async () => {
    let calls = 0;
    const upstream = await rawUpstream((socket) => {
      calls++;
      socket.write(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 6\r\nconnection: close\r\n\r\n",
      );
      if (calls > 1) socket.end('"done"');
      else socket.write('"do', () => setImmediate(() => socket.resetAndDestroy()));
    });
    const { url, exchanges } = await servedProxy(upstream);
    const client = new LambdaClient({ endpoint: url, region: "us-east-1" });
    const { Payload } = await client.send(new InvokeCommand({ FunctionName: "report" }));
    client.destroy();
    expect(Payload!.transformToString()).toBe('"done"');
    expect(exchanges.map(({ end, meta }) => [end.how, meta!["attempt"]])).toEqual([
      ["reset", undefined],
      ["eof", 2],
    ]);
  });
});

describe("A request that is too large for Lambda", () => {
  const large = Buffer.alloc(6 * 1024 * 1024 + 2000, " ");

  test("is refused, the log is told, and nobody is called", async () => {
    let visits = 0;
    const { url, failures } = await servedProxy(await rawUpstream(() => visits++));
    const answer = await fetch(url + target, { method: "POST", headers: { authorization }, body: large });
    expect([answer.status, answer.headers.get("x-amzn-errortype")]).toEqual([403, "RequestRefusedException"]);
    expect(await answer.json()).toEqual({
      message: "eventstream record: The request has a body of 6293456 bytes; Lambda takes 6 MiB",
    });
    expect([failures.map(({ code }) => code), visits]).toEqual([["request_refused"], 0]);
  });

  test("is passed on to other services", async () => {
    await using upstream = await serve({
      handle: ({ body }) => Promise.resolve({ status: 200, headers: [], body: [Buffer.from(String(body.length))] }),
    });
    const { url, exchanges } = await servedProxy(upstream.url);
    const headers = { authorization: authorization.replace("/lambda/", "/bedrock/") };
    const answer = await fetch(`${url}/model/m/converse-stream`, { method: "POST", headers, body: large });
    expect(await answer.text()).toBe(String(large.length));
    expect(exchanges[0]!.request.body.length).toBe(large.length);
  });

  test("is refused unread when it says so", async () => {
    const { url } = await servedProxy("http://127.0.0.1:9");
    const request = http.request(url + target, {
      method: "POST",
      headers: { authorization, "content-length": 70_000_000 },
    });
    request.on("error", () => {});
    request.flushHeaders();
    const [response] = (await once(request, "response")) as [http.IncomingMessage];
    expect(response.statusCode).toBe(413);
    request.destroy();
  });

  test.each(["HTTP/1.1, in chunks", "HTTP/2"])(
    "is refused when it turns out to be, and nobody is called: %s",
    async (over) => {
      let visits = 0;
      const { url, exchanges, failures } = await servedProxy(await rawUpstream(() => visits++));
      const send = over === "HTTP/2" ? sendHttp2 : sendChunked;
      expect(await send(url, endless())).toBe(413);
      expect([visits, exchanges, failures]).toEqual([0, [], []]);
    },
  );
});

/** A body without a length, which ends when nobody takes it any more. */
function* endless(): Generator<Buffer> {
  for (const part = Buffer.alloc(1_048_576); ;) yield part;
}

async function sendChunked(url: string, body: Iterable<Buffer>): Promise<number> {
  const request = http.request(url + target, { method: "POST", headers: { authorization } });
  request.on("error", () => {});
  Readable.from(body).pipe(request);
  const [response] = (await once(request, "response")) as [http.IncomingMessage];
  request.destroy();
  return response.statusCode!;
}

async function sendHttp2(url: string, body: Iterable<Buffer>): Promise<number> {
  const session = http2.connect(url);
  session.on("error", () => {});
  const stream = session.request({ ":method": "POST", ":path": target, authorization });
  stream.on("error", () => {});
  Readable.from(body).pipe(stream);
  const [headers] = (await once(stream, "response")) as [http2.IncomingHttpHeaders];
  session.destroy();
  return Number(headers[":status"]);
}
