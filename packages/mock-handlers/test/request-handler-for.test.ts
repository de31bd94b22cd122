import { Readable } from "node:stream";
import {
  BedrockRuntimeClient,
  ConverseStreamCommand,
  InvokeModelWithResponseStreamCommand,
  ListAsyncInvokesCommand,
} from "@aws-sdk/client-bedrock-runtime";
import type { ConverseStreamOutput, ResponseStream } from "@aws-sdk/client-bedrock-runtime";
import { eventStreamResponse, fault, requestHandlerFor } from "@eventstream-kit/mock-handlers";
import type { SdkRequest } from "@eventstream-kit/mock-handlers";
import { gate, gates } from "@eventstream-kit/workshop/gate";
import type { RequestHandler } from "msw";
import { http, HttpResponse, passthrough } from "msw";
import { describe, expect, onTestFinished, test } from "vitest";
import { all } from "./all.ts";

const converseUrl = "https://bedrock-runtime.us-east-1.amazonaws.com/model/:model/converse-stream";

/** Bedrock's client as everybody makes it: HTTP/2 on Node by default, were it not for the requestHandler. */
function bedrock(...handlers: RequestHandler[]): BedrockRuntimeClient {
  const client = new BedrockRuntimeClient({ region: "us-east-1", requestHandler: requestHandlerFor(handlers) });
  onTestFinished(() => client.destroy());
  return client;
}

const converse = (text = "Hi") =>
  new ConverseStreamCommand({ modelId: "a.model:0", messages: [{ role: "user", content: [{ text }] }] });

const delta = (text: string) => ({ contentBlockDelta: { contentBlockIndex: 0, delta: { text } } });

const sdkRequest = (more: Partial<SdkRequest>): SdkRequest => ({
  method: "POST",
  protocol: "https:",
  hostname: "host.test",
  path: "/echo",
  headers: { ":authority": "host.test" },
  ...more,
});

describe("the default Bedrock client, which speaks HTTP/2 on Node", () => {
  test("does speak HTTP/2 by default", () => {
    const client = new BedrockRuntimeClient({ region: "us-east-1" });
    onTestFinished(() => client.destroy());
    expect(client.config.requestHandler.metadata).toEqual({ handlerProtocol: "h2" });
  });

  test("gets events one by one: each is sent only after the client has read the one before", async () => {
    const acknowledged = gates(3);
    const client = bedrock(
      http.post(converseUrl, () =>
        eventStreamResponse<ConverseStreamOutput>(async function* () {
          yield { messageStart: { role: "assistant" } };
          for (const [index, { opened }] of acknowledged.entries()) {
            await opened;
            yield delta(String(index));
          }
          yield { messageStop: { stopReason: "end_turn" } };
        }),
      ),
    );
    const { stream } = await client.send(converse());
    const seen: unknown[] = [];
    for await (const item of stream!) {
      seen.push(item);
      acknowledged[seen.length - 1]?.open();
    }
    expect(seen).toEqual([
      { messageStart: { role: "assistant" } },
      delta("0"),
      delta("1"),
      delta("2"),
      { messageStop: { stopReason: "end_turn" } },
    ]);
  });

  test("blobs arrive as the SDK reads them", async () => {
    const client = bedrock(
      http.post("*/model/:model/invoke-with-response-stream", () =>
        eventStreamResponse<ResponseStream>([{ chunk: { bytes: Uint8Array.from([0, 0xff, 0x80]) } }]),
      ),
    );
    const { body } = await client.send(new InvokeModelWithResponseStreamCommand({ modelId: "m", body: "{}" }));
    expect(await all(body)).toEqual([{ chunk: { bytes: Uint8Array.from([0, 0xff, 0x80]) } }]);
  });

  test("an exception of the union is the SDK's error", async () => {
    const client = bedrock(
      http.post(converseUrl, () =>
        eventStreamResponse<ConverseStreamOutput>([
          { messageStart: { role: "assistant" } },
          { throttlingException: { message: "Slow down" } },
        ]),
      ),
    );
    const { stream } = await client.send(converse());
    await expect(all(stream)).rejects.toMatchObject({ name: "ThrottlingException", message: "Slow down" });
  });

  test("a reset is an error after the events before it", async () => {
    const client = bedrock(
      http.post(converseUrl, () =>
        eventStreamResponse<ConverseStreamOutput>([{ messageStart: { role: "assistant" } }, fault("reset")]),
      ),
    );
    const { stream } = await client.send(converse());
    const seen: unknown[] = [];
    const read = async () => {
      for await (const item of stream!) seen.push(item);
    };
    await expect(read()).rejects.toMatchObject({ code: "connection_reset" });
    expect(seen).toHaveLength(1);
  });

  test("an error answer is the SDK's error, and is retried by the SDK's own rules", async () => {
    const attempts: (string | null)[] = [];
    const client = bedrock(
      http.post(converseUrl, ({ request }) => {
        attempts.push(request.headers.get("amz-sdk-request"));
        return HttpResponse.json(
          { message: "Not now" },
          { status: 503, headers: { "x-amzn-errortype": "ServiceUnavailableException" } },
        );
      }),
    );
    await expect(client.send(converse())).rejects.toMatchObject({
      name: "ServiceUnavailableException",
      $metadata: { httpStatusCode: 503, attempts: 3 },
    });
    expect(attempts).toEqual(["attempt=1; max=3", "attempt=2; max=3", "attempt=3; max=3"]);
  });

  test("an abort in the middle closes the source", async () => {
    const closed = gate();
    const client = bedrock(
      http.post(converseUrl, () =>
        eventStreamResponse<ConverseStreamOutput>(async function* () {
          try {
            for (;;) yield { messageStart: { role: "assistant" } };
          } finally {
            closed.open();
          }
        }),
      ),
    );
    const abort = new AbortController();
    const { stream } = await client.send(converse(), { abortSignal: abort.signal });
    const read = async () => {
      for await (const _event of stream!) abort.abort();
    };
    await expect(read()).rejects.toMatchObject({ name: "AbortError" });
    await closed.opened;
  });

  test("an abort before the head rejects send()", async () => {
    const arrived = gate();
    const client = bedrock(
      http.post(converseUrl, async () => {
        arrived.open();
        await new Promise(() => {});
      }),
    );
    const abort = new AbortController();
    void arrived.opened.then(() => abort.abort());
    const sent = client.send(converse(), { abortSignal: abort.signal });
    await expect(sent).rejects.toMatchObject({ name: "AbortError" });
    const late = client.send(converse(), { abortSignal: AbortSignal.abort() });
    await expect(late).rejects.toMatchObject({ name: "AbortError" });
  });
});

