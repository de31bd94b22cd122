import { describe, expect, test } from "vitest";
import { functionUrlPath } from "../src/index.ts";
import { call } from "./function-url-client.ts";
import { readEvent, request, send, streamTarget } from "./invoke-client.ts";
import { createGate, rawRuntime } from "./runtimes/raw-runtime.ts";
import type { RawRuntime } from "./runtimes/raw-runtime.ts";
import type { RawEvent } from "./runtimes/raw-client.ts";

const profiles = ["modelled", "observed"] as const;
const tail = [["X-Amz-Log-Type", "Tail"]] as const;

/** A function URL of `f`, asked with an event of our own as its body. */
async function urlOf({ lambda }: RawRuntime, InvokeMode: "BUFFERED" | "RESPONSE_STREAM"): Promise<string> {
  const { json } = await call(lambda, "POST", "/2021-10-31/functions/f/url", { AuthType: "NONE", InvokeMode });
  return functionUrlPath((json as { FunctionUrl: string }).FunctionUrl);
}

function errorTrailers(type: string, body: string): Record<string, string> {
  return {
    "Lambda-Runtime-Function-Error-Type": type,
    "Lambda-Runtime-Function-Error-Body": Buffer.from(body).toString("base64"),
  };
}

describe("The next invocation", () => {
  test("comes with its headers, and the payload as it was sent", async () => {
    const { lambda } = rawRuntime({}, { now: () => 0 });
    const body = '{ "do":"echo", "big": 12345678901234567890 }';
    const clientContext = Buffer.from('{"custom":{"name":"Zoë"}}').toString("base64");
    const before = Date.now();
    const answer = await send(lambda, "POST", "/2015-03-31/functions/f/invocations", {
      body,
      headers: [
        ["X-Amz-Client-Context", clientContext],
        ["X-Amz-Tenant-Id", "blue"],
        ["X-Amzn-Trace-Id", "Root=1-5759e988-bd862e3fe1be46a994272793"],
      ],
    });
    const { headers, text } = JSON.parse(answer.text) as { headers: Record<string, string>; text: string };
    expect(text).toBe(body);
    expect(headers).toMatchObject({
      "content-type": "application/json",
      "lambda-runtime-aws-request-id": answer.all("x-amzn-RequestId")[0],
      "lambda-runtime-invoked-function-arn": "arn:aws:lambda:us-east-1:123456789012:function:f",
      "lambda-runtime-trace-id": answer.all("X-Amzn-Trace-Id")[0],
      "lambda-runtime-client-context": String.raw`{"custom":{"name":"Zo\u00eb"}}`,
      "lambda-runtime-aws-tenant-id": "blue",
    });
    expect(headers["lambda-runtime-trace-id"]).toContain("Root=1-5759e988-bd862e3fe1be46a994272793");
    // The emulator's clock stands still; the runtime's is that of its machine.
    const deadline = Number(headers["lambda-runtime-deadline-ms"]);
    expect(deadline - 60_000).toBeGreaterThanOrEqual(before);
    expect(deadline - 60_000).toBeLessThanOrEqual(Date.now());
  });

  test("is an empty object for an empty payload, and lacks the headers of what the caller did not send", async () => {
    const { lambda, invoke } = rawRuntime();
    const { text } = await invoke({ do: "echo" });
    const { headers } = JSON.parse(text) as { headers: Record<string, string> };
    for (const name of ["client-context", "aws-tenant-id"])
      expect(headers).not.toHaveProperty(`lambda-runtime-${name}`);
    // The raw client cannot do what nobody asked for: it ends, which shows that the event arrived.
    const empty = await send(lambda, "POST", "/2015-03-31/functions/f/invocations", { headers: tail });
    expect(Buffer.from(empty.all("X-Amz-Log-Result")[0]!, "base64").toString()).toContain("TypeError");
  });

  test("is refused while one is at hand; so is everything else that is against the rules", async () => {
    const { lambda, invoke } = rawRuntime();
    const { text } = await invoke({ do: "rude" });
    expect(JSON.parse(text)).toEqual([
      [403, { errorType: "InvalidStateTransition", errorMessage: expect.any(String) }],
      [400, { errorType: "InvalidRequestID", errorMessage: "Invalid request ID" }],
      [403, { errorType: "InvalidStateTransition", errorMessage: expect.any(String) }],
      [404, { errorType: "NotFound", errorMessage: expect.any(String) }],
      [403, { errorType: "InvalidHost", errorMessage: expect.any(String) }],
      [403, { errorType: "InvalidOrigin", errorMessage: expect.any(String) }],
      [403, { errorType: "InvalidOrigin", errorMessage: expect.any(String) }],
    ]);
    expect((await invoke({ do: "body", body: '"fine"' })).text).toBe('"fine"');
    expect(lambda.invocations.map(({ outcome }) => outcome?.kind)).toEqual(["success", "success"]);
  });
});

