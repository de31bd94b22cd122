import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { InvokeWithResponseStreamCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { encodeEvent, encodeMessage } from "@eventstream-kit/codec";
import type { LambdaStream } from "@eventstream-kit/codec/lambda";
import { LambdaStreamError, readLambdaStream } from "@eventstream-kit/codec/lambda";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hex, utf8 } from "./support/bytes.ts";
import { chunk, complete, eventStream, lambdaSources, log, sdkEvents } from "./support/lambda-sources.ts";
import { outcome } from "./support/outcome.ts";

async function errorOf(stream: LambdaStream): Promise<LambdaStreamError> {
  const { error } = await outcome(stream);
  expect(error).toBeInstanceOf(LambdaStreamError);
  return error as LambdaStreamError;
}

describe("readLambdaStream", () => {
  describe.each(lambdaSources)("from %s", (_, make) => {
    const frames = [
      chunk('{"text":"Hel'),
      encodeEvent({ event: "News" }),
      chunk(""),
      chunk('lo €"}'),
      complete(log("END\n")),
    ];

    test("iterates the bytes as they came, without empty chunks", async () => {
      const stream = readLambdaStream(make(frames));
      expect(stream.logResult).toBeUndefined();
      const { items, error } = await outcome(stream);
      expect(error).toBeUndefined();
      expect(items).toEqual([utf8('{"text":"Hel'), utf8('lo €"}')]);
      expect(stream.logResult).toBe("END\n");
    });

    test("gives all of them at once", async () => {
      expect(await readLambdaStream(make(frames)).bytes()).toEqual(utf8('{"text":"Hello €"}'));
      expect(await readLambdaStream(make(frames)).text()).toBe('{"text":"Hello €"}');
      expect(await readLambdaStream(make(frames)).json<{ text: string }>()).toEqual({ text: "Hello €" });
    });

    test("can be left", async () => {
      for await (const bytes of readLambdaStream(make(frames))) {
        expect(bytes).toEqual(utf8('{"text":"Hel'));
        break;
      }
    });
  });

  test("the log may begin inside a character, and text that is no base64 is left alone", async () => {
    const cutLog = Buffer.from("€uro\n").subarray(1).toString("base64");
    for (const [LogResult, expected] of [
      [cutLog, "\uFFFD\uFFFDuro\n"],
      ["START RequestId: 1", "START RequestId: 1"],
    ]) {
      const stream = readLambdaStream([complete({ LogResult })]);
      await stream.bytes();
      expect(stream.logResult).toBe(expected);
    }
  });

  test("what was not sent as UTF-8 or JSON", async () => {
    const bytes = [encodeEvent({ event: "PayloadChunk", payload: hex("ff") }), complete()];
    await expect(readLambdaStream(bytes).text()).rejects.toMatchObject({ code: "payload_utf8" });
    await expect(readLambdaStream([chunk("{"), complete()]).json()).rejects.toMatchObject({ code: "payload_json" });
    await expect(readLambdaStream([complete()]).json()).rejects.toMatchObject({ code: "payload_json" });
  });

  test("members of events that are missing or null are no bytes, and no error", async () => {
    const events = [{ PayloadChunk: null }, { PayloadChunk: {} }, { PayloadChunk: { Payload: null } }, {}];
    async function* source() {
      yield* events;
      yield { PayloadChunk: { Payload: utf8("a") }, InvokeComplete: null };
      yield await Promise.resolve({ InvokeComplete: {} });
    }
    expect(await outcome(readLambdaStream(source()))).toEqual({ items: [utf8("a")] });
  });

  test("a DryRun has no bytes, in neither form of its answer", async () => {
    expect(await readLambdaStream(new Response(null, { status: 204 })).bytes()).toHaveLength(0);
    expect(await readLambdaStream({ StatusCode: 204 }).bytes()).toHaveLength(0);
    expect(await readLambdaStream({ StatusCode: 204, EventStream: sdkEvents([]) }).bytes()).toHaveLength(0);
    // What a capture of real Lambda shows instead.
    expect(await readLambdaStream({ StatusCode: 200, EventStream: sdkEvents([chunk("a"), complete()]) }).text()).toBe(
      "a",
    );
    const cutShort = readLambdaStream({ StatusCode: 204, EventStream: sdkEvents([chunk("a")]) });
    await expect(cutShort.bytes()).rejects.toMatchObject({ code: "missing_complete" });
  });

  test("an emulator that leaves out the message type", async () => {
    const frames = ["PayloadChunk", "InvokeComplete"].map((name) =>
      encodeMessage({ headers: { ":event-type": name }, payload: "{}" }),
    );
    await expect(readLambdaStream(frames).text()).rejects.toMatchObject({
      code: "interrupted",
      cause: { code: "message_type" },
    });
    expect(await readLambdaStream(frames, { lenientMessageType: true }).text()).toBe("{}");
  });

  test("can be aborted", async () => {
    const reason = new Error("enough");
    const controller = new AbortController();
    const endless = {
      EventStream: { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => undefined) }) },
    };
    const reading = readLambdaStream(endless, { signal: controller.signal }).text();
    controller.abort(reason);
    await expect(reading).rejects.toBe(reason);
  });

  test("can be read once", async () => {
    const stream = readLambdaStream([chunk("a"), complete()]);
    expect(await stream.text()).toBe("a");
    await expect(stream.text()).rejects.toMatchObject({ code: "invalid_argument" });
    expect(() => stream[Symbol.asyncIterator]()).toThrow(expect.objectContaining({ code: "invalid_argument" }));
  });

  test.each<[string, () => unknown]>([
    ["nothing", () => readLambdaStream(undefined as never)],
    ["null", () => readLambdaStream(null as never)],
    ["a string", () => readLambdaStream("text" as never)],
    ["a negative size", () => readLambdaStream([], { keepBytes: -1 })],
    ["a size that is text", () => readLambdaStream([], { keepBytes: "10" as never })],
    ["no size", () => readLambdaStream([], { keepBytes: Number.NaN })],
  ])("%s is refused at once", (_, call) => {
    expect(call).toThrow(expect.objectContaining({ code: "invalid_argument" }));
  });

  test("so is the output of Invoke, which has no stream", () => {
    const output = { StatusCode: 200, Payload: utf8("{}") };
    const message = expect.stringContaining("found an output without EventStream") as string;
    expect(() => readLambdaStream(output as never)).toThrow(
      expect.objectContaining({ code: "invalid_argument", message }),
    );
  });

  test.each<[string, unknown[]]>([
    ["text", ["text"]],
    ["null", [null]],
    ["a Payload of text", [{ PayloadChunk: { Payload: "text" } }]],
  ])("%s among the chunks is refused", async (_, chunks) => {
    await expect(readLambdaStream(chunks as Uint8Array[]).text()).rejects.toMatchObject({ code: "invalid_argument" });
  });
});