describe("what the handlers see", () => {
  test("the request as the SDK signed it", async () => {
    const seen: unknown[] = [];
    const client = bedrock(
      http.post(converseUrl, async ({ request, params }) => {
        const { headers } = request;
        seen.push(params["model"], headers.get("authorization")?.slice(0, 16), headers.get("host"));
        seen.push(await request.json());
        return eventStreamResponse([{ messageStart: { role: "assistant" } }]);
      }),
    );
    await client.send(converse("Hello, ü"));
    expect(seen).toEqual([
      "a.model:0",
      "AWS4-HMAC-SHA256",
      "bedrock-runtime.us-east-1.amazonaws.com",
      { messages: [{ role: "user", content: [{ text: "Hello, ü" }] }] },
    ]);
  });

  test("a query, a port, no body on GET", async () => {
    const urls: string[] = [];
    const handlers = [
      http.get("*/async-invoke", ({ request }) => {
        urls.push(request.url);
        return HttpResponse.json({ asyncInvokeSummaries: [] });
      }),
    ];
    const client = new BedrockRuntimeClient({
      region: "us-east-1",
      endpoint: "http://127.0.0.1:9",
      requestHandler: requestHandlerFor(handlers),
    });
    onTestFinished(() => client.destroy());
    const output = await client.send(new ListAsyncInvokesCommand({ maxResults: 3, nextToken: "a+b/c= d" }));
    expect(output.asyncInvokeSummaries).toEqual([]);
    expect(urls).toEqual(["http://127.0.0.1:9/async-invoke?maxResults=3&nextToken=a%2Bb%2Fc%3D%20d"]);
  });

  test.each([
    ["text", "ab"],
    ["bytes", Uint8Array.from([97, 98])],
    ["a Node stream", Readable.from([Buffer.from("a"), Buffer.from("b")])],
    ["a web stream", new Blob(["ab"]).stream()],
    [
      "a generator",
      (async function* () {
        yield Uint8Array.from([97]);
        yield Uint8Array.from([98]);
      })(),
    ],
  ])("a body that is %s", async (_name, body) => {
    const echo = http.post("https://host.test/echo", async ({ request }) => HttpResponse.text(await request.text()));
    const { response } = await requestHandlerFor([echo]).handle(sdkRequest({ body }));
    expect(await new Response(response.body).text()).toBe("ab");
    expect(response).toMatchObject({ statusCode: 200, reason: "OK", headers: { "content-type": "text/plain" } });
  });

  test("a body can be read while it is answered", async () => {
    const answered = gate();
    const handler = http.post("*/echo", ({ request }) => new HttpResponse(request.body));
    async function* body() {
      yield Uint8Array.from([1]);
      await answered.opened;
      yield Uint8Array.from([2]);
    }
    const { response } = await requestHandlerFor([handler]).handle(sdkRequest({ body: body() }));
    const reader = response.body.getReader();
    expect((await reader.read()).value).toEqual(Uint8Array.from([1]));
    answered.open();
    expect((await reader.read()).value).toEqual(Uint8Array.from([2]));
    expect((await reader.read()).done).toBe(true);
  });

  test("queries with lists and bare names", async () => {
    const handler = http.get("*/echo", ({ request }) => HttpResponse.text(new URL(request.url).search));
    const query = { a: ["1", "2"], "b&": null, c: "x y" };
    const { response } = await requestHandlerFor([handler]).handle(sdkRequest({ method: "GET", query, port: 8443 }));
    expect(await new Response(response.body).text()).toBe("?a=1&a=2&b%26&c=x%20y");
  });

  test("an answer without a body is an empty stream", async () => {
    const handler = http.post("*/echo", () => new HttpResponse(null, { status: 204 }));
    const { response } = await requestHandlerFor([handler]).handle(sdkRequest({}));
    expect(response.statusCode).toBe(204);
    expect(await all(response.body)).toEqual([]);
  });

  test("the SDK can ask for its settings and destroy it", () => {
    const handler = requestHandlerFor([http.all("*", () => HttpResponse.text(""))]);
    expect(handler.httpHandlerConfigs()).toEqual({});
    expect(handler.updateHttpClientConfig("requestTimeout" as never, 1 as never)).toBeUndefined();
    expect(handler.destroy()).toBeUndefined();
  });
});

