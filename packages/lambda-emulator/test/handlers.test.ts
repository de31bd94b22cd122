import { Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import { LambdaEmulatorError, chunks, createLambda } from "../src/index.ts";
import type { FunctionDefinition, LambdaContext, LambdaHandler } from "../src/index.ts";
import { request, stream, streamTarget } from "./invoke-client.ts";

function readable(...items: string[]): ReadableStream<string> {
  return new ReadableStream({
    pull(controller) {
      const item = items.shift();
      if (item === undefined) controller.close();
      else controller.enqueue(item);
    },
  });
}

async function chunksOf(definition: FunctionDefinition, event?: unknown): Promise<readonly string[]> {
  const lambda = createLambda({ functions: { f: definition } });
  const first = await stream(lambda, "f", event === undefined ? {} : { body: JSON.stringify(event) });
  // Every form can be invoked again and answers the same.
  const second = await stream(lambda, "f", event === undefined ? {} : { body: JSON.stringify(event) });
  expect(second.chunks).toEqual(first.chunks);
  expect(first.complete).toEqual({});
  return first.chunks;
}

describe("an ordinary function answers with one JSON document", () => {
  test.each<[string, FunctionDefinition, string]>([
    ["a function", (event: { n: number }) => event.n + 1, "2"],
    ["an async function", async () => ({ ok: true }), '{"ok":true}'],
    ["a function that returns an array", () => ["a", "b"], '["a","b"]'],
    ["a function that returns a string", () => "text", '"text"'],
    ["a function that returns nothing", () => undefined, "null"],
    ["a string", "text", '"text"'],
    ["null", null, "null"],
    ["an array", ["a", 1], '["a",1]'],
    ["an object", { ok: true }, '{"ok":true}'],
    ["an object form", { handler: { ok: true } }, '{"ok":true}'],
    ["a Map, as JSON says it", () => new Map([[1, 2]]), "{}"],
  ])("%s", async (_form, definition, json) => {
    expect(await chunksOf(definition, { n: 1 })).toEqual([json]);
  });
});

describe("a handler with a callback as its third parameter", () => {
  test.each<[string, LambdaHandler]>([
    ["by the callback, at once", (_event, _context, callback) => callback(null, "done")],
    ["by the callback, later", (_event, _context, callback) => void setImmediate(() => callback(undefined, "done"))],
    ["by a promise", async (_event, _context, _callback) => "done"],
    ["by no other result", (_event, _context, callback) => setImmediate(() => callback(null, "done"))],
    ["even when that is JSON", (_event, _context, callback) => [setImmediate(() => callback(null, "done")), 1].length],
  ])("answers %s", async (_how, handler) => {
    expect(await chunksOf(handler)).toEqual(['"done"']);
  });

  test("streams, too", async () => {
    expect(await chunksOf((_event, _context, _callback) => chunks("a", "b"))).toEqual(["a", "b"]);
  });

  test("fails by it", async () => {
    const lambda = createLambda({ functions: { f: (_event, _context, callback) => callback(new RangeError("no")) } });
    const { complete } = await stream(lambda, "f");
    expect(complete).toMatchObject({ ErrorCode: "RangeError" });
  });
});

test("an object that cannot be read is an error of each call", async () => {
  const broken = {
    get member() {
      throw new RangeError("not today");
    },
  };
  const { complete } = await stream(createLambda({ functions: { f: broken } }), "f");
  expect(complete).toMatchObject({ ErrorDetails: expect.stringContaining("Unable to stringify response body") });
});

test("bytes that are an object are not looked through", async () => {
  const bytes = Object.assign(new Uint8Array([7]), { named: () => undefined });
  expect(await chunksOf(bytes)).toEqual(['{"0":7}']);
});

describe("a streaming function writes one chunk an item", () => {
  test.each<[string, FunctionDefinition]>([
    [
      "a generator",
      function* () {
        yield "a";
        yield "b";
      },
    ],
    [
      "an async generator",
      async function* () {
        yield "a";
        yield "b";
      },
    ],
    ["a promise of a generator", async () => ["a", "b"].values()],
    [
      "an object with an async iterator",
      {
        async *[Symbol.asyncIterator]() {
          yield "a";
          yield "b";
        },
      },
    ],
    ["a ReadableStream", () => readable("a", "b")],
    ["a Node stream", () => Readable.from(["a", "b"])],
    ["chunks", chunks("a", "b")],
    ["a function that returns chunks", () => chunks("a", "b")],
    ["an object form of chunks", { handler: chunks("a", "b") }],
  ])("%s", async (_form, definition) => {
    expect(await chunksOf(definition)).toEqual(["a", "b"]);
  });

  test("text is UTF-8, bytes are bytes, anything else is JSON", async () => {
    const bytes = Buffer.from("bytes");
    const definition = chunks("é", bytes, new DataView(new Uint8Array(bytes).buffer, 1, 3), { a: 1 }, 7, null, ["x"]);
    expect(await chunksOf(definition)).toEqual(["é", "bytes", "yte", '{"a":1}', "7", "null", '["x"]']);
    expect(await chunksOf(chunks(new Uint8Array(bytes).buffer))).toEqual(["bytes"]);
  });

  test("an item that comes later is waited for", async () => {
    expect(await chunksOf(chunks("a", Promise.resolve("b"), "c"))).toEqual(["a", "b", "c"]);
  });

  test("a long list goes out as its reader takes it", async () => {
    const lambda = createLambda({ functions: { f: chunks(...Array.from({ length: 20_000 }, () => "x")) } });
    const reply = await request(lambda, "POST", streamTarget("f"));
    const outcomes: unknown[] = [];
    for await (const step of reply.body) {
      expect(step).toBeInstanceOf(Uint8Array);
      outcomes.push(lambda.invocations[0]!.outcome);
    }
    expect(outcomes).toHaveLength(20_001);
    expect(new Set(outcomes.slice(0, 19_999))).toEqual(new Set([undefined]));
    expect(outcomes.at(-1)).toEqual({ kind: "success" });
  });

  test("an item that is nothing is an error of the function", async () => {
    const { chunks: written, complete } = await stream(
      createLambda({ functions: { f: chunks("a", undefined, "b") } }),
      "f",
    );
    expect(written).toEqual(["a"]);
    expect(complete["ErrorCode"]).toBe("TypeError");
    expect(complete["ErrorDetails"]).toContain("found undefined, expected text, bytes or a JSON value");
  });
});

test("the context", async () => {
  let seen: LambdaContext | undefined;
  const lambda = createLambda({
    functions: {
      f: {
        handler: (_event, context) => {
          seen = context;
        },
        versions: {
          7: (_event: unknown, context: LambdaContext) => {
            seen = context;
          },
        },
        aliases: { live: 7 },
        timeout: 10,
        memorySize: 512,
      },
    },
    region: "eu-central-1",
    accountId: "210987654321",
    now: () => Date.UTC(2026, 8, 15),
    uuid: () => "8aac0432-2b60-46d6-ad96-a6c2d2905819",
  });
  await stream(lambda, "f", { qualifier: "live" });
  expect(seen).toEqual({
    awsRequestId: "8aac0432-2b60-46d6-ad96-a6c2d2905819",
    functionName: "f",
    functionVersion: "7",
    invokedFunctionArn: "arn:aws:lambda:eu-central-1:210987654321:function:f:live",
    memoryLimitInMB: "512",
    logGroupName: "/aws/lambda/f",
    logStreamName: "2026/09/15/[7]8aac04322b6046d6ad96a6c2d2905819",
    clientContext: undefined,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: expect.any(Function),
    log: expect.any(Function),
  });
  expect(seen!.getRemainingTimeInMillis()).toBe(10_000);
  await stream(lambda, "f");
  expect(seen).toMatchObject({
    functionVersion: "$LATEST",
    invokedFunctionArn: "arn:aws:lambda:eu-central-1:210987654321:function:f",
  });
});

const handler = () => "x";

test("TypeScript tells a function with settings from a value, and checks the settings", () => {
  interface Row {
    readonly id: number;
  }
  const row: Row = { id: 1 };
  const loose: Record<string, unknown> = { id: 1 };
  const values: FunctionDefinition[] = [
    { ok: true, nested: { handler: 1 } },
    row,
    loose,
    new Date(),
    [row],
    chunks("a"),
  ];
  // @ts-expect-error -- a timeout is a number
  values.push({ handler: () => 1, timeout: "5" });
  // @ts-expect-error -- faults are a list
  values.push({ handler: () => 1, faults: "reset" });
  // @ts-expect-error -- a reset has a place
  values.push({ handler: () => 1, faults: [{ kind: "reset" }] });
  const refused = values.filter((f) => {
    try {
      return createLambda({ functions: { f } }) === undefined;
    } catch {
      return true;
    }
  });
  expect(refused).toEqual(values.slice(-3));
});

describe("definitions that Lambda could not have are refused with invalid_function", () => {
  test.each<[string, string, unknown, string]>([
    ["an empty name", "", handler, "1 to 64 letters"],
    ["a name of 65 characters", "n".repeat(65), handler, "1 to 64 letters"],
    ["a name with a dot", "a.b", handler, "1 to 64 letters"],
    ["no code", "f", undefined, "found undefined as $LATEST, expected a handler, a stream or a JSON value"],
    ["a promise", "f", Promise.resolve(1), "found a promise as $LATEST"],
    ["a bigint", "f", 1n, "found a bigint as $LATEST"],
    ["a generator object", "f", chunks("a")[Symbol.asyncIterator](), "a stream that can be read only once"],
    ["a ReadableStream", "f", readable("a"), "a function that makes one for each invocation"],
    [
      "a mistyped handler",
      "f",
      { handlr: handler },
      'an object with the function "handlr" as $LATEST, expected "handler"',
    ],
    ["a module", "f", { default: handler }, 'an object with the function "default" as $LATEST'],
    ["an unknown setting", "f", { handler, timeot: 1 }, 'the setting "timeot", expected one of handler, versions'],
    ["a version that is no number", "f", { handler, versions: { v1: handler } }, 'the version "v1"'],
    ["a version without code", "f", { handler, versions: { 1: undefined } }, "found undefined as 1"],
    ["an alias that is a number", "f", { handler, versions: { 1: handler }, aliases: { 1: 1 } }, 'the alias "1"'],
    ["an alias of no version", "f", { handler, aliases: { live: 2 } }, "the alias live of version 2"],
    ["a timeout of 0", "f", { handler, timeout: 0 }, "a timeout of 0, expected seconds above 0 up to 900"],
    ["a timeout that is no number", "f", { handler, timeout: Number.NaN }, "a timeout of NaN"],
    ["a timeout that is a big number", "f", { handler, timeout: 5n }, "a timeout of 5n, expected seconds above 0"],
    ["a big number of concurrent runs", "f", { handler, concurrency: 5n }, "a concurrency of 5n, expected a whole"],
    ["a timeout that is text", "f", { handler, timeout: "5" }, 'a timeout of "5", expected seconds above 0 up to 900'],
    ["faults that are no list", "f", { handler, faults: "reset" }, 'the faults "reset"; expected a list'],
    ["a memorySize of 1", "f", { handler, memorySize: 1 }, "a memorySize of 1"],
    ["a content type of two lines", "f", { handler, contentType: "a\r\nb" }, "the contentType"],
  ])("%s", (_what, name, definition, message) => {
    const create = () => createLambda({ functions: { [name]: definition as FunctionDefinition } });
    expect(create).toThrow(LambdaEmulatorError);
    expect(create).toThrow(
      expect.objectContaining({ code: "invalid_function", message: expect.stringContaining(message) }),
    );
    const lambda = createLambda({ functions: {} });
    expect(() => lambda.define(name, definition as FunctionDefinition)).toThrow(message);
  });
});
