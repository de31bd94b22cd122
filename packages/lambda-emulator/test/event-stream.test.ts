import { createHash } from "node:crypto";
import { MessageDecoder, decodeEvents } from "@eventstream-kit/codec";
import { describe, expect, test } from "vitest";
import { chunks, createLambda } from "../src/index.ts";
import { awslambda } from "../src/runtime.ts";
import { Signal, headerOf, readEvent, request, stream, streamTarget } from "./invoke-client.ts";

const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;
const hex = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString("hex");

/** The first two are bytes of the real service, the others were computed with an independent codec. */
const golden = {
  hello:
    "000000760000005a980e72ec0b3a6576656e742d7479706507000c5061796c6f61644368756e6b0d3a636f6e74656e742d747970650700186170706c69636174696f6e2f6f637465742d73747265616d0d3a6d6573736167652d747970650700056576656e7448656c6c6f20776f726c642033971fd8",
  complete:
    "00000066000000541f56c8690b3a6576656e742d7479706507000e496e766f6b65436f6d706c6574650d3a636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e0d3a6d6573736167652d747970650700056576656e747b7d7006d467",
  empty:
    "0000006a0000005a3d1e086f0b3a6576656e742d7479706507000c5061796c6f61644368756e6b0d3a636f6e74656e742d747970650700186170706c69636174696f6e2f6f637465742d73747265616d0d3a6d6573736167652d747970650700056576656e7460b0ca74",
  binary:
    "0000006e0000005ac89eaeaf0b3a6576656e742d7479706507000c5061796c6f61644368756e6b0d3a636f6e74656e742d747970650700186170706c69636174696f6e2f6f637465742d73747265616d0d3a6d6573736167652d747970650700056576656e744100ff0adecca346",
  prelude:
    "000000860000005ad03a22b10b3a6576656e742d7479706507000c5061796c6f61644368756e6b0d3a636f6e74656e742d747970650700186170706c69636174696f6e2f6f637465742d73747265616d0d3a6d6573736167652d747970650700056576656e747b22737461747573436f6465223a3230317d00000000000000006f6b051a227d",
};

const integration = awslambda.streamifyResponse(async (_event, responseStream) => {
  const response = awslambda.HttpResponseStream.from(responseStream, { statusCode: 201 });
  response.write("ok");
  response.end();
});

test("lambda case 1: two writes are two chunks and a completion", async () => {
  const answer = await stream(createLambda({ functions: { f: chunks("Hello ", "world") } }), "f");
  expect(answer.status).toBe(200);
  expect(answer.chunks).toEqual(["Hello ", "world"]);
  expect(answer.complete).toEqual({});
  expect(answer.frames).toHaveLength(3);
});

test("lambda case 2: the bytes are those of the real service", async () => {
  const { frames } = await stream(createLambda({ functions: { f: chunks("Hello world ") } }), "f");
  expect(frames.map(hex)).toEqual([golden.hello, golden.complete]);
});

test("golden frames: an empty write, binary bytes, a prelude with the first write", async () => {
  const functions = { empty: chunks(""), binary: chunks(Buffer.from("4100ff0a", "hex")), integration };
  const lambda = createLambda({ functions });
  for (const [name, frame] of [
    ["empty", golden.empty],
    ["binary", golden.binary],
    ["integration", golden.prelude],
  ] as const) {
    const { frames } = await stream(lambda, name);
    expect(frames.map(hex)).toEqual([frame, golden.complete]);
  }
});

test("lambda case 3: no write is exactly one frame", async () => {
  const lambda = createLambda({ functions: { f: async function* () {} } });
  const { frames } = await stream(lambda, "f");
  expect(frames.map(hex)).toEqual([golden.complete]);
});

test("lambda case 4: binary bytes pass unchanged", async () => {
  const bytes = new Uint8Array([0x41, 0x00, 0xff, 0x0a]);
  const lambda = createLambda({
    functions: {
      f: function* () {
        yield bytes;
        bytes.fill(0);
        yield "after";
      },
    },
  });
  const { frames } = await stream(lambda, "f");
  expect(hex(frames[0])).toBe(golden.binary);
});

