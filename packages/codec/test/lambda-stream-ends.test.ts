import { decodeMessage, encodeEvent, encodeException } from "@eventstream-kit/codec";
import type { LambdaStream } from "@eventstream-kit/codec/lambda";
import { LambdaStreamError, readLambdaStream } from "@eventstream-kit/codec/lambda";
import { describe, expect, test } from "vitest";
import { hex, utf8 } from "./support/bytes.ts";
import { chunk, complete, lambdaSources, log } from "./support/lambda-sources.ts";
import { outcome } from "./support/outcome.ts";
import { manyTurns } from "./support/turns.ts";
import { watchedSources } from "./support/watched-sources.ts";

async function errorOf(stream: LambdaStream): Promise<LambdaStreamError> {
  const { error } = await outcome(stream);
  expect(error).toBeInstanceOf(LambdaStreamError);
  return error as LambdaStreamError;
}

describe("InvokeComplete", () => {
  const captured = hex(
    "00000066000000541f56c8690b3a6576656e742d7479706507000e496e766f6b65436f6d706c6574650d3a636f6e74656e742d74797065" +
      "0700106170706c69636174696f6e2f6a736f6e0d3a6d6573736167652d747970650700056576656e747b7d7006d467",
  );

  test("as captured, without members", async () => {
    expect(captured).toHaveLength(102);
    const { headers, payload } = decodeMessage(captured);
    expect(headers.string(":event-type")).toBe("InvokeComplete");
    expect(payload).toEqual(utf8("{}"));
    const stream = readLambdaStream([captured]);
    expect(await stream.bytes()).toHaveLength(0);
    expect(stream.logResult).toBeUndefined();
  });

  describe.each(lambdaSources)("from %s", (_, make) => {
    test.each<[string, object]>([
      ["null", { ErrorCode: null, ErrorDetails: null, LogResult: null }],
      ["empty", { ErrorCode: "", ErrorDetails: "" }],
      ["unknown", { Billed: 5, More: { deep: [1] } }],
    ])("with members that are %s", async (__, members) => {
      const stream = readLambdaStream(make([chunk("Hello"), complete(members)]));
      expect(await stream.text()).toBe("Hello");
      expect(stream.logResult).toBeUndefined();
    });
  });

  test.each([
    ["no payload", ""],
    ["null", "null"],
  ])("with %s", async (_, text) => {
    expect(await readLambdaStream([chunk("a"), encodeEvent({ event: "InvokeComplete", text })]).text()).toBe("a");
  });

  test.each([
    ["broken JSON", "{"],
    ["a list", "[]"],
    ["a string", '"done"'],
  ])("with %s is an error", async (_, text) => {
    const { items, error } = await outcome(
      readLambdaStream([chunk("a"), encodeEvent({ event: "InvokeComplete", text })]),
    );
    expect(items).toEqual([utf8("a")]);
    expect(error).toMatchObject({
      code: "interrupted",
      received: utf8("a"),
      cause: { code: "payload_json", messageIndex: 1 },
    });
  });
});

