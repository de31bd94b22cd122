import { ServiceError } from "@eventstream-kit/service";
import type { EventStreamItems, EventStreamResponseInit } from "@eventstream-kit/mock-handlers";
import { event, eventStreamResponse, exception, fault, reset, wait } from "@eventstream-kit/mock-handlers";
import { describe, expect, test, vi } from "vitest";
import { chunksOf, line, messagesOf } from "./frames.ts";

async function lines(items: EventStreamItems, init?: EventStreamResponseInit): Promise<string[]> {
  return (await messagesOf(eventStreamResponse(items, init))).map(line);
}

const bytes = (...values: number[]) => Uint8Array.from(values);
const json = ":content-type=application/json :message-type=event";

const streamOf = (items: readonly unknown[]) =>
  new ReadableStream({
    start(controller) {
      for (const item of items) controller.enqueue(item);
      controller.close();
    },
  });

describe("items", () => {
  test("an event is a JSON document with AWS's three headers", async () => {
    expect(await lines([{ messageStop: { stopReason: "end_turn" } }])).toEqual([
      `:event-type=messageStop ${json} | {"stopReason":"end_turn"}`,
    ]);
  });

  test("blobs, dates and numbers are written as AWS's JSON protocols write them", async () => {
    const value = {
      bytes: new TextEncoder().encode("Hello"),
      empty: bytes(),
      large: new Uint8Array(70_000).fill(255),
      at: new Date(1_700_000_000_500),
      no: Number.NaN,
      most: Number.NEGATIVE_INFINITY,
      big: 9007199254740991n,
      left: undefined,
      nested: [{ at: new Date(0) }],
    };
    const [text] = await lines([{ chunk: value }]);
    expect(JSON.parse(text!.split(" | ")[1]!)).toEqual({
      bytes: "SGVsbG8=",
      empty: "",
      large: Buffer.alloc(70_000, 255).toString("base64"),
      at: 1_700_000_000.5,
      no: "NaN",
      most: "-Infinity",
      big: 9007199254740991,
      nested: [{ at: 0 }],
    });
  });

  test("blobs that the service model binds to the payload are the payload", async () => {
    const messages = await messagesOf(
      eventStreamResponse([
        { PayloadChunk: { Payload: bytes(0x41, 0, 0xff, 0x0a) } },
        { PayloadPart: { Bytes: bytes(1), DataType: "UTF8" } },
        { Records: { Payload: bytes(2) } },
        { AudioEvent: { AudioChunk: bytes(3) } },
        { InvokeComplete: { LogResult: "eA==" } },
      ]),
    );
    expect(messages.map(({ headers, payload }) => [...payload, headers.string(":content-type")])).toEqual([
      [0x41, 0, 0xff, 0x0a, "application/octet-stream"],
      [1, "application/octet-stream"],
      [2, "application/octet-stream"],
      [3, "application/octet-stream"],
      [...new TextEncoder().encode('{"LogResult":"eA=="}'), "application/json"],
    ]);
    expect(messages[1]!.headers.string("DataType")).toBe("UTF8");
  });

  test("a PayloadChunk has the bytes that real Lambda sends", async () => {
    const { chunks } = await chunksOf(
      eventStreamResponse([{ PayloadChunk: { Payload: bytes(0x41, 0x00, 0xff, 0x0a) } }, { InvokeComplete: {} }]),
    );
    expect(chunks.map((chunk) => Buffer.from(chunk).toString("hex"))).toEqual([
      "0000006e0000005ac89eaeaf0b3a6576656e742d7479706507000c5061796c6f61644368756e6b0d3a636f6e74656e742d747970650700186170706c69636174696f6e2f6f637465742d73747265616d0d3a6d6573736167652d747970650700056576656e744100ff0adecca346",
      "00000066000000541f56c8690b3a6576656e742d7479706507000e496e766f6b65436f6d706c6574650d3a636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e0d3a6d6573736167652d747970650700056576656e747b7d7006d467",
    ]);
  });

  test("exceptions of the union are exception messages", async () => {
    class Throttled extends Error {
      readonly $fault = "client";
      readonly $metadata = {};
      readonly retryAfterSeconds = 3;
      override readonly name = "ThrottlingException";
    }
    const expected = ":exception-type=throttlingException :content-type=application/json :message-type=exception | ";
    expect(
      await lines([
        { throttlingException: { message: "Slow down" } },
        { throttlingException: new Throttled("Slow down") },
        { internal: new Error("No class name in the union") },
      ]),
    ).toEqual([
      `${expected}{"message":"Slow down"}`,
      `${expected}{"message":"Slow down","retryAfterSeconds":3}`,
      `${expected.replace("throttlingException", "internal")}{"message":"No class name in the union"}`,
    ]);
  });

  test("events of S3 that say nothing are a name alone", async () => {
    expect(await lines([{ Cont: {} }, { End: {} }, { End: { last: true } }])).toEqual([
      ":event-type=Cont :message-type=event | ",
      ":event-type=End :message-type=event | ",
      `:event-type=End ${json} | {"last":true}`,
    ]);
  });

  test("event() and exception() say everything else", async () => {
    expect(
      await lines([
        event("Stats", { text: "<Stats/>", contentType: "text/xml" }),
        event("audio", { payload: bytes(0x61), headers: { n: { type: "long", value: 7n }, s: "x" } }),
        event("End"),
        event("list", { json: [1], headers: new Map([["m", true]]) }),
        exception("Throttled", { message: "x" }),
        exception("Bare"),
      ]),
    ).toEqual([
      ":event-type=Stats :content-type=text/xml :message-type=event | <Stats/>",
      ":event-type=audio :content-type=application/octet-stream :message-type=event n=7 s=x | a",
      ":event-type=End :message-type=event | ",
      `:event-type=list ${json} m=true | [1]`,
      ':exception-type=Throttled :content-type=application/json :message-type=exception | {"message":"x"}',
      ":exception-type=Bare :content-type=application/json :message-type=exception | {}",
    ]);
  });

  test("bytes go out as they are, one chunk an item", async () => {
    const { chunks } = await chunksOf(eventStreamResponse([bytes(1, 2), bytes(3)]));
    expect(chunks).toEqual([bytes(1, 2), bytes(3)]);
  });
});

