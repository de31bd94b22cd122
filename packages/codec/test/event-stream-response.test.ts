import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { decodeEvents, decodeStream, encodeEvent, EventStreamError } from "@eventstream-kit/codec";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cut, utf8 } from "./support/bytes.ts";
import { outcome } from "./support/outcome.ts";
import { manyTurns } from "./support/turns.ts";

const frame = encodeEvent({ event: "chunk", text: "Hello" });
const eventStream = "application/vnd.amazon.eventstream";

/** A body in these chunks that records being cancelled; it ends only when asked to. */
function watchedBody(chunks: readonly Uint8Array[], end: "close" | "wait" | Error) {
  const left = [...chunks];
  const cancels: unknown[] = [];
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      pull(controller) {
        const chunk = left.shift();
        if (chunk) controller.enqueue(new Uint8Array(chunk));
        else if (end instanceof Error) controller.error(end);
        else if (end === "close") controller.close();
        else return new Promise<void>(() => undefined);
        return undefined;
      },
      cancel: (reason) => void cancels.push(reason),
    },
    { highWaterMark: 0 },
  );
  return { body, cancels, left };
}

describe("a response that is an event stream", () => {
  test.each([
    [200, eventStream],
    [200, "Application/VND.Amazon.EventStream"],
    [200, `${eventStream}; charset=utf-8`],
    [200, ` ${eventStream} ;x=y`],
    [201, eventStream],
    [299, eventStream],
  ])("%i %s", async (status, type) => {
    const response = new Response(new Uint8Array(frame), { status, headers: { "content-type": type } });
    const { items, error } = await outcome(decodeEvents(response));
    expect(error).toBeUndefined();
    expect(items).toMatchObject([{ name: "chunk" }]);
  });

  test("may have no body", async () => {
    const response = new Response(null, { headers: { "content-type": eventStream } });
    expect(await outcome(decodeStream(response))).toEqual({ items: [] });
  });
});

describe("a response that is none", () => {
  const errorType = "ResourceNotFoundException:http://internal.amazon.com/coral/com.amazon.coral.service/";
  const text = '{"Message":"Function not found"}';

  test("says what it is", async () => {
    const headers = {
      "content-type": "application/json",
      "x-amzn-errortype": errorType,
      "x-amzn-requestid": "request-1",
    };
    for (const decode of [decodeStream, decodeEvents]) {
      const stream = decode(new Response(text, { status: 404, headers }));
      const { items, error } = await outcome<unknown>(stream);
      expect(items).toEqual([]);
      expect(error).toBeInstanceOf(EventStreamError);
      expect(error).toMatchObject({
        code: "not_event_stream",
        status: 404,
        contentType: "application/json",
        errorType,
        requestId: "request-1",
        body: text,
      });
      expect((error as Error).message).toContain(
        `found a response with status 404 and application/json (${errorType}), expected`,
      );
      await expect(stream.next()).rejects.toBe(error);
    }
  });

  test.each<[string, number, Record<string, string>]>([
    ["success with another type", 200, { "content-type": "application/json" }],
    ["success with a longer type", 200, { "content-type": `${eventStream}s` }],
    ["success with something before the type", 200, { "content-type": `x-${eventStream}` }],
    ["success with the type as a parameter", 200, { "content-type": `text/plain; a=${eventStream}` }],
    ["an error with the right type", 500, { "content-type": eventStream }],
    ["a redirect", 302, { "content-type": eventStream }],
    ["the first of them", 300, { "content-type": eventStream }],
  ])("%s", async (_, status, headers) => {
    const { error } = await outcome(decodeStream(new Response("body", { status, headers })));
    expect(error).toMatchObject({
      code: "not_event_stream",
      status,
      contentType: headers["content-type"],
      body: "body",
    });
  });

  test("has no details that were not there", async () => {
    const { error } = await outcome(decodeStream(new Response(null, { status: 500 })));
    expect(error).toMatchObject({ code: "not_event_stream", status: 500, body: "" });
    expect((error as Error).message).toContain("found a response with status 500 and no content type, expected");
    for (const detail of ["contentType", "errorType", "requestId", "cause"]) expect(error).not.toHaveProperty(detail);
  });

  test("has a request id under S3's name too", async () => {
    const response = new Response("<Error/>", { status: 403, headers: { "x-amz-request-id": "s3-1" } });
    expect(await outcome(decodeStream(response))).toMatchObject({ error: { requestId: "s3-1", body: "<Error/>" } });
  });

  test.each([
    ["in one chunk", [utf8("x".repeat(5000))]],
    ["in many", Array.from({ length: 5000 }, () => utf8("x"))],
  ])("has a long body, %s: a KiB of it is read and the rest cancelled", async (_, chunks) => {
    const { body, cancels, left } = watchedBody(chunks, "wait");
    const { error } = await outcome(decodeStream(new Response(body, { status: 500 })));
    expect(error).toMatchObject({ code: "not_event_stream", body: "x".repeat(1024) });
    expect(cancels).toHaveLength(1);
    expect(chunks.length - left.length).toBeLessThanOrEqual(1024);
    await manyTurns();
    expect(cancels).toHaveLength(1);
  });

  test("has a body that is no UTF-8, or cut inside a character", async () => {
    const odd = new Response(Uint8Array.of(0x61, 0xff, 0x62, 0xe2), { status: 500 });
    expect(await outcome(decodeStream(odd))).toMatchObject({ error: { body: "a\uFFFDb\uFFFD" } });
    const long = new Response(`x${"€".repeat(1000)}`, { status: 500 });
    expect(await outcome(decodeStream(long))).toMatchObject({ error: { body: `x${"€".repeat(341)}` } });
  });

  test("has a body that comes in pieces cut inside characters", async () => {
    const { body } = watchedBody(cut(utf8("a€😀b"), 2, 3, 6), "close");
    const { error } = await outcome(decodeStream(new Response(body, { status: 500 })));
    expect(error).toMatchObject({ body: "a€😀b" });
  });

  test("has a body that breaks off: what came is kept, and why there is no more", async () => {
    const reset = new Error("reset");
    const { body } = watchedBody([utf8("half a mess")], reset);
    const { error } = await outcome(decodeStream(new Response(body, { status: 500 })));
    expect(error).toMatchObject({ code: "not_event_stream", body: "half a mess", cause: reset });
  });

  test("has a body that never comes: an abort ends the wait and cancels it once", async () => {
    const { body, cancels } = watchedBody([utf8("half")], "wait");
    const controller = new AbortController();
    const reading = decodeStream(new Response(body, { status: 500 }), { signal: controller.signal }).next();
    await manyTurns();
    controller.abort("enough");
    await expect(reading).rejects.toBe("enough");
    await manyTurns();
    expect(cancels).toEqual(["enough"]);
  });
});

