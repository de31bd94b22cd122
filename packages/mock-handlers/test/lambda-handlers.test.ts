import {
  CreateFunctionUrlConfigCommand,
  InvokeCommand,
  InvokeWithResponseStreamCommand,
  LambdaClient,
} from "@aws-sdk/client-lambda";
import type { LambdaClientConfig } from "@aws-sdk/client-lambda";
import { createLambda, lambdaHandlers, wait, type LambdaOptions } from "@eventstream-kit/mock-handlers";
import { http, HttpResponse } from "msw";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { all } from "./all.ts";
import { listen, unhandled } from "./msw-server.ts";

function client(config: LambdaClientConfig = {}): LambdaClient {
  const made = new LambdaClient({ region: "us-east-1", ...config });
  onTestFinished(() => made.destroy());
  return made;
}

async function streamText(lambda: LambdaClient, FunctionName = "chat"): Promise<string> {
  const { EventStream } = await lambda.send(new InvokeWithResponseStreamCommand({ FunctionName }));
  const payloads = (await all(EventStream)).map(({ PayloadChunk }) => PayloadChunk?.Payload ?? new Uint8Array());
  return Buffer.concat(payloads).toString();
}

describe("what it takes", () => {
  test("options, as createLambda takes them", async () => {
    listen(...lambdaHandlers({ functions: { chat: () => "Hello" }, region: "eu-west-1" }));
    expect(await streamText(client())).toBe('"Hello"');
  });

  test("an emulator, so that a test can read its invocations", async () => {
    const lambda = createLambda({ functions: { chat: () => "Hello" } });
    listen(...lambdaHandlers(lambda));
    await streamText(client());
    expect(lambda.invocations).toMatchObject([{ functionName: "chat" }]);
    lambda.reset();
    expect(lambda.invocations).toEqual([]);
  });

  test("handler options", async () => {
    const delay = vi.fn<() => Promise<void>>(() => Promise.resolve());
    const lambda = createLambda({ functions: { chat: "Hello" } });
    const slow = {
      ...lambda,
      handle: async (request: Parameters<typeof lambda.handle>[0]) => {
        const reply = (await lambda.handle(request))!;
        return { ...reply, body: [wait(60_000)] };
      },
    };
    listen(...lambdaHandlers(slow, { delay }));
    expect(await streamText(client())).toBe("");
    expect(delay).toHaveBeenCalledExactlyOnceWith(60_000, expect.any(AbortSignal));
  });

  test("what is neither is refused by the emulator", () => {
    expect(() => lambdaHandlers({ functions: { "no blanks": 1 } })).toThrow(
      expect.objectContaining({ code: "invalid_function" }),
    );
    for (const nothing of [undefined, null, "chat"]) {
      expect(() => lambdaHandlers(nothing as unknown as LambdaOptions)).toThrow(
        expect.objectContaining({ code: "invalid_option" }),
      );
    }
  });
});

describe("which requests are Lambda's", () => {
  test.each([
    ["the region's endpoint", {}, "chat"],
    ["FIPS", { useFipsEndpoint: true }, "chat"],
    ["dual-stack", { useDualstackEndpoint: true }, "chat"],
    ["China", { region: "cn-north-1" }, "chat"],
    ["GovCloud", { region: "us-gov-west-1" }, "chat"],
    ["a custom endpoint", { endpoint: "http://localhost:4566" }, "chat"],
    ["a custom endpoint with a base path", { endpoint: "https://gateway.test/aws/lambda/" }, "chat"],
    ["a partial ARN", {}, "123456789012:function:chat"],
    ["a full ARN", {}, "arn:aws:lambda:us-east-1:123456789012:function:chat"],
    ["a function called like a path", { endpoint: "https://gateway.test/functions" }, "functions"],
  ] as [string, LambdaClientConfig, string][])("%s", async (_name, config, functionName) => {
    listen(...lambdaHandlers({ functions: { chat: () => "Hello", functions: () => "Hello" } }));
    expect(await streamText(client(config), functionName)).toBe('"Hello"');
    const { StatusCode } = await client(config).send(new InvokeCommand({ FunctionName: functionName }));
    expect(StatusCode).toBe(200);
  });

  test("a function URL, whatever it is asked for", async () => {
    listen(...lambdaHandlers({ functions: { page: (event: { rawPath: string }) => event.rawPath } }));
    const { FunctionUrl } = await client().send(
      new CreateFunctionUrlConfigCommand({ FunctionName: "page", AuthType: "NONE" }),
    );
    const path = "base/2021-11-15/functions/chat/response-streaming-invocations";
    expect(await (await fetch(`${FunctionUrl}${path}`)).text()).toBe(`/${path}`);
  });

  test.each([
    "https://s3.us-east-1.amazonaws.com/bucket/key",
    "https://lambda.us-east-1.amazonaws.com/2015-03-31/event-source-mappings",
    "https://lambda-url.example.com/",
    "https://example.com/?q=/2015-03-31/functions/",
    "https://example.com/2015-03-31/functionsandmore",
  ])("not %s", async (url) => {
    const lambda = createLambda({ functions: {} });
    const handle = vi.spyOn(lambda, "handle");
    const { origin, pathname } = new URL(url);
    listen(
      ...lambdaHandlers(lambda),
      http.all(`${origin}${pathname}`, () => HttpResponse.text("not Lambda")),
    );
    expect(await (await fetch(url)).text()).toBe("not Lambda");
    expect(handle).not.toHaveBeenCalled();
  });

  test("an operation that the emulator does not have is unhandled", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    onTestFinished(() => log.mockRestore());
    listen(...lambdaHandlers({ functions: {} }));
    await expect(fetch("https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/chat/nothing")).rejects.toThrow(
      unhandled,
    );
    expect(log.mock.calls.join()).toContain("/2015-03-31/functions/chat/nothing");
  });
});