describe("sources", () => {
  const two = [{ a: {} }, { b: {} }];
  async function* generator() {
    yield* two;
  }

  test.each([
    ["a list", two],
    ["a set", new Set(two)],
    ["a generator", generator()],
    ["a generator function", generator],
    ["a function that returns a list", () => two],
    ["a ReadableStream", streamOf(two)],
  ] as [string, EventStreamItems][])("%s", async (_name, items) => {
    expect(await lines(items)).toEqual([`:event-type=a ${json} | {}`, `:event-type=b ${json} | {}`]);
  });

  test("a generator function runs once per response; a generator cannot run twice", async () => {
    expect(await lines(generator)).toHaveLength(2);
    expect(await lines(generator)).toHaveLength(2);
    const once = generator();
    expect(await lines(once)).toHaveLength(2);
    expect(() => eventStreamResponse(once)).toThrow(
      expect.objectContaining({ code: "items", message: expect.stringContaining("another response has read") }),
    );
  });

  test("nothing is taken from a generator before somebody reads, and leaving closes it", async () => {
    const seen: string[] = [];
    const response = eventStreamResponse(async function* () {
      try {
        seen.push("first");
        yield { a: {} };
        seen.push("second");
        yield { b: {} };
      } finally {
        seen.push("closed");
      }
    });
    expect(seen).toEqual([]);
    const reader = response.body!.getReader();
    await reader.read();
    expect(seen).toEqual(["first"]);
    await reader.cancel();
    expect(seen).toEqual(["first", "closed"]);
  });

  test("an error in a generator is reported, and breaks the stream after the events before it", async () => {
    const onError = vi.fn<(error: unknown) => void>();
    const bug = new TypeError("A bug in a test");
    const response = eventStreamResponse(
      async function* () {
        yield { a: {} };
        throw bug;
      },
      { onError },
    );
    const { chunks, error } = await chunksOf(response);
    expect(chunks).toHaveLength(1);
    expect(error).toBe(bug);
    expect(onError).toHaveBeenCalledExactlyOnceWith(bug);
  });

  test("without onError the console hears of it", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    await chunksOf(eventStreamResponse(() => [{ a: {}, b: {} }].values()));
    expect(log).toHaveBeenCalledExactlyOnceWith(
      "The items of an event stream broke:",
      expect.objectContaining({ code: "item_shape" }),
    );
    log.mockRestore();
  });
});

