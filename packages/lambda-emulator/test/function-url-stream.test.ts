import { describe, expect, test } from "vitest";
import { serve } from "@eventstream-kit/service/node";
import { chunks, createLambda } from "../src/index.ts";
import type { FunctionDefinition, LambdaOptions } from "../src/index.ts";
import { preludeContentType } from "../src/function-url/prelude.ts";
import { awslambda } from "../src/runtime.ts";
import type { Answer } from "./function-url-client.ts";
import { createUrl, request, send, Signal } from "./function-url-client.ts";

const { HttpResponseStream, streamifyResponse } = awslambda;

async function streamed(handler: FunctionDefinition, options: Partial<LambdaOptions> = {}) {
  const definition = typeof handler === "function" ? { handler } : handler;
  const service = createLambda({ functions: { echo: definition }, ...options });
  const { path } = await createUrl(service, "echo", { InvokeMode: "RESPONSE_STREAM" });
  return { service, path };
}

/** What a RESPONSE_STREAM URL makes of a function. */
async function answerOf(handler: FunctionDefinition, options?: Partial<LambdaOptions>): Promise<Answer> {
  const { service, path } = await streamed(handler, options);
  return send(service, "GET", `${path}/`);
}

function thrower(): never {
  throw new RangeError("too far");
}

describe("lambda case 65: a prelude is consumed and the rest streamed", () => {
  const prelude = {
    statusCode: 206,
    headers: { "X-Part": "1", "content-type": "text/plain" },
    cookies: ["a=1", "b=2"],
  };

  test("status, headers, cookies; each write is one step", async () => {
    const answer = await answerOf(
      streamifyResponse(async (_event, stream) => {
        const body = HttpResponseStream.from(stream, prelude);
        body.write("one");
        body.write("two");
        body.end();
      }),
    );
    expect(answer.status).toBe(206);
    expect(answer.headers).toEqual([
      ["Content-Type", "text/plain"],
      ["Transfer-Encoding", "chunked"],
      ["x-amzn-RequestId", expect.any(String)],
      ["Set-Cookie", "a=1"],
      ["Set-Cookie", "b=2"],
      ["x-part", "1"],
      ["X-Amzn-Trace-Id", expect.stringMatching(/^Root=1-/)],
    ]);
    expect(answer.steps).toEqual(["one", "two"]);
  });

  test("incremental: a later write arrives later, over a socket", async () => {
    const [first, second] = [new Signal(), new Signal()];
    const { service, path } = await streamed(
      streamifyResponse(async (_event, stream) => {
        const body = HttpResponseStream.from(stream, { statusCode: 201 });
        body.write("one");
        await first.happened;
        body.write("two");
        await second.happened;
        body.end();
      }),
    );
    await using server = await serve(service, { port: 0 });
    const response = await fetch(`${server.url}${path}/`);
    expect(response.status).toBe(201);
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader.read()).value).toBe("one");
    // The function waits for us: had the answer been kept until its end, none of this would come.
    first.happen();
    expect((await reader.read()).value).toBe("two");
    second.happen();
    expect((await reader.read()).done).toBe(true);
  });

  test("the head is sent before the function's second write, even without a body byte", async () => {
    const headSeen = new Signal();
    const { service, path } = await streamed({
      handler: async function* () {
        yield JSON.stringify({ statusCode: 202 });
        yield new Uint8Array(8);
        await headSeen.happened;
        yield "late";
      },
      contentType: preludeContentType,
    });
    const reply = await request(service, "GET", `${path}/`);
    expect(reply.status).toBe(202);
    headSeen.happen();
    const steps = [];
    for await (const step of reply.body) steps.push(Buffer.from(step as Uint8Array).toString());
    expect(steps).toEqual(["late"]);
  });

  test("defaults: 200 and octet-stream", async () => {
    const answer = await answerOf({ handler: chunks("{}", new Uint8Array(8), "x"), contentType: preludeContentType });
    expect(answer.status).toBe(200);
    expect(answer.all("content-type")).toEqual(["application/octet-stream"]);
    expect(answer.text).toBe("x");
  });

  test("multiValueHeaders, which some runtimes write, are one line a value; headers win", async () => {
    const head = { headers: { "x-a": "1" }, multiValueHeaders: { "X-A": ["no"], "X-B": ["2", "3"] } };
    const answer = await answerOf({
      handler: chunks(head, new Uint8Array(8), "x"),
      contentType: preludeContentType,
    });
    expect(answer.all("x-a")).toEqual(["1"]);
    expect(answer.all("x-b")).toEqual(["2", "3"]);
  });

  test.each([
    ["no JSON", ["x", new Uint8Array(8), "y"]],
    ["no delimiter", ['{"statusCode":200}']],
    ["no status", ['{"statusCode":99}', new Uint8Array(8)]],
  ])("a malformed prelude is a 502: %s", async (_name, writes) => {
    const answer = await answerOf({ handler: chunks(...writes), contentType: preludeContentType });
    expect(answer.status).toBe(502);
    expect(answer.text).toBe("Internal Server Error");
  });

  test("a reader that goes away, even before the first step, leaves the function to run to its end", async () => {
    for (const readFirst of [true, false]) {
      const { service, path } = await streamed({
        handler: async function* () {
          yield '{"statusCode":200}\0\0\0\0\0\0\0\0one';
          yield "two";
          yield "three";
        },
        contentType: preludeContentType,
      });
      const { body } = await request(service, "GET", `${path}/`);
      const iterator = (body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
      if (readFirst) await iterator.next();
      await iterator.return?.();
      expect(await service.invocations[0]!.ended).toEqual({ kind: "success" });
    }
  });
});