describe("A response at once", () => {
  test("is the payload, its bytes as they are, of type application/json", async () => {
    const raw = rawRuntime();
    const body = '{"b":1,\n "a":"é"}';
    const invoked = await raw.invoke({ do: "body", body });
    expect([invoked.status, invoked.text, invoked.all("Content-Type")]).toEqual([200, body, ["application/json"]]);
    const streamed = await raw.stream({ do: "body", body });
    expect(streamed.chunks).toEqual([body]);
    expect(streamed.header("x-amzn-Remapped-Content-Type")).toBe("application/json");
  });

  test("may be empty, or not JSON at all", async () => {
    const raw = rawRuntime();
    expect((await raw.invoke({ do: "body" })).text).toBe("");
    expect((await raw.stream({ do: "body" })).frames).toHaveLength(1);
    expect((await raw.invoke({ do: "body", body: "hello" })).text).toBe("hello");
  });

  test("that is not JSON is 502 behind a buffered URL, and goes through a streaming one", async () => {
    const event: RawEvent = { do: "body", body: "hello" };
    for (const mode of ["BUFFERED", "RESPONSE_STREAM"] as const) {
      // The URL's event is our event, because it has the members that the raw client looks at.
      const raw = rawRuntime({ args: ["-e", answerEverything, event.body!] });
      const answer = await send(raw.lambda, "GET", await urlOf(raw, mode));
      expect([answer.status, answer.text]).toEqual(
        mode === "BUFFERED" ? [502, "Internal Server Error"] : [200, "hello"],
      );
    }
  });

  test("passes at 6,291,556 bytes; one more is refused with 413", async () => {
    let output = "";
    const raw = rawRuntime({ onOutput: (text) => (output += text) });
    const most = 6_291_556;
    expect((await raw.invoke({ do: "large", number: most })).bytes).toHaveLength(most);
    const { text } = await raw.invoke({ do: "large", number: most + 1 });
    expect(text).toHaveLength(148);
    expect(JSON.parse(text)).toMatchObject({ errorType: "Function.ResponseSizeTooLarge" });
    expect((await raw.stream({ do: "large", number: most + 1 })).complete).toMatchObject({
      ErrorCode: "Function.ResponseSizeTooLarge",
    });
    expect(output).toContain('[413,{"errorMessage":"Exceeded maximum allowed payload size (6291556 bytes)."');
  });
});

/** A runtime that posts its argument, whatever the event. */
const answerEverything = `
  const api = "http://" + process.env.AWS_LAMBDA_RUNTIME_API + "/2018-06-01/runtime/invocation/";
  const next = await fetch(api + "next");
  const id = next.headers.get("lambda-runtime-aws-request-id");
  await next.text();
  await fetch(api + id + "/response", { method: "POST", body: process.argv[1] });`;