test("lambda case 5: the response headers", async () => {
  const { headers } = await stream(createLambda({ functions: { f: chunks("x") } }), "f");
  expect(headers).toEqual([
    ["Content-Type", "application/vnd.amazon.eventstream"],
    ["x-amzn-RequestId", expect.stringMatching(uuid)],
    ["X-Amz-Executed-Version", "$LATEST"],
    [
      "X-Amzn-Trace-Id",
      expect.stringMatching(/^Root=1-[\da-f]{8}-[\da-f]{24};Parent=[\da-f]{16};Sampled=0;Lineage=1:[\da-f]{8}:0$/),
    ],
    ["x-amzn-Remapped-Content-Type", "application/octet-stream"],
  ]);
});

test("lambda case 6: the function's content type travels in its own header", async () => {
  const lambda = createLambda({
    functions: {
      set: awslambda.streamifyResponse(async (_event, responseStream) => {
        responseStream.setContentType("text/x");
        responseStream.end("hello");
      }),
      option: { handler: chunks("hello"), contentType: "text/x" },
    },
  });
  for (const name of ["set", "option"]) {
    const answer = await stream(lambda, name);
    expect(answer.header("x-amzn-Remapped-Content-Type")).toBe("text/x");
    expect(answer.header("Content-Type")).toBe("application/vnd.amazon.eventstream");
  }
});

test("lambda case 7: without a content type it is octet-stream; an ordinary handler's is JSON", async () => {
  const lambda = createLambda({
    functions: {
      streaming: awslambda.streamifyResponse(async (_event, responseStream) => void responseStream.end("hello")),
      ordinary: () => ({ answer: 42 }),
    },
  });
  const streaming = await stream(lambda, "streaming");
  expect(streaming.header("x-amzn-Remapped-Content-Type")).toBe("application/octet-stream");
  const ordinary = await stream(lambda, "ordinary");
  expect(ordinary.header("x-amzn-Remapped-Content-Type")).toBe("application/json");
  expect(ordinary.chunks).toEqual(['{"answer":42}']);
});

describe("lambda case 9: LogType Tail", () => {
  const lambda = createLambda({
    functions: {
      f: async function* (_event, context) {
        context.log("thinking");
        yield "x";
      },
    },
    now: () => Date.UTC(2026, 8, 15, 11, 59, 39, 307),
  });
  const headers = [["X-Amz-Log-Type", "Tail"]] as const;

  test("the completion has only LogResult: START with the request id, the function's lines, END, REPORT", async () => {
    const { complete, requestId } = await stream(lambda, "f", { headers });
    expect(Object.keys(complete)).toEqual(["LogResult"]);
    expect(Buffer.from(complete["LogResult"]!, "base64").toString()).toBe(
      `START RequestId: ${requestId} Version: $LATEST\n` +
        `2026-09-15T11:59:39.307Z\t${requestId}\tINFO\tthinking\n` +
        `END RequestId: ${requestId}\n` +
        `REPORT RequestId: ${requestId}\tDuration: 0.00 ms\tBilled Duration: 0 ms\tMemory Size: 128 MB\tMax Memory Used: 128 MB\t\n`,
    );
  });

  test("None and no LogType leave the completion empty", async () => {
    for (const lines of [[], [["X-Amz-Log-Type", "None"]]] as const) {
      expect((await stream(lambda, "f", { headers: lines })).complete).toEqual({});
    }
  });
});

test("lambda case 10: LogResult is the last 4,096 bytes", async () => {
  const lambda = createLambda({
    functions: {
      f: (_event, context) => {
        context.log("é".repeat(5000));
      },
    },
  });
  const { complete } = await stream(lambda, "f", { headers: [["x-amz-log-type", "Tail"]] });
  const tail = Buffer.from(complete["LogResult"]!, "base64");
  expect(tail).toHaveLength(4096);
  expect(tail.equals(Buffer.from(lambda.invocations[0]!.log()).subarray(-4096))).toBe(true);
});

