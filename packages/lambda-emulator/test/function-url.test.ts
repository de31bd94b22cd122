import { serve } from "@eventstream-kit/service/node";
import { describe, expect, test } from "vitest";
import { createLambda, functionUrlPath } from "../src/index.ts";
import type { UrlEvent } from "../src/index.ts";
import { awslambda } from "../src/runtime.ts";
import { call, createUrl, send, Signal } from "./function-url-client.ts";
import { rawLines } from "./raw-lines.ts";

const { HttpResponseStream, streamifyResponse } = awslambda;

const url = "/2021-10-31/functions/echo/url";
const id = "z".repeat(32);

describe("lambda case 58: an unknown URL", () => {
  test.each([
    ["by host", "/", `${id}.lambda-url.us-east-1.on.aws`],
    ["by a host of any shape", "/", "x.lambda-url.us-east-1.localhost:3000"],
    ["by path", `/lambda-url/${id}/`, "localhost"],
    ["by path, without a slash", "/lambda-url/x", "localhost"],
  ])("403 with a null message: %s", async (_name, target, host) => {
    const service = createLambda({ functions: { echo: () => "ok" } });
    const answer = await send(service, "GET", target, { headers: [["Host", host]] });
    expect(answer.status).toBe(403);
    expect(answer.headers).toEqual([
      ["Content-Type", "application/json"],
      ["Content-Length", "16"],
      ["x-amzn-RequestId", expect.stringMatching(/^[\da-f-]{36}$/)],
      ["x-amzn-ErrorType", "AccessDeniedException"],
    ]);
    expect(answer.text).toBe('{"Message":null}');
  });

  test.each([
    ["/lambda-url/", "localhost"],
    ["/lambda-url", "localhost"],
    ["/", "lambda.us-east-1.amazonaws.com"],
    ["/", "lambda-url.us-east-1.on.aws"],
  ])("what is no function URL is left to others: %s at %s", async (target, host) => {
    const service = createLambda({ functions: {} });
    const headers = [["Host", host]] as const;
    expect(await service.handle({ method: "GET", target, headers, body: new Uint8Array() })).toBeUndefined();
  });
});

function ordinary() {
  return { statusCode: 203, headers: { "x-a": "1" }, body: "hello" };
}

describe("lambda case 81: HEAD in both modes", () => {
  const streaming = streamifyResponse(async (_event, stream) => {
    const body = HttpResponseStream.from(stream, { statusCode: 203, headers: { "x-a": "1" } });
    body.write("hello");
    body.end(" world");
  });

  const heads = [
    ["BUFFERED", ordinary, ["Content-Length", "5"]],
    ["BUFFERED", streaming, ["Content-Length", "0"]],
    ["RESPONSE_STREAM", ordinary, ["Transfer-Encoding", "chunked"]],
    ["RESPONSE_STREAM", streaming, ["Transfer-Encoding", "chunked"]],
  ] as const;

  test.each(heads)("%s: no body, and the function runs to its end", async (InvokeMode, handler) => {
    const service = createLambda({ functions: { echo: { handler } } });
    const { path } = await createUrl(service, "echo", { InvokeMode });
    const answer = await send(service, "HEAD", `${path}/`);
    expect(answer.status).toBe(203);
    expect(answer.all("x-a")).toEqual(["1"]);
    expect(answer.steps).toEqual([]);
    const record = service.invocations[0]!;
    expect(record.event).toMatchObject({ requestContext: { http: { method: "HEAD" } } });
    expect(await record.ended).toEqual({ kind: "success" });
  });

  test.each(heads)("%s: the head frames the body of a GET", async (InvokeMode, handler, frame) => {
    const service = createLambda({ functions: { echo: { handler } } });
    const { path } = await createUrl(service, "echo", { InvokeMode });
    expect((await send(service, "HEAD", `${path}/`)).headers[1]).toEqual(frame);
  });

  test("a refusal has no body either", async () => {
    const service = createLambda({ functions: {} });
    const answer = await send(service, "HEAD", `/lambda-url/${id}/`);
    expect(answer.status).toBe(403);
    expect(answer.steps).toEqual([]);
  });

  test("over a socket", async () => {
    const service = createLambda({ functions: { echo: ordinary } });
    const { path } = await createUrl(service, "echo");
    await using server = await serve(service, { port: 0 });
    const lines = await rawLines(server.port, `HEAD ${path}/ HTTP/1.1\r\nHost: localhost`);
    expect(lines[0]).toBe("HTTP/1.1 203 Non-Authoritative Information");
    expect(lines).toContain("Content-Length: 5");
  });
});

