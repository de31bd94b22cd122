import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { createLambda, functionUrlHandlers, lambdaHandlers, MockHandlersError } from "@eventstream-kit/mock-handlers";
import type { FunctionUrlHandlersOptions } from "@eventstream-kit/mock-handlers";
import { parseFault } from "@eventstream-kit/service";
import { gates } from "@eventstream-kit/workshop/gate";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { chunksOf } from "./frames.ts";
import { listen } from "./msw-server.ts";

const url = "https://chat.example.com/";

interface UrlEvent {
  readonly rawPath: string;
  readonly headers: { readonly host: string };
  readonly requestContext: { readonly domainName: string; readonly domainPrefix: string; readonly apiId: string };
}

/** Where a function is told that it is. */
const placeOf = ({ rawPath, headers, requestContext }: UrlEvent) => [
  rawPath,
  headers.host,
  requestContext.domainName,
  requestContext.domainPrefix,
  requestContext.apiId,
];

/** Creates a URL through the API, which must be mocked. */
async function createUrl(name: string): Promise<string> {
  const api = `https://lambda.us-east-1.amazonaws.com/2021-10-31/functions/${name}/url`;
  const created = await fetch(api, { method: "POST", body: JSON.stringify({ AuthType: "NONE" }) });
  return ((await created.json()) as { FunctionUrl: string }).FunctionUrl;
}