test("a client that goes away does not stop the function", async () => {
  const gone = new Signal();
  const { service, path } = await streamed(async function* () {
    yield "one";
    await gone.happened;
    yield "two";
    yield "three";
  });
  await using server = await serve(service, { port: 0 });
  const abort = new AbortController();
  const response = await fetch(`${server.url}${path}/`, { signal: abort.signal });
  const reader = response.body!.getReader();
  await reader.read();
  abort.abort();
  await expect(reader.read()).rejects.toThrow(/abort/);
  gone.happen();
  expect(await service.invocations[0]!.ended).toEqual({ kind: "success" });
});

describe("lambda case 67: a stream without a prelude", () => {
  test("has the type that the function set", async () => {
    const answer = await answerOf(
      streamifyResponse(async (_event, stream) => {
        stream.setContentType("text/event-stream");
        stream.write("data: 1\n\n");
        stream.end();
      }),
    );
    expect(answer.status).toBe(200);
    expect(answer.all("content-type")).toEqual(["text/event-stream"]);
    expect(answer.text).toBe("data: 1\n\n");
  });

  test("is octet-stream when it set none, and keeps what looks like a prelude", async () => {
    const answer = await answerOf(() => chunks('{"statusCode":500}', new Uint8Array(8), "x"));
    expect(answer.status).toBe(200);
    expect(answer.all("content-type")).toEqual(["application/octet-stream"]);
    expect(answer.text).toBe('{"statusCode":500}\0\0\0\0\0\0\0\0x');
  });
});

test("lambda case 68: an error in mid-stream truncates the body, and the connection ends normally", async () => {
  const { service, path } = await streamed(
    streamifyResponse(async (_event, stream) => {
      HttpResponseStream.from(stream, { statusCode: 203 }).write("partial");
      throw new Error("no");
    }),
  );
  await using server = await serve(service, { port: 0 });
  const response = await fetch(`${server.url}${path}/`);
  expect(response.status).toBe(203);
  expect(await response.text()).toBe("partial");
  expect(await service.invocations[0]!.ended).toMatchObject({ kind: "error", errorMessage: "no" });
});