test("lambda case 82: the URL of an alias follows it to another version", async () => {
  const seen: string[] = [];
  const code =
    (name: string) => (_event: unknown, context: { functionVersion: string; invokedFunctionArn: string }) => {
      seen.push(`${context.functionVersion} ${context.invokedFunctionArn}`);
      return name;
    };
  const versions = { 1: code("one"), 2: code("two") };
  const definition = { handler: code("latest"), versions };
  const service = createLambda({ functions: { echo: { ...definition, aliases: { live: 1 } } } });
  const live = await createUrl(service, "echo", {}, "live");
  const plain = await createUrl(service, "echo");

  expect((await send(service, "GET", `${live.path}/`)).text).toBe("one");
  service.define("echo", { ...definition, aliases: { live: 2 } });
  expect((await send(service, "GET", `${live.path}/`)).text).toBe("two");
  expect((await send(service, "GET", `${plain.path}/`)).text).toBe("latest");
  const arn = "arn:aws:lambda:us-east-1:123456789012:function:echo";
  expect(seen).toEqual([`1 ${arn}:live`, `2 ${arn}:live`, `$LATEST ${arn}`]);
});

test("one handler, two modes: an update switches the very next request", async () => {
  const heard = new Signal();
  const service = createLambda({
    functions: {
      echo: async function* () {
        yield "one";
        await heard.happened;
        yield "two";
      },
    },
  });
  await using server = await serve(service, { port: 0 });
  const { path } = await createUrl(service, "echo", { InvokeMode: "RESPONSE_STREAM" });
  const streamed = await fetch(`${server.url}${path}/`);
  expect(streamed.headers.get("content-length")).toBeNull();
  const reader = streamed.body!.pipeThrough(new TextDecoderStream()).getReader();
  expect((await reader.read()).value).toBe("one");
  heard.happen();
  expect((await reader.read()).value).toBe("two");
  expect((await reader.read()).done).toBe(true);

  await call(service, "PUT", url, { InvokeMode: "BUFFERED" });
  const buffered = await fetch(`${server.url}${path}/`);
  expect(buffered.headers.get("content-length")).toBe("6");
  expect(await buffered.text()).toBe("onetwo");

  await call(service, "PUT", url, { InvokeMode: "RESPONSE_STREAM" });
  expect((await fetch(`${server.url}${path}/`)).headers.get("content-length")).toBeNull();
});

function echoEvent({ rawPath, rawQueryString, requestContext }: UrlEvent) {
  return { path: rawPath, query: rawQueryString, domain: requestContext.domainName };
}

describe("where a function URL answers", () => {
  test("by host and by path alike, in any letter case", async () => {
    const service = createLambda({ functions: { echo: echoEvent }, region: "eu-west-1" });
    const { id: urlId, path } = await createUrl(service, "echo");
    const domain = `${urlId}.lambda-url.eu-west-1.on.aws`;
    const hosts = [domain, domain.toUpperCase(), `${domain}:443`, `${urlId}.lambda-url.eu-west-1.localhost:3000`];
    const answers = [await send(service, "GET", `${path}/a?b=c`)];
    for (const host of hosts) answers.push(await send(service, "GET", "/a?b=c", { headers: [["host", host]] }));
    for (const answer of answers) {
      expect(JSON.parse(answer.text)).toEqual({ path: "/a", query: "b=c", domain });
    }
  });

  test("over a socket, by the path of its address", async () => {
    const service = createLambda({ functions: { echo: echoEvent } });
    await using server = await serve(service, { port: 0 });
    const { json } = await call(service, "POST", url, { AuthType: "NONE" });
    const path = functionUrlPath(`${json["FunctionUrl"] as string}a?b=c`);
    const response = await fetch(new URL(path, server.url));
    expect(await response.json()).toMatchObject({ path: "/a", query: "b=c" });
  });

  test("over a socket, by its own host", async () => {
    const service = createLambda({ functions: { echo: () => "ok" } });
    await using server = await serve(service, { port: 0 });
    const { host } = await createUrl(service, "echo");
    const lines = await rawLines(server.port, `GET / HTTP/1.1\r\n${host.join(": ")}`);
    expect(lines[0]).toBe("HTTP/1.1 200 OK");
  });

  test("functionUrlPath", () => {
    const domain = "abc.lambda-url.us-east-1.on.aws";
    expect(functionUrlPath(`https://${domain}/`)).toBe("/lambda-url/abc/");
    expect(functionUrlPath(`https://${domain}`)).toBe("/lambda-url/abc/");
    expect(functionUrlPath(`https://ABC.lambda-url.us-east-1.localhost:3000/x/y?z#hash`)).toBe("/lambda-url/abc/x/y?z");
    expect(functionUrlPath(`https://${domain}?q=1`)).toBe("/lambda-url/abc/?q=1");
    for (const text of ["", "abc", "https://example.com/", "https://lambda-url.us-east-1.on.aws/"]) {
      expect(() => functionUrlPath(text)).toThrow(expect.objectContaining({ code: "invalid_option" }));
    }
  });
});