describe("format case 66: a Lambda stream that is not whole", () => {
  describe.each(lambdaSources)("from %s", (_, make) => {
    test("that ends without InvokeComplete", async () => {
      const stream = readLambdaStream(make([chunk("Hel"), chunk("lo")]));
      const error = await errorOf(stream);
      expect(error).toMatchObject({
        name: "LambdaStreamError",
        code: "missing_complete",
        receivedBytes: 5,
        received: utf8("Hello"),
        errorCode: undefined,
      });
      expect(error).not.toHaveProperty("cause");
    });

    test("without anything", async () => {
      const error = await errorOf(readLambdaStream(make([])));
      expect(error).toMatchObject({ code: "missing_complete", receivedBytes: 0, received: new Uint8Array() });
    });

    test.each([
      ["a chunk", chunk("more"), /found PayloadChunk after/],
      ["a second InvokeComplete", complete(), /found InvokeComplete after/],
      // The SDK does not say what it is called.
      ["an event nobody knows", encodeEvent({ event: "News" }), /found (News|\$unknown) after/],
    ])("with %s after InvokeComplete", async (__, extra, message) => {
      const { items, error } = await outcome(readLambdaStream(make([chunk("Hello"), complete(), extra])));
      expect(Buffer.concat(items).toString()).toBe("Hello");
      expect(error).toBeInstanceOf(LambdaStreamError);
      expect(error).toMatchObject({ code: "after_complete", received: utf8("Hello") });
      expect((error as Error).message).toMatch(message);
    });

    test("of a function that failed", async () => {
      const details = JSON.stringify({ errorType: "Error", errorMessage: "boom", trace: ["Error: boom", "    at f"] });
      const members = { ErrorCode: "Unhandled", ErrorDetails: details, ...log("START\n") };
      const stream = readLambdaStream(make([chunk("Hel"), complete(members)]));
      const { items, error } = await outcome(stream);
      expect(Buffer.concat(items).toString()).toBe("Hel");
      expect(error).toBeInstanceOf(LambdaStreamError);
      expect(error).toMatchObject({
        code: "function_error",
        errorCode: "Unhandled",
        errorDetails: details,
        receivedBytes: 3,
        received: utf8("Hel"),
        logResult: "START\n",
        message: "Reading a Lambda stream: the function failed after 3 bytes: Unhandled: boom",
      });
      expect(stream.logResult).toBe("START\n");
    });

    test.each<[string, object, string | undefined, string | undefined]>([
      ["only a code", { ErrorCode: "Sandbox.Timeout" }, "Sandbox.Timeout", undefined],
      ["only details", { ErrorDetails: "boom" }, undefined, "boom"],
      ["details without a message", { ErrorCode: "Foo", ErrorDetails: '{"a":1}' }, "Foo", '{"a":1}'],
      ["details that are no object", { ErrorDetails: "null" }, undefined, "null"],
      ["members of another type", { ErrorCode: 5, ErrorDetails: { a: 1 } }, "5", '{"a":1}'],
    ])("of a function that failed with %s", async (__, members, errorCode, errorDetails) => {
      const error = await errorOf(readLambdaStream(make([complete(members)])));
      expect(error).toMatchObject({ code: "function_error", errorCode, errorDetails });
      expect(error.message).toMatch(/failed after 0 bytes: \w.*\w\}?$/);
    });

    test("read whole, the error has all that came before it", async () => {
      const frames = [chunk("x".repeat(3000)), chunk("y".repeat(3000))];
      const stream = readLambdaStream(make(frames), { keepBytes: 10 });
      await expect(stream.text()).rejects.toMatchObject({
        code: "missing_complete",
        received: utf8("x".repeat(3000) + "y".repeat(3000)),
      });
    });

    test("longer than is kept, the error says how long", async () => {
      const frames = [chunk("12345"), chunk("67890")];
      expect(await errorOf(readLambdaStream(make(frames), { keepBytes: 9 }))).toMatchObject({
        receivedBytes: 10,
        received: undefined,
      });
      expect(await errorOf(readLambdaStream(make(frames), { keepBytes: 10 }))).toMatchObject({
        receivedBytes: 10,
        received: utf8("1234567890"),
      });
    });
  });

  test("with an event that has nothing in it after InvokeComplete", async () => {
    const error = await errorOf(readLambdaStream([{ InvokeComplete: {} }, {}] as never));
    expect(error.message).toContain("found an event after InvokeComplete");
  });

  test("6 MiB are kept when nothing else is said", async () => {
    const frames = [chunk("x".repeat(6 * 1024 * 1024 - 1)), chunk("y"), chunk("z")];
    const { receivedBytes, received } = await errorOf(readLambdaStream(frames.slice(0, 2)));
    expect(receivedBytes).toBe(6_291_456);
    expect(received).toHaveLength(receivedBytes);
    expect(await errorOf(readLambdaStream(frames))).toMatchObject({ receivedBytes: 6_291_457, received: undefined });
  });

  test("none are kept when none are asked for", async () => {
    const error = await errorOf(readLambdaStream([chunk("a")], { keepBytes: 0 }));
    expect(error).toMatchObject({ receivedBytes: 1, received: undefined });
  });

  test.each(watchedSources)("%s is cancelled when the function has failed", async (_, make) => {
    const { source, cancels } = make([chunk("a"), complete({ ErrorCode: "Unhandled" }), chunk("b")]);
    expect(await errorOf(readLambdaStream(source))).toMatchObject({ code: "function_error" });
    await manyTurns();
    expect(cancels).toHaveLength(1);
  });

  test("that is cut inside a message, with what came before", async () => {
    const { items, error } = await outcome(readLambdaStream([chunk("Hello"), complete().subarray(0, 50)]));
    expect(items).toEqual([utf8("Hello")]);
    expect(error).toBeInstanceOf(LambdaStreamError);
    expect(error).toMatchObject({
      code: "interrupted",
      message: expect.stringMatching(/^Reading a Lambda stream: it broke off after 5 bytes: .*50/),
      receivedBytes: 5,
      received: utf8("Hello"),
      cause: { code: "truncated", received: 50 },
    });
  });

  test("that the service or the connection breaks off, with what came before", async () => {
    const exception = encodeException({ exception: "ServiceException", json: { Message: "Sorry" } });
    expect(await errorOf(readLambdaStream([chunk("Hello"), exception]))).toMatchObject({
      code: "interrupted",
      received: utf8("Hello"),
      cause: { code: "exception", name: "ServiceException", message: "Sorry" },
    });
    const broken = new Error("socket hang up");
    async function* source() {
      yield chunk("Hel");
      await Promise.resolve();
      throw broken;
    }
    const error = await errorOf(readLambdaStream(source()));
    expect(error).toMatchObject({ code: "interrupted", received: utf8("Hel") });
    expect(error.cause).toBe(broken);
    expect(error.message).toContain("socket hang up");
  });

  test.each([
    ['the string "hang up"', "hang up"],
    ["an object", Object.create(null) as object],
    ["a symbol", Symbol.iterator],
    ["undefined", undefined],
  ])("that breaks off with no error but %s", async (found, thrown) => {
    async function* source() {
      yield chunk("Hel");
      await Promise.resolve();
      // oxlint-disable-next-line typescript/only-throw-error -- this is what sources do
      throw thrown;
    }
    const error = await errorOf(readLambdaStream(source()));
    expect(error).toMatchObject({ code: "interrupted", received: utf8("Hel") });
    expect(error.message).toContain(`after 3 bytes: ${found}`);
    expect(error).toHaveProperty("cause", thrown);
  });

  test("what says all by itself stays as it is: an abort, a mistake, a response that is no stream", async () => {
    const aborted = new DOMException("The request was aborted", "AbortError");
    async function* source() {
      yield chunk("Hel");
      await Promise.resolve();
      throw aborted;
    }
    expect(await outcome(readLambdaStream(source()))).toEqual({ items: [utf8("Hel")], error: aborted });
    const mistaken = await outcome(readLambdaStream([chunk("Hel"), 5] as never));
    expect(mistaken).toMatchObject({ items: [utf8("Hel")], error: { code: "invalid_argument" } });
    const refused = await outcome(readLambdaStream(new Response("{}", { status: 404 })));
    expect(refused).toMatchObject({ items: [], error: { code: "not_event_stream", status: 404, body: "{}" } });
  });
});