describe("lambda case 69: a stream that ends without a write", () => {
  const withoutWrite = streamifyResponse(async (_event, stream) => {
    HttpResponseStream.from(stream, { statusCode: 418, headers: { "x-lost": "1" } }).end();
  });
  const throwing = streamifyResponse(async () => thrower());

  test.each([
    ["end() alone", withoutWrite],
    ["an error", throwing],
  ])("P:modelled: 200 octet-stream, no header of the prelude, the body ends: %s", async (_name, handler) => {
    const answer = await answerOf(handler);
    expect(answer.status).toBe(200);
    expect(answer.all("content-type")).toEqual(["application/octet-stream"]);
    expect(answer.all("x-lost")).toEqual([]);
    expect(answer.steps).toEqual([]);
  });

  test("P:observed: the body stays open up to the cap", async () => {
    const observed = await answerOf(withoutWrite, { profile: "observed" });
    expect(observed.status).toBe(200);
    expect(observed.steps).toEqual([{ kind: "wait", ms: 960_000 }]);
    const capped = await answerOf(withoutWrite, {
      switches: { emptyUrlStream: "observed" },
      limits: { emptyUrlStreamMs: 50 },
    });
    expect(capped.steps).toEqual([{ kind: "wait", ms: 50 }]);
    const endless = await answerOf(withoutWrite, {
      profile: "observed",
      limits: { emptyUrlStreamMs: Number.MAX_SAFE_INTEGER },
    });
    expect(endless.steps).toEqual([{ kind: "wait", ms: 2 ** 31 - 1 }]);
  });

  test("P:observed: over a socket the head is there and the end is not, until the wait is over", async () => {
    const { service, path } = await streamed(withoutWrite, { profile: "observed" });
    const over = new Signal();
    const waits: number[] = [];
    const delay = (ms: number) => {
      waits.push(ms);
      return over.happened;
    };
    await using server = await serve(service, { port: 0, delay });
    const response = await fetch(`${server.url}${path}/`); // The head is there.
    let ended = false;
    const text = response.text().finally(() => (ended = true));
    // Another exchange over the same server, as proof that the first one had its turn.
    await fetch(`${server.url}${path}/`, { method: "HEAD" });
    expect(ended).toBe(false);
    expect(waits).toEqual([960_000]);
    over.happen();
    expect(await text).toBe("");
  });
});

describe("lambda case 70: an ordinary handler behind a RESPONSE_STREAM URL", () => {
  test("with statusCode: status, headers and cookies count, the body is the whole JSON text", async () => {
    const result = {
      statusCode: 202,
      headers: { "X-Owned": "yes", "Content-Type": "text/plain" },
      cookies: ["a=1"],
      body: "aGk=",
      isBase64Encoded: true,
    };
    const answer = await answerOf(() => result);
    expect(answer.status).toBe(202);
    expect(answer.all("content-type")).toEqual(["text/plain"]);
    expect(answer.all("x-owned")).toEqual(["yes"]);
    expect(answer.all("set-cookie")).toEqual(["a=1"]);
    expect(answer.all("content-length")).toEqual([]);
    expect(answer.text).toBe(JSON.stringify(result));
  });

  test.each([
    [{ a: "b/c" }, '{"a":"b/c"}'],
    ["text", '"text"'],
    [[1], "[1]"],
    [null, "null"],
    [undefined, "null"],
  ])("any other JSON is the body as it is: %j", async (result, text) => {
    const answer = await answerOf(() => result);
    expect(answer.status).toBe(200);
    expect(answer.all("content-type")).toEqual(["application/json"]);
    expect(answer.text).toBe(text);
  });

  test("a status that is none is a 502", async () => {
    expect((await answerOf(() => ({ statusCode: 700 }))).status).toBe(502);
  });
});

describe("lambda case 71: an ordinary handler that throws", () => {
  test("200 with the JSON of the error", async () => {
    const answer = await answerOf(thrower);
    expect(answer.status).toBe(200);
    expect(answer.all("content-type")).toEqual(["application/json"]);
    const json = JSON.parse(answer.text) as object;
    expect(json).toEqual({ errorType: "RangeError", errorMessage: "too far", trace: expect.any(Array) });
  });

  test("a timeout likewise", async () => {
    const answer = await answerOf(() => new Promise(() => {}), { delay: () => Promise.resolve() });
    expect(answer.status).toBe(200);
    const [requestId] = answer.all("x-amzn-requestid");
    expect(JSON.parse(answer.text)).toEqual({
      errorType: "Sandbox.Timedout",
      errorMessage: `RequestId: ${requestId} Error: Task timed out after 3.00 seconds`,
    });
  });
});
