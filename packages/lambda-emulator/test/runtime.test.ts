import { Readable } from "node:stream";
import type { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { afterEach, describe, expect, test } from "vitest";
import { createLambda } from "../src/index.ts";
import { awslambda, installAwslambda } from "../src/runtime.ts";
import type { LambdaContext, ResponseStream, StreamingHandler } from "../src/runtime.ts";
import { Signal, invokeTarget, readEvent, request, send, stream, streamTarget } from "./invoke-client.ts";

const nul = "\0".repeat(8);

async function* brokenSource() {
  yield "a";
  throw new RangeError("source broke");
}

async function run(handler: StreamingHandler) {
  const lambda = createLambda({ functions: { f: { handler: awslambda.streamifyResponse(handler), timeout: 0.2 } } });
  return stream(lambda, "f", { body: '{"name":"you"}' });
}

describe("a streamifyResponse handler", () => {
  test("gets event, response stream and context", async () => {
    const { chunks, requestId } = await run(async (event: { name: string }, responseStream, context) => {
      responseStream.write(`Hello ${event.name} `);
      responseStream.write(Buffer.from(context.awsRequestId));
      responseStream.end();
    });
    expect(chunks).toEqual(["Hello you ", requestId]);
  });

  test("may know the runtime by the types of another package", async () => {
    interface TheirStream extends Writable {
      setContentType(type: string): void;
    }
    type TheirContext = LambdaContext & { done(): void };
    const theirs = async (event: { name: string }, responseStream: TheirStream, _context: TheirContext) => {
      const body = awslambda.HttpResponseStream.from(responseStream, { statusCode: 201 });
      body.end(event.name);
    };
    const handler = awslambda.streamifyResponse(theirs);
    const { chunks } = await stream(createLambda({ functions: { handler } }), "handler", { body: '{"name":"you"}' });
    expect(chunks).toEqual(["you"]);
  });

  test("writes text in any encoding, bytes, and anything else as JSON", async () => {
    const { chunks } = await run(async (_event, responseStream) => {
      responseStream.write("6869", "hex");
      responseStream.write(new Uint8Array([0x68, 0x69]));
      responseStream.write({ a: 1 });
      responseStream.end("end");
    });
    expect(chunks).toEqual(["hi", "hi", '{"a":1}', "end"]);
  });

  test.each([null, undefined])("cannot write %s", async (nothing) => {
    const { chunks, complete } = await run(async (_event, responseStream) => {
      responseStream.write("a");
      responseStream.write(nothing);
    });
    expect(chunks).toEqual(["a"]);
    expect(complete).toMatchObject({
      ErrorCode: "TypeError",
      ErrorDetails: expect.stringContaining(`Cannot read properties of ${nothing} (reading 'length')`),
    });
  });

  test("can be the end of a pipeline, and feels its reader's pace", async () => {
    let produced = 0;
    const source = async function* () {
      for (; produced < 100; produced++) {
        await Promise.resolve();
        yield Buffer.alloc(16 * 1024, String(produced % 10));
      }
    };
    const handler = awslambda.streamifyResponse(async (_event, responseStream) => pipeline(source, responseStream), {
      highWaterMark: 64 * 1024,
    });
    const lambda = createLambda({ functions: { f: handler } });
    const reply = await request(lambda, "POST", streamTarget("f"));
    let read = 0;
    let last = "";
    for await (const step of reply.body) {
      // At most what the stream holds and what is on its way: never the whole.
      expect(produced - read).toBeLessThanOrEqual(8);
      read++;
      last = readEvent(step as Uint8Array).type;
    }
    expect([produced, read, last]).toEqual([100, 101, "InvokeComplete"]);
  });

  test("may resolve before its stream ends, as Lambda's runtime waits for both", async () => {
    const { chunks, complete } = await run(async (_event, responseStream) => {
      Readable.from(["a", "b"]).pipe(responseStream);
    });
    expect(chunks).toEqual(["a", "b"]);
    expect(complete).toEqual({});
  });

  test("that never ends its stream times out", async () => {
    const { chunks, complete } = await run(async (_event, responseStream) => void responseStream.write("a"));
    expect(chunks).toEqual(["a"]);
    expect(complete["ErrorCode"]).toBe("Sandbox.Timeout");
  });

  test("that destroys its stream leaves it unfinished", async () => {
    const { complete } = await run(async (_event, responseStream) => void responseStream.destroy());
    expect(complete["ErrorCode"]).toBe("Runtime.InvalidStreamingOperation");
    expect(complete["ErrorDetails"]).toContain("Response stream is not finished.");
  });

  test("that listens to the errors of its stream goes on", async () => {
    const { complete } = await run(async (_event, responseStream) => {
      const closed = new Promise((resolve) => responseStream.on("error", resolve));
      responseStream.destroy(new Error("gone"));
      await closed;
      throw new RangeError("went on");
    });
    expect(complete["ErrorCode"]).toBe("RangeError");
  });

  test.each<[string, StreamingHandler, string]>([
    [
      "destroys its stream with an error",
      async (_event, responseStream) => void responseStream.destroy(new Error("gone")),
      '"errorMessage":"gone"',
    ],
    [
      "writes after the end, and never returns",
      async (_event, responseStream) => {
        responseStream.end("a");
        responseStream.write("b");
        await new Promise(() => {});
      },
      '"errorMessage":"write after end"',
    ],
  ])("that %s, where nobody listens, has ended its process", async (_what, f, logged) => {
    const lambda = createLambda({ functions: { f: awslambda.streamifyResponse(f) } });
    const { complete, requestId } = await stream(lambda, "f");
    const errorMessage = `RequestId: ${requestId} Error: Runtime exited with error: exit status 1`;
    expect(complete["ErrorCode"]).toBe("Runtime.ExitError");
    expect(JSON.parse(complete["ErrorDetails"]!)).toEqual({ errorType: "Runtime.ExitError", errorMessage });
    expect(lambda.invocations[0]!.log()).toMatch(new RegExp(`\tERROR\tUncaught Exception \t\\{.*${logged}`));
    const invoked = await send(lambda, "POST", invokeTarget("f"));
    expect([invoked.all("X-Amz-Function-Error"), JSON.parse(invoked.text)]).toMatchObject([
      ["Unhandled"],
      { errorType: "Runtime.ExitError" },
    ]);
  });

  test("whose pipeline breaks reports the pipeline's error", async () => {
    const { complete } = await run(async (_event, responseStream) => {
      await pipeline(brokenSource, responseStream);
    });
    expect(complete["ErrorCode"]).toBe("RangeError");
  });

  test("that returns no promise is malformed", async () => {
    const { complete } = await run(((_event: unknown, responseStream: ResponseStream) => {
      responseStream.end("a");
    }) as unknown as StreamingHandler);
    expect(complete["ErrorCode"]).toBe("Runtime.MalformedStreamingHandler");
    expect(complete["ErrorDetails"]).toContain("Streaming does not support non-async handlers.");
  });

  test("that sets the content type too late, or to what no header can hold, is told so", async () => {
    const late = await run(async (_event, responseStream) => {
      responseStream.write("a");
      responseStream.setContentType("text/plain");
    });
    expect(late.complete["ErrorCode"]).toBe("Runtime.InvalidStreamingOperation");
    expect(late.complete["ErrorDetails"]).toContain("Cannot set content-type, too late.");
    const bad = await run(async (_event, responseStream) => responseStream.setContentType("a\r\nb"));
    expect(bad.complete["ErrorCode"]).toBe("TypeError");
  });

  test("that returns a value gets a warning in its log", async () => {
    const handler = awslambda.streamifyResponse(async (_event, responseStream) => {
      responseStream.end("a");
      return "ignored";
    });
    const lambda = createLambda({ functions: { f: handler } });
    expect((await stream(lambda, "f")).chunks).toEqual(["a"]);
    expect(lambda.invocations[0]!.log()).toContain("\tWARN\tStreaming handlers ignore return values.\n");
  });

  test("that writes after its timeout harms nobody", async () => {
    const late = new Signal();
    const wrote = new Signal();
    const lambda = createLambda({
      functions: {
        f: {
          timeout: 0.01,
          handler: awslambda.streamifyResponse(async (_event, responseStream) => {
            responseStream.write("a");
            await late.happened;
            responseStream.write("b");
            responseStream.end();
            wrote.happen();
          }),
        },
      },
    });
    expect((await stream(lambda, "f")).chunks).toEqual(["a"]);
    late.happen();
    await wrote.happened;
    expect(lambda.invocations[0]!.outcome).toEqual({ kind: "timeout", seconds: 0.01 });
  });
});

describe("HttpResponseStream.from", () => {
  const prelude = { statusCode: 201, headers: { "x-a": "b" }, cookies: ["c=d"] };

  test("sends prelude, eight NULs and the first bytes in one chunk", async () => {
    const { chunks, header } = await run(async (_event, responseStream) => {
      const response = awslambda.HttpResponseStream.from(responseStream, prelude);
      expect(response).toBe(responseStream);
      response.write("a");
      response.end("b");
    });
    expect(chunks).toEqual([`${JSON.stringify(prelude)}${nul}a`, "b"]);
    expect(header("x-amzn-Remapped-Content-Type")).toBe("application/vnd.awslambda.http-integration-response");
  });

  test("an empty first write sends the prelude; end alone and end with text do not", async () => {
    const empty = await run(async (_event, responseStream) => {
      const response = awslambda.HttpResponseStream.from(responseStream, prelude);
      response.write("");
      response.end();
    });
    expect(empty.chunks).toEqual([`${JSON.stringify(prelude)}${nul}`]);
    const ended = await run(async (_event, responseStream) => {
      awslambda.HttpResponseStream.from(responseStream, prelude).end();
    });
    expect(ended.chunks).toEqual([]);
    const text = await run(async (_event, responseStream) => {
      awslambda.HttpResponseStream.from(responseStream, prelude).end("x");
    });
    expect(text.chunks).toEqual(["x"]);
  });
});

describe("installAwslambda", () => {
  const scope = globalThis as { awslambda?: object };
  const before = scope.awslambda;
  afterEach(() => {
    scope.awslambda = before!;
  });

  test("makes the global, and takes it away again", () => {
    delete scope.awslambda;
    const restore = installAwslambda();
    expect(scope.awslambda).toMatchObject(awslambda);
    restore();
    expect("awslambda" in scope).toBe(false);
  });

  test("adds to a global that is there, and puts its members back", () => {
    const own = { streamifyResponse: () => undefined, InvokeStore: {} };
    scope.awslambda = own;
    const restore = installAwslambda();
    expect(scope.awslambda).toBe(own);
    expect(own.streamifyResponse).toBe(awslambda.streamifyResponse);
    const { InvokeStore } = own;
    restore();
    expect(own.InvokeStore).toBe(InvokeStore);
    expect(own.streamifyResponse).not.toBe(awslambda.streamifyResponse);
  });
});