describe("steps and faults", () => {
  test("waits use the injected delay", async () => {
    const delays: number[] = [];
    const delay = (ms: number) => {
      delays.push(ms);
      return Promise.resolve();
    };
    expect(await lines([wait(60_000), { a: {} }, wait(250)], { delay })).toHaveLength(1);
    expect(delays).toEqual([60_000, 250]);
  });

  test.each([
    ["reset()", reset()],
    ['fault("reset")', fault("reset")],
  ])("%s breaks the stream after the events before it", async (_name, broken) => {
    const { chunks, error } = await chunksOf(eventStreamResponse([{ a: {} }, broken, { b: {} }]));
    expect(chunks).toHaveLength(1);
    expect(error).toMatchObject({ code: "connection_reset" });
  });

  test("a fault in a list counts from its place", async () => {
    const { chunks, error } = await chunksOf(
      eventStreamResponse([{ a: {} }, fault("truncate@frame:2+5"), { b: {} }, { c: {} }, { d: {} }]),
    );
    expect(error).toBeUndefined();
    const whole = await chunksOf(eventStreamResponse([{ a: {} }, { b: {} }, { c: {} }]));
    const sent = Buffer.concat(chunks);
    const [a, b, c] = whole.chunks as [Uint8Array, Uint8Array, Uint8Array];
    expect(sent.equals(Buffer.concat([a, b, c.subarray(0, 5)]))).toBe(true);
  });

  test("neighbouring faults apply in order, later ones to what is left", async () => {
    const items = [fault("drop@frame:1"), fault("drop@frame:1"), { a: {} }, { b: {} }, { c: {} }, { d: {} }];
    expect((await lines(items)).map((text) => text.slice(12, 13))).toEqual(["c", "d"]);
    const apart = [fault("drop@frame:1"), { a: {} }, { b: {} }, fault("dup@frame:1"), { c: {} }];
    expect((await lines(apart)).map((text) => text.slice(12, 13))).toEqual(["b", "c", "c"]);
  });

  test("faults work on generators, and close them", async () => {
    let closed = 0;
    const response = eventStreamResponse(async function* () {
      try {
        yield { a: {} };
        yield fault("eof@frame:2");
        yield { b: {} };
        yield { c: {} };
        yield { d: {} };
      } finally {
        closed++;
      }
    });
    expect((await messagesOf(response)).map((message) => message.headers.string(":event-type"))).toEqual(["a", "b"]);
    expect(closed).toBe(1);
  });

  test("a fault that is not reached breaks the stream and says so", async () => {
    const onError = vi.fn<(error: unknown) => void>();
    const { chunks, error } = await chunksOf(eventStreamResponse([{ a: {} }, fault("drop@frame:1")], { onError }));
    expect(chunks).toHaveLength(1);
    expect(error).toBeInstanceOf(ServiceError);
    expect(error).toMatchObject({ code: "fault_unreached" });
    expect(onError).toHaveBeenCalledExactlyOnceWith(error);
  });

  test("init.faults are for the whole response", async () => {
    const response = eventStreamResponse([{ a: {} }, { b: {} }], { faults: ["status:503"] });
    expect(response.status).toBe(503);
    expect(response.headers.get("content-type")).toBe("application/json");
    const corrupt = eventStreamResponse([{ a: {} }, { b: {} }], { faults: ["corrupt@frame:2:message-crc"] });
    await expect(messagesOf(corrupt)).rejects.toMatchObject({ code: "message_crc" });
    expect(() => eventStreamResponse([], { faults: ["reset@frame:x"] })).toThrow(
      expect.objectContaining({ code: "fault_syntax" }),
    );
  });
});

describe("the head", () => {
  test("is an event stream in chunks with a request id, never a length", () => {
    const { status, headers } = eventStreamResponse([{ a: {} }], { uuid: () => "id-1" });
    expect(status).toBe(200);
    expect(Object.fromEntries(headers)).toEqual({
      "content-type": "application/vnd.amazon.eventstream",
      "transfer-encoding": "chunked",
      "x-amzn-requestid": "id-1",
    });
    const fallback = eventStreamResponse([]).headers.get("x-amzn-requestid");
    expect(fallback).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  });

  test("takes a status and headers", () => {
    const { status, headers } = eventStreamResponse([], {
      status: 201,
      headers: { "X-Amzn-RequestId": "mine", "x-amzn-bedrock-content-type": "application/json" },
    });
    expect(status).toBe(201);
    expect(headers.get("x-amzn-requestid")).toBe("mine");
    expect(headers.get("x-amzn-bedrock-content-type")).toBe("application/json");
  });
});