describe("functionUrlHandlers", () => {
  test("streams what the function writes, each chunk only after the client has read the one before", async () => {
    const acknowledged = gates(2);
    listen(
      ...functionUrlHandlers(url, {
        contentType: "text/plain",
        async *handler(event: { rawPath: string; queryStringParameters?: object; body?: string }) {
          yield `${event.rawPath} ${JSON.stringify(event.queryStringParameters)} ${event.body}`;
          for (const [index, { opened }] of acknowledged.entries()) {
            await opened;
            yield `chunk ${index}`;
          }
        },
      }),
    );
    const response = await fetch(`${url}a%2Fb?c=1`, {
      method: "POST",
      body: "question",
    });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/plain");
    const seen: string[] = [];
    for await (const chunk of response.body!) {
      seen.push(new TextDecoder().decode(chunk));
      acknowledged[seen.length - 1]?.open();
    }
    expect(seen).toEqual(['/a%2Fb {"c":"1"} question', "chunk 0", "chunk 1"]);
  });

  test.each<[string, FunctionUrlHandlersOptions, string]>([
    ["streams by default", {}, '{"statusCode":202,"body":"Hello"}'],
    ["buffers when it is told to", { invokeMode: "BUFFERED" }, "Hello"],
  ])("%s", async (_name, options, body) => {
    listen(...functionUrlHandlers(url, () => ({ statusCode: 202, body: "Hello" }), options));
    const response = await fetch(url);
    expect(response.status).toBe(202);
    expect(await response.text()).toBe(body);
  });

  test("answers CORS preflights, and refuses who has not signed", async () => {
    const cors = { AllowOrigins: ["https://app.example.com"], AllowMethods: ["POST"], MaxAge: 5 };
    listen(...functionUrlHandlers(url, () => "x", { cors, authType: "AWS_IAM" }));
    const preflight = await fetch(url, {
      method: "OPTIONS",
      headers: { origin: "https://app.example.com", "access-control-request-method": "POST" },
    });
    expect(preflight.status).toBe(200);
    expect(preflight.headers.get("access-control-allow-origin")).toBe("https://app.example.com");
    expect(preflight.headers.get("access-control-max-age")).toBe("5");
    expect((await fetch(url)).status).toBe(403);
  });

  test("answers every path and method of its origin, and nothing else", async () => {
    const other = vi.fn<() => string>(() => "other");
    listen(
      ...functionUrlHandlers("https://one.example.com", (event: { rawPath: string }) => event.rawPath),
      ...functionUrlHandlers("http://one.example.com:8080", other),
    );
    expect(await (await fetch("https://one.example.com/2015-03-31/functions/x")).json()).toBe(
      "/2015-03-31/functions/x",
    );
    expect(other).not.toHaveBeenCalled();
    expect(await (await fetch("http://one.example.com:8080/", { method: "PUT" })).json()).toBe("other");
  });

  test("stands before lambdaHandlers for a URL as Lambda names them", async () => {
    const real = `https://${"a1".repeat(16)}.lambda-url.eu-west-1.on.aws/`;
    listen(...functionUrlHandlers(real, placeOf), ...lambdaHandlers({ functions: {} }));
    const { host } = new URL(real);
    expect(await (await fetch(`${real}a`)).json()).toEqual(["/a", host, host, "a1".repeat(16), "a1".repeat(16)]);
    expect((await fetch(real.replaceAll("a1", "b2"))).status).toBe(403);
  });

  test("stands in front of a URL that its emulator has, too", async () => {
    const lambda = createLambda({ functions: { chat: () => "before", other: () => "other" } });
    const server = listen(...lambdaHandlers(lambda));
    const own = await createUrl("chat");
    const others = await createUrl("other");
    for (const real of [own, others]) {
      server.use(...functionUrlHandlers(real, placeOf, { lambda, functionName: "chat" }));
      expect(((await (await fetch(`${real}a`)).json()) as string[])[0]).toBe("/a");
    }
  });

  test.each([url, `https://${"a1".repeat(16)}.lambda-url.eu-west-1.on.aws/`])(
    "verifies signatures for %s as its clients make them",
    async (signedUrl) => {
      const region = signedUrl === url ? "us-east-1" : "eu-west-1";
      const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };
      const lambda = createLambda({ functions: {}, credentials: [credentials] });
      listen(...functionUrlHandlers(signedUrl, () => "ran", { lambda, authType: "AWS_IAM" }));
      // A function URL answers every path, so Lambda's own client can sign for it.
      const invoke = async (secretAccessKey: string) => {
        const client = new LambdaClient({
          endpoint: signedUrl,
          region,
          credentials: { ...credentials, secretAccessKey },
        });
        onTestFinished(() => client.destroy());
        return (await client.send(new InvokeCommand({ FunctionName: "a:b" }))).Payload?.transformToString();
      };
      expect(await invoke("secret")).toBe('"ran"');
      await expect(invoke("another")).rejects.toMatchObject({ name: "InvalidSignatureException" });
      expect(lambda.invocations).toMatchObject([
        { invokedFunctionArn: expect.stringContaining(`:lambda:${region}:`) as string },
      ]);
    },
  );

  test("an emulator records what was invoked, and outlives a reset", async () => {
    const lambda = createLambda({ functions: {} });
    listen(
      ...functionUrlHandlers(
        url,
        function* () {
          yield "part";
          throw new RangeError("too far");
        },
        { lambda },
      ),
    );
    const { chunks } = await chunksOf(await fetch(`${url}first`));
    expect(Buffer.concat(chunks).toString()).toBe("part");
    expect(lambda.invocations).toMatchObject([
      {
        functionName: "chat-example-com",
        event: { rawPath: "/first" },
        outcome: { kind: "error", errorType: "RangeError" },
      },
    ]);
    lambda.reset();
    await Promise.all([chunksOf(await fetch(`${url}2`)), chunksOf(await fetch(`${url}3`))]);
    expect(lambda.invocations.map(({ event }) => (event as { rawPath: string }).rawPath)).toEqual(["/2", "/3"]);
  });

  test("requests at the same moment share one URL", async () => {
    const lambda = createLambda({ functions: {} });
    listen(...functionUrlHandlers(url, () => "x", { lambda, functionName: "page" }));
    const statuses = await Promise.all(Array.from({ length: 10 }, async () => (await fetch(url)).status));
    expect(statuses).toEqual(Array(10).fill(200));
    expect(new Set(lambda.invocations.map(({ functionName }) => functionName))).toEqual(new Set(["page"]));
  });

  test.each(["chat", "ftp://chat.example.com/", "https://chat.example.com/path", "https://chat.example.com/?q"])(
    "%s is no URL of a function",
    (wrong) => {
      const act = () => functionUrlHandlers(wrong, () => "x");
      expect(act).toThrow(MockHandlersError);
      expect(act).toThrow(expect.objectContaining({ code: "function_url" }));
    },
  );

  test.each(["reset@frame:2", "omit-complete", "truncate@frame:1+2", "exception@frame:1:Foo", "drop@frame:1"])(
    "the fault %s could not happen, and is refused",
    (fault) => {
      for (const one of [fault, parseFault(fault)]) {
        const found = typeof one === "string" ? one : JSON.stringify(one);
        const message = `the fault ${found}, but the answer of a function URL has no frames`;
        expect(() => functionUrlHandlers(url, { handler: placeOf, faults: ["merge", one] })).toThrow(
          expect.objectContaining({ code: "function_url", message: expect.stringContaining(message) }),
        );
      }
    },
  );

  test("so is one that is chosen, at the call", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    onTestFinished(() => log.mockRestore());
    const faults = vi.fn<() => string[] | undefined>(() => undefined);
    listen(...functionUrlHandlers(url, { handler: () => "x", faults }));
    expect(await (await fetch(url)).json()).toBe("x");
    faults.mockReturnValue(["reset@frame:1"]);
    const refused = await fetch(url);
    expect(refused.status).toBe(500);
    expect(await refused.text()).toContain("the fault reset@frame:1, but the answer of a function URL has no frames");
  });

  test("a function of an emulator may have it, for those who invoke it", async () => {
    const lambda = createLambda({ functions: {} });
    listen(...functionUrlHandlers(url, { handler: () => "x", faults: ["omit-complete"] }, { lambda }));
    expect(await (await fetch(url)).json()).toBe("x");
  });

  test.each([
    { handler: placeOf, faults: "reset" },
    { handler: placeOf, faults: { kind: "reset" } },
  ])("faults are a list: %j", (definition) => {
    expect(() => functionUrlHandlers(url, definition as never)).toThrow(
      expect.objectContaining({ code: "invalid_function", message: expect.stringContaining("expected a list") }),
    );
  });

  test.each([undefined, null, { kind: "reset" }])("%j is no fault", (fault) => {
    expect(() => functionUrlHandlers(url, { handler: placeOf, faults: [fault as never] })).toThrow(
      expect.objectContaining({ code: "invalid_function", message: expect.stringContaining("A fault has the") }),
    );
  });

  test.each([
    [{ invokeMode: "STREAM" }, 'the invokeMode "STREAM"; expected BUFFERED or RESPONSE_STREAM'],
    [{ authType: "IAM" }, 'the authType "IAM"; expected NONE or AWS_IAM'],
    [{ authType: 5n }, "the authType 5; expected NONE or AWS_IAM"],
  ])("what no URL can be is refused at once: %o", (options, message) => {
    expect(() => functionUrlHandlers(url, placeOf, options as never)).toThrow(
      expect.objectContaining({ code: "function_url", message: `functionUrlHandlers was given ${message}` }),
    );
  });

  test("what is no function is refused at once", () => {
    expect(() => functionUrlHandlers(url, undefined as never)).toThrow(
      expect.objectContaining({ code: "invalid_function" }),
    );
  });

  test("a configuration that Lambda refuses is an error with its words", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    onTestFinished(() => log.mockRestore());
    listen(...functionUrlHandlers(url, () => "x", { cors: { MaxAge: 100_000 } }));
    const response = await fetch(url);
    expect(response.status).toBe(500);
    expect(await response.text()).toMatch(/Creating the URL of the function chat-example-com gave 400 .*maxAge/);
  });
});