describe("a response of another implementation", () => {
  test("is one by its shape", async () => {
    const headers = new Headers({ "content-type": eventStream });
    const read = await outcome(decodeStream({ status: 200, headers, body: Readable.from([frame]) }));
    expect(read.items).toHaveLength(1);
    const failed = await outcome(decodeStream({ status: 0, headers, body: null }));
    expect(failed).toMatchObject({ items: [], error: { code: "not_event_stream", status: 0, body: "" } });
  });

  test("whose body is no bytes is refused for its status, and cancelled", async () => {
    let returned = 0;
    function* texts() {
      try {
        yield* ["some", "text"];
      } finally {
        returned++;
      }
    }
    const response = { status: 500, headers: new Headers(), body: texts() };
    const { error } = await outcome(decodeStream(response as never));
    expect(error).toMatchObject({ code: "not_event_stream", status: 500, body: "" });
    expect(error).not.toHaveProperty("cause");
    expect(returned).toBe(1);
  });

  test("whose body goes on after it has been returned is returned once", async () => {
    let returned = 0;
    const waiting: ((result: IteratorResult<Uint8Array>) => void)[] = [];
    const iterator: AsyncIterator<Uint8Array> = {
      next: () => new Promise((resolve) => waiting.push(resolve)),
      return: async () => {
        returned++;
        return { done: true, value: undefined };
      },
    };
    const controller = new AbortController();
    const response = { status: 500, headers: new Headers(), body: { [Symbol.asyncIterator]: () => iterator } };
    const reading = decodeStream(response, { signal: controller.signal }).next();
    controller.abort("enough");
    await expect(reading).rejects.toBe("enough");
    waiting[0]!({ done: false, value: new Uint8Array(5000) });
    await manyTurns();
    expect(returned).toBe(1);
  });
});

describe("a response that cannot be read", () => {
  const headers = { "content-type": eventStream };

  test("because it has been read", async () => {
    const response = new Response(new Uint8Array(frame), { headers });
    await response.arrayBuffer();
    const { error } = await outcome(decodeStream(response));
    expect(error).toMatchObject({
      code: "invalid_argument",
      message: expect.stringContaining("has been read") as string,
    });
  });

  test("because it is being read", async () => {
    const { body } = watchedBody([frame], "wait");
    const response = new Response(body, { headers });
    response.body?.getReader();
    const { error } = await outcome(decodeStream(response));
    expect(error).toMatchObject({
      code: "invalid_argument",
      message: expect.stringContaining("unlocked") as string,
      cause: expect.any(TypeError) as TypeError,
    });
  });
});

describe("over a socket", () => {
  const server = createServer((request, response) => {
    if (request.url === "/stream") response.writeHead(200, { "content-type": eventStream }).end(frame);
    else response.writeHead(429, { "x-amzn-ErrorType": "TooManyRequestsException" }).end('{"message":"Slow down"}');
  });
  let url: string;
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.close();
    server.closeAllConnections();
  });

  test("fetch and a loop", async () => {
    const texts: string[] = [];
    for await (const event of decodeEvents(await fetch(`${url}/stream`))) {
      if (event.name === "chunk") texts.push(event.text());
    }
    expect(texts).toEqual(["Hello"]);
  });

  test("an answer of another kind", async () => {
    const { error } = await outcome(decodeEvents(await fetch(url)));
    expect(error).toMatchObject({
      status: 429,
      errorType: "TooManyRequestsException",
      body: '{"message":"Slow down"}',
    });
  });
});