test("lambda case 11: the reply begins with the first write; the second frame waits for the second write", async () => {
  const firstWrite = new Signal();
  const secondWrite = new Signal();
  const running = new Signal();
  const lambda = createLambda({
    functions: {
      f: async function* () {
        running.happen();
        await firstWrite.happened;
        yield "first";
        await secondWrite.happened;
        yield "second";
      },
    },
  });
  let answered = false;
  const pending = request(lambda, "POST", streamTarget("f")).then((reply) => {
    answered = true;
    return reply;
  });
  await running.happened;
  expect(answered).toBe(false);
  firstWrite.happen();
  const steps = (await pending).body as AsyncIterable<Uint8Array>;
  const iterator = steps[Symbol.asyncIterator]();
  // The function is still held at its second write.
  expect(readEvent((await iterator.next()).value as Uint8Array).text).toBe("first");
  secondWrite.happen();
  expect(readEvent((await iterator.next()).value as Uint8Array).text).toBe("second");
  expect(readEvent((await iterator.next()).value as Uint8Array).type).toBe("InvokeComplete");
  expect(await iterator.next()).toEqual({ done: true, value: undefined });
});

test("lambda case 17: a prelude is payload here, and its status is not the answer's", async () => {
  const lambda = createLambda({
    functions: {
      f: awslambda.streamifyResponse(async (_event, responseStream) => {
        const response = awslambda.HttpResponseStream.from(responseStream, { statusCode: 404, headers: { a: "b" } });
        response.write("not ");
        response.write("here");
        response.end();
      }),
    },
  });
  const answer = await stream(lambda, "f");
  expect(answer.status).toBe(200);
  expect(answer.chunks).toEqual([`{"statusCode":404,"headers":{"a":"b"}}${"\0".repeat(8)}not `, "here"]);
  expect(answer.header("x-amzn-Remapped-Content-Type")).toBe("application/vnd.awslambda.http-integration-response");
});

test("lambda case 32: every split of a two-frame stream decodes equally", async () => {
  const { frames } = await stream(createLambda({ functions: { f: chunks("Hello world ") } }), "f");
  const bytes = Buffer.concat(frames);
  for (let at = 0; at <= bytes.length; at++) {
    const decoder = new MessageDecoder();
    const messages = [...decoder.push(bytes.subarray(0, at)), ...decoder.push(bytes.subarray(at))];
    decoder.finish();
    const texts = messages.map(({ payload }) => Buffer.from(payload).toString());
    expect(texts).toEqual(["Hello world ", "{}"]);
  }
});

test("a 20 MB stream arrives whole; a write above 1 MiB becomes several chunks", async () => {
  const megabyte = 1024 * 1024;
  const part = Buffer.alloc(megabyte, "0123456789");
  const lambda = createLambda({
    functions: {
      f: function* () {
        for (let sent = 0; sent < 17; sent++) yield part;
        yield Buffer.concat([part, part, part, Buffer.from("end")]);
      },
    },
  });
  const expected = createHash("sha256");
  for (let sent = 0; sent < 20; sent++) expected.update(part);
  const actual = createHash("sha256");
  const reply = await request(lambda, "POST", streamTarget("f"));
  const sizes: number[] = [];
  for await (const { name, payload } of decodeEvents(reply.body as AsyncIterable<Uint8Array>)) {
    if (name !== "PayloadChunk") continue;
    sizes.push(payload.length);
    actual.update(payload);
  }
  expect(sizes).toEqual([...Array.from({ length: 20 }, () => megabyte), 3]);
  expect(actual.digest("hex")).toBe(expected.update("end").digest("hex"));
});

test("lambda case 36: parallel streams do not mix frames or request ids", async () => {
  const allStarted = new Signal();
  let started = 0;
  const lambda = createLambda({
    functions: {
      f: async function* (event: { n: number }, context) {
        if (++started === 20) allStarted.happen();
        await allStarted.happened;
        for (let part = 0; part < 5; part++) {
          await Promise.resolve();
          yield `${event.n}.${part} ${context.awsRequestId}`;
        }
      },
    },
  });
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, n) => stream(lambda, "f", { body: JSON.stringify({ n }) })),
  );
  for (const [n, answer] of answers.entries()) {
    expect(answer.chunks).toEqual([0, 1, 2, 3, 4].map((part) => `${n}.${part} ${answer.requestId}`));
  }
  expect(new Set(answers.map((answer) => answer.requestId)).size).toBe(20);
  expect(headerOf(answers[0]!, "x-amzn-requestid")).toBe(answers[0]!.requestId);
});