describe("A streaming response", () => {
  test("is relayed write by write: the next one is written when the one before has arrived", async () => {
    const gate = await createGate();
    const { lambda } = rawRuntime();
    const event: RawEvent = { do: "stream", parts: ["a", "b", "c"], gate: gate.url, contentType: "text/x" };
    const pending = request(lambda, "POST", streamTarget("f"), { body: JSON.stringify(event) });
    (await gate.waiting()).open();
    const reply = await pending;
    expect(reply.headers).toContainEqual(["x-amzn-Remapped-Content-Type", "text/x"]);
    const seen: string[] = [];
    for await (const step of reply.body) {
      const { type, text } = readEvent(step as Uint8Array);
      seen.push(text);
      if (type === "PayloadChunk" && text !== "c") (await gate.waiting()).open();
    }
    expect(seen).toEqual(["a", "b", "c", "{}"]);
  });

  test("is the payload of Invoke, and the body of a URL", async () => {
    const raw = rawRuntime();
    const invoked = await raw.invoke({ do: "stream", parts: ["a", "b"] });
    expect([invoked.text, invoked.all("Content-Type")]).toEqual(["ab", ["application/octet-stream"]]);
    const prelude = '{"statusCode":206,"headers":{"x-a":"b"}}';
    const parts = [prelude, "\0".repeat(8), "body"];
    const type = "application/vnd.awslambda.http-integration-response";
    const streamed = await raw.stream({ do: "stream", parts, contentType: type });
    expect(streamed.chunks.join("")).toBe(parts.join(""));
    expect(streamed.header("x-amzn-Remapped-Content-Type")).toBe(type);
  });

  test("may be empty", async () => {
    const { frames, header } = await rawRuntime().stream({ do: "stream" });
    expect(frames).toHaveLength(1);
    expect(header("x-amzn-Remapped-Content-Type")).toBe("application/octet-stream");
  });

  test("waits for a slow reader", async () => {
    const gate = await createGate();
    const { lambda, invoke } = rawRuntime();
    const event: RawEvent = { do: "flood", number: 64 * 1024 * 1024, gate: gate.url };
    const reply = await request(lambda, "POST", streamTarget("f"), { body: JSON.stringify(event) });
    let written = false;
    const end = (async () => {
      const { open } = await gate.waiting();
      written = true;
      open();
    })();
    const steps = (reply.body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
    let size = readEvent((await steps.next()).value).text.length;
    // A second process has all the time in the world while nobody reads what the first one writes.
    for (let calls = 0; calls < 20; calls++) await invoke({ do: "body", body: "{}" });
    expect(written).toBe(false);
    for await (const step of { [Symbol.asyncIterator]: () => steps }) {
      const { type, text } = readEvent(step);
      if (type === "PayloadChunk") size += text.length;
    }
    await end;
    expect(size).toBe(event.number);
  });

  test("with an unknown mode is refused", async () => {
    const headers = { "Lambda-Runtime-Function-Response-Mode": "sometimes" };
    const { complete, chunks } = await rawRuntime().stream({ do: "stream", parts: ["a"], headers });
    expect(chunks).toEqual([]);
    expect(complete).toMatchObject({ ErrorCode: "Runtime.InvalidResponseModeHeader" });
  });
});

describe("Error trailers", () => {
  const json = '{"errorType":"Probe.Explicit","errorMessage":"boom","stackTrace":["at a"]}';
  const event: RawEvent = { do: "stream", parts: ["prefix"], trailers: errorTrailers("Probe.Explicit", json) };

  test("end the stream with ErrorCode and ErrorDetails (modelled), or with neither (observed)", async () => {
    for (const profile of profiles) {
      const raw = rawRuntime({}, { profile });
      const { chunks, complete } = await raw.stream(event);
      expect(chunks).toEqual(["prefix"]);
      expect(complete).toEqual(profile === "modelled" ? { ErrorCode: "Probe.Explicit", ErrorDetails: json } : {});
      expect(raw.lambda.invocations[0]!.outcome).toMatchObject({ errorMessage: "boom", trace: ["at a"] });
    }
  });

  test("leave what was written as the answer of Invoke, without a mark", async () => {
    const answer = await rawRuntime().invoke(event);
    expect([answer.text, answer.all("X-Amz-Function-Error")]).toEqual(["prefix", []]);
  });

  test("may be longer than Node's usual headers", async () => {
    const long = JSON.stringify({ errorType: "E", errorMessage: "x".repeat(100_000) });
    const { complete } = await rawRuntime().stream({ ...event, trailers: errorTrailers("E", long) });
    expect(complete).toEqual({ ErrorCode: "E", ErrorDetails: long });
  });

  test("may have a trace that is none", async () => {
    const odd = '{"trace":["a",{"toString":1}]}';
    const { complete } = await rawRuntime().stream({ ...event, trailers: errorTrailers("E", odd) });
    expect(complete).toEqual({ ErrorCode: "E", ErrorDetails: odd });
  });

  test.each<[string, Record<string, string>]>([
    ["a type alone", { "Lambda-Runtime-Function-Error-Type": "E" }],
    ["a body alone", { "Lambda-Runtime-Function-Error-Body": "e30=" }],
    ["no base64", { ...errorTrailers("E", json), "Lambda-Runtime-Function-Error-Body": "{}" }],
    ["no JSON", errorTrailers("E", "boom")],
  ])("that are malformed are a truncated response: %s", async (_what, trailers) => {
    const { chunks, complete } = await rawRuntime().stream({ ...event, trailers });
    expect(chunks).toEqual(["prefix"]);
    expect(complete["ErrorCode"]).toBe("Runtime.TruncatedResponse");
  });
});

describe("An error instead of a response", () => {
  const body = '{ "errorType": "TypeError", "errorMessage": "boom", "trace": ["a", "b"] }';
  const event: RawEvent = { do: "error", body, headers: { "Lambda-Runtime-Function-Error-Type": "Function.Oops" } };

  test("is the answer of Invoke, byte for byte", async () => {
    const answer = await rawRuntime().invoke(event);
    expect([answer.status, answer.text, answer.all("X-Amz-Function-Error")]).toEqual([200, body, ["Unhandled"]]);
  });

  test("is in the completion (modelled), or the one chunk (observed)", async () => {
    const modelled = await rawRuntime().stream(event);
    expect(modelled.chunks).toEqual([]);
    expect(modelled.complete).toEqual({ ErrorCode: "TypeError", ErrorDetails: body });
    const observed = await rawRuntime({}, { profile: "observed" }).stream(event);
    expect(observed.chunks).toEqual([body]);
    expect(observed.complete).toEqual({});
    expect(observed.header("x-amzn-Remapped-Content-Type")).toBe("application/json");
  });

  test.each<[string, Partial<RawEvent>, string]>([
    ["the header", { body: "{}" }, "Function.Oops"],
    ["the header, when the body is no JSON", { body: "boom" }, "Function.Oops"],
    [
      "Runtime.Unknown for a header the sandbox does not take",
      { body: "{}", headers: { "Lambda-Runtime-Function-Error-Type": "oops" } },
      "Runtime.Unknown",
    ],
    ["Runtime.Unknown without any", { body: "", headers: {} }, "Runtime.Unknown"],
  ])("that does not name its type gets it from %s", async (_what, change, code) => {
    expect((await rawRuntime().stream({ ...event, ...change })).complete["ErrorCode"]).toBe(code);
  });

  test.each<[string, string]>([
    ["objects that have no text", '{"toString":null,"valueOf":null}'],
    ["numbers", "7"],
    ["deep lists", "[".repeat(100_000) + "]".repeat(100_000)],
  ])("may have a trace that is none: %s; its JSON is the answer all the same", async (_what, line) => {
    const odd = `{"errorType":"E","errorMessage":"boom","trace":["a",${line}]}`;
    const raw = rawRuntime();
    expect((await raw.invoke({ do: "error", body: odd })).text).toBe(odd);
    expect(raw.lambda.invocations[0]!.outcome).toMatchObject({ errorMessage: "boom", trace: ["a"] });
  });

  test("that is larger than a response may be is refused with 413, and named so", async () => {
    let output = "";
    const raw = rawRuntime({ onOutput: (text) => (output += text) });
    const { text } = await raw.invoke({ do: "largeError", number: 6_291_557 });
    expect(JSON.parse(text)).toMatchObject({ errorType: "Function.ResponseSizeTooLarge" });
    expect((await raw.invoke({ do: "body", body: "1" })).text).toBe("1");
    expect(output).toContain('[413,{"errorMessage":"Exceeded maximum allowed payload size (6291556 bytes)."');
  });
});