describe("loud, never silent", () => {
  const handler = http.all("*", () => HttpResponse.text(""));

  test.each<[string, unknown, string]>([
    ["an empty list", [], "no list, or an empty one"],
    ["nothing", undefined, "no list, or an empty one"],
    ["a handler without a list", handler, "no list, or an empty one"],
    ["a list that was not spread", [handler, [handler]], "a list as item 2"],
    ["what is no handler", [() => HttpResponse.text("")], "function as item 1"],
    ["an item that is missing", [handler, undefined], "undefined as item 2"],
  ])("%s", (_what, wrong, found) => {
    const error = expect.objectContaining({ code: "handlers", message: expect.stringContaining(`given ${found};`) });
    expect(() => requestHandlerFor(wrong as never)).toThrow(error as Error);
  });

  test("a request that no handler answers", async () => {
    const client = bedrock(http.get("*/elsewhere", () => HttpResponse.text("")));
    await expect(client.send(converse())).rejects.toMatchObject({
      code: "unhandled_request",
      message: expect.stringContaining(
        "POST https://bedrock-runtime.us-east-1.amazonaws.com/model/a.model%3A0/converse-stream",
      ),
    });
  });

  test("passthrough() has no network to pass through to", async () => {
    const client = bedrock(http.post(converseUrl, () => passthrough()));
    await expect(client.send(converse())).rejects.toMatchObject({ code: "passthrough" });
  });

  test("HttpResponse.error() is a network error", async () => {
    const client = bedrock(http.post(converseUrl, () => HttpResponse.error()));
    await expect(client.send(converse())).rejects.toMatchObject({ name: "TypeError", message: "Network error" });
  });

  test("an error in a resolver rejects send()", async () => {
    const client = bedrock(
      http.post(converseUrl, () => {
        throw new RangeError("A bug in a handler");
      }),
    );
    await expect(client.send(converse())).rejects.toMatchObject({ name: "RangeError", message: "A bug in a handler" });
  });
});
