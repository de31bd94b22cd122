import { once } from "node:events";
import http from "node:http";
import http2 from "node:http2";
import net from "node:net";
import { describe, expect, test, vi } from "vitest";
import { serve } from "@eventstream-kit/service/node";
import type { ServeOptions } from "@eventstream-kit/service/node";
import { always, rawExchange, replyOf, text, utf8 } from "./support.ts";

const ok = always((request) => replyOf([utf8(`ok ${String(request.body.byteLength)}`)]));

async function statusFor(host: string, options: ServeOptions = {}): Promise<string> {
  await using server = await serve(ok, options);
  const { text: response } = await rawExchange(
    server.port,
    `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
  );
  return response;
}

describe("the Host line", () => {
  test.each([
    "localhost",
    "LOCALHOST:80",
    "localhost.",
    "api.localhost:3000",
    "127.0.0.1",
    "127.1.2.3:8080",
    "[::1]",
    "[::1]:8080",
    "abcdefghij0123456789.lambda-url.us-east-1.on.aws",
  ])("%s is let in", async (host) => {
    expect(await statusFor(host)).toMatch(/^HTTP\/1\.1 200 /);
  });

  test.each([
    "evil.example",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "127.0.0.256",
    "0.0.0.0",
    "10.0.0.1",
    "[::2]",
    "[::ffff:7f00:1]",
    "lambda-url.us-east-1.on.aws",
    "x.lambda-url.us-east-1.on.aws.evil.example",
    "lambda.us-east-1.amazonaws.com",
    "",
  ])("%j is refused with 421", async (host) => {
    const response = await statusFor(host);
    expect(response).toMatch(/^HTTP\/1\.1 421 /);
    expect(response).toContain(`does not answer for the host ${JSON.stringify(JSON.stringify(host)).slice(1, -1)}`);
  });

  test("is let in by allowHost, which gets it in lower case and without the port", async () => {
    const asked: string[] = [];
    const allowHost = (host: string) => {
      asked.push(host);
      return host === "lambda.test";
    };
    expect(await statusFor("Lambda.TEST:8080", { allowHost })).toMatch(/^HTTP\/1\.1 200 /);
    expect(await statusFor("other.test", { allowHost })).toMatch(/^HTTP\/1\.1 421 /);
    expect(await statusFor("localhost", { allowHost })).toMatch(/^HTTP\/1\.1 200 /);
    expect(asked).toEqual(["lambda.test", "other.test"]);
  });

  test("of an absolute target outranks the line", async () => {
    await using server = await serve(ok);
    const { text: response } = await rawExchange(
      server.port,
      "GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    );
    expect(response).toMatch(/^HTTP\/1\.1 421 /);
  });

  test("must be there once in HTTP/1.1, and need not in HTTP/1.0, which no browser speaks", async () => {
    await using server = await serve(ok);
    expect((await rawExchange(server.port, "GET / HTTP/1.1\r\nConnection: close\r\n\r\n")).text).toMatch(
      /^HTTP\/1\.1 400 /,
    );
    const twice = "GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n";
    expect((await rawExchange(server.port, twice)).text).toMatch(/^HTTP\/1\.1 400 /);
    expect((await rawExchange(server.port, "GET / HTTP/1.0\r\n\r\n")).text).toMatch(/^HTTP\/1\.1 200 /);
  });

  test("is :authority in HTTP/2", async () => {
    await using server = await serve(ok);
    const session = http2.connect(server.url);
    const stream = session.request({ ":path": "/", ":authority": "evil.example" });
    const [headers] = (await once(stream, "response")) as [http2.IncomingHttpHeaders];
    session.destroy();
    expect(headers[":status"]).toBe(421);
  });
});

describe("a body above maxBodyBytes", () => {
  const options = { maxBodyBytes: 10 };

  test("at the limit is taken", async () => {
    await using server = await serve(ok, options);
    const response = await fetch(server.url, { method: "POST", body: "0123456789" });
    expect(await response.text()).toBe("ok 10");
  });

  test("that says its length is answered 413 before a byte of it came", async () => {
    await using server = await serve(ok, options);
    const socket = net.connect(server.port, "127.0.0.1");
    socket.write("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 11\r\n\r\n");
    const [head] = (await once(socket, "data")) as [Buffer];
    expect(text(head)).toMatch(/^HTTP\/1\.1 413 /);
    // The rest of the request runs off, and the connection serves the next one.
    socket.write("01234567890GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    let rest = "";
    for await (const chunk of socket) rest += text(chunk as Buffer);
    expect(rest).toContain("HTTP/1.1 200 OK");
  });

  test("that is chunked is answered 413 as soon as it is too long", async () => {
    let handled = false;
    const service = always(() => {
      handled = true;
      return replyOf([]);
    });
    await using server = await serve(service, options);
    const request = http.request(server.url, { method: "POST", agent: false });
    request.write("012345");
    request.write("67890");
    const [response] = (await once(request, "response")) as [http.IncomingMessage];
    expect(response.statusCode).toBe(413);
    let message = "";
    for await (const chunk of response) message += text(chunk as Buffer);
    expect(JSON.parse(message)).toEqual({
      message: "The request body is larger than the 10 bytes this server takes",
    });
    request.end();
    expect(handled).toBe(false);
  });

  test("over HTTP/2 is answered 413", async () => {
    await using server = await serve(ok, options);
    const session = http2.connect(server.url);
    const stream = session.request({ ":path": "/", ":method": "POST" });
    stream.write("0123456789");
    stream.write("0");
    const [headers] = (await once(stream, "response")) as [http2.IncomingHttpHeaders];
    session.destroy();
    expect(headers[":status"]).toBe(413);
  });
});

describe("Expect: 100-continue", () => {
  test("gets leave to send the body", async () => {
    await using server = await serve(ok);
    const request = http.request(server.url, {
      method: "POST",
      agent: false,
      headers: { expect: "100-continue", "content-length": 4 },
    });
    request.flushHeaders();
    await once(request, "continue");
    request.end("body");
    const [response] = (await once(request, "response")) as [http.IncomingMessage];
    let body = "";
    for await (const chunk of response) body += text(chunk as Buffer);
    expect(body).toBe("ok 4");
  });

  test("gets 413 instead when the body is too large", async () => {
    await using server = await serve(ok, { maxBodyBytes: 3 });
    const { text: response } = await rawExchange(
      server.port,
      "POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 4\r\nConnection: close\r\n\r\n",
    );
    expect(response).toMatch(/^HTTP\/1\.1 413 /);
  });

  test("that gets no leave has had the last answer of its connection: its body may come all the same", async () => {
    await using server = await serve(ok, { maxBodyBytes: 3 });
    const { text: response, end } = await rawExchange(
      server.port,
      "POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n",
    );
    expect(response).toMatch(/^HTTP\/1\.1 413 [^]*\r\nConnection: close\r\n/);
    expect(end).toBe("FIN");
  });

  test("gets leave over HTTP/2", async () => {
    await using server = await serve(ok);
    const session = http2.connect(server.url);
    const stream = session.request({ ":path": "/", ":method": "POST", expect: "100-continue" }, { endStream: false });
    await once(stream, "continue");
    stream.end("body");
    const [chunk] = (await once(stream, "data")) as [Buffer];
    session.destroy();
    expect(text(chunk)).toBe("ok 4");
  });
});

describe("what is no request", () => {
  test.each([
    ["a line of garbage", "GARBAGE\r\n\r\n"],
    ["a header line without a colon", "GET / HTTP/1.1\r\nHost: localhost\r\nnonsense\r\n\r\n"],
    ["a chunk length that is none", "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"],
    [
      "both lengths",
      "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
  ])("%s is answered 400 and the connection closed", async (_what, bytes) => {
    await using server = await serve(ok);
    expect((await rawExchange(server.port, bytes)).text).toMatch(/^HTTP\/1\.1 400 /);
  });

  test("a body that ends early never reaches the service", async () => {
    const handle = vi.fn();
    await using server = await serve({ handle });
    const socket = net.connect(server.port, "127.0.0.1");
    socket.on("error", () => {});
    socket.end("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nshort");
    socket.resume();
    await once(socket, "close");
    expect(handle).not.toHaveBeenCalled();
  });
});

describe("what no service answers", () => {
  test("is 404 with a message that names the request", async () => {
    await using server = await serve([always(() => undefined), always(() => undefined)]);
    const response = await fetch(`${server.url}/2015-03-31/functions?x=1`);
    expect(response.status).toBe(404);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.json()).toEqual({ message: "No service here answers GET /2015-03-31/functions" });
  });
});