describe("with the AWS SDK", () => {
  let answer: readonly Uint8Array[] = [];
  const server = createServer((_request, response) => {
    response.writeHead(200, eventStream.headers);
    for (const frame of answer) response.write(frame);
    response.end();
  });
  let lambda: LambdaClient;

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    lambda = new LambdaClient({
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      maxAttempts: 1,
    });
  });
  afterAll(() => {
    lambda.destroy();
    server.close();
    server.closeAllConnections();
  });

  const invoke = () => lambda.send(new InvokeWithResponseStreamCommand({ FunctionName: "story", LogType: "Tail" }));

  test("its output is read", async () => {
    answer = [chunk("Hel"), chunk("lo"), complete(log("END\n"))];
    const stream = readLambdaStream(await invoke());
    expect(await stream.text()).toBe("Hello");
    expect(stream.logResult).toBe("END\n");
    const { EventStream } = await invoke();
    expect(await readLambdaStream(EventStream!).text()).toBe("Hello");
  });

  test("what it ends without a word is an error", async () => {
    answer = [chunk("Hel")];
    expect(await errorOf(readLambdaStream(await invoke()))).toMatchObject({ code: "missing_complete" });
    answer = [chunk("Hel"), complete({ ErrorCode: "Unhandled", ErrorDetails: "boom" })];
    expect(await errorOf(readLambdaStream(await invoke()))).toMatchObject({
      code: "function_error",
      errorDetails: "boom",
    });
  });

  test("its own errors are the cause", async () => {
    const broken = chunk("lo");
    broken[broken.length - 1]! ^= 1;
    answer = [chunk("Hel"), broken];
    const { items, error } = await outcome(readLambdaStream(await invoke()));
    expect(items).toEqual([utf8("Hel")]);
    expect(error).toMatchObject({ code: "interrupted", received: utf8("Hel") });
    expect((error as Error).cause).toMatchObject({ message: expect.stringContaining("checksum") });
  });
});
