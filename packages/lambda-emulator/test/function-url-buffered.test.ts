import { describe, expect, test } from "vitest";
import { chunks, createLambda } from "../src/index.ts";
import type { FunctionDefinition, LambdaOptions } from "../src/index.ts";
import { preludeContentType } from "../src/function-url/prelude.ts";
import { awslambda } from "../src/runtime.ts";
import type { Answer } from "./function-url-client.ts";
import { createUrl, send } from "./function-url-client.ts";

const { HttpResponseStream, streamifyResponse } = awslambda;

/** What a BUFFERED URL makes of a function. */
async function answerOf(definition: FunctionDefinition, options: Partial<LambdaOptions> = {}): Promise<Answer> {
  const service = createLambda({ functions: { echo: definition }, ...options });
  const { path } = await createUrl(service, "echo", { InvokeMode: "BUFFERED" });
  return send(service, "GET", `${path}/`);
}

/** The lines that come from the function. */
function linesOf({ headers }: Answer) {
  const framing = new Set(["Content-Type", "Content-Length", "x-amzn-RequestId", "X-Amzn-Trace-Id"]);
  return headers.filter(([name]) => !framing.has(name));
}

/** What the caller sees of a 502. */
const badGateway = { status: 502, type: ["application/json"], text: "Internal Server Error" };

async function outlineOf(definition: FunctionDefinition, options?: Partial<LambdaOptions>) {
  const answer = await answerOf(definition, options);
  return { status: answer.status, type: answer.all("content-type"), text: answer.text };
}

/** The bytes of a body that a function returned as base64. */
async function decoded(body: string): Promise<number[]> {
  return [...(await answerOf(() => ({ statusCode: 200, body, isBase64Encoded: true }))).bytes];
}

describe("lambda case 59: a result without statusCode is the body", () => {
  test.each([
    [{ a: 1, b: { c: [true, null] } }, '{"a":1,"b":{"c":[true,null]}}'],
    [{ url: "https://a.example/" }, String.raw`{"url":"https:\/\/a.example\/"}`],
    [["hello", 3, true], '["hello",3,true]'],
    ["hello", "hello"],
    ['say "hé/"', 'say "hé/"'],
    ["", ""],
    [42, "42"],
    [false, "false"],
    [null, "null"],
    [undefined, "null"],
  ])("%j", async (result, body) => {
    const answer = await answerOf(() => result);
    expect(answer.status).toBe(200);
    expect(answer.all("content-type")).toEqual(["application/json"]);
    expect(answer.text).toBe(body);
    expect(answer.all("content-length")).toEqual([String(Buffer.byteLength(body))]);
    expect(linesOf(answer)).toEqual([]);
  });
});

describe("lambda case 60: a result with statusCode is a response", () => {
  test("status, names in lower case, the header's cookie before the others", async () => {
    const answer = await answerOf(() => ({
      statusCode: 202,
      headers: { "X-Owned": "yes", "CONTENT-TYPE": "text/plain", "Set-Cookie": "first=1" },
      cookies: ["second=2; Path=/", "third=3"],
      body: "héllo",
    }));
    expect(answer.status).toBe(202);
    expect(answer.headers).toEqual([
      ["Content-Type", "text/plain"],
      ["Content-Length", "6"],
      ["x-amzn-RequestId", expect.stringMatching(/^[\da-f-]{36}$/)],
      ["set-cookie", "first=1"],
      ["set-cookie", "second=2; Path=/"],
      ["set-cookie", "third=3"],
      ["x-owned", "yes"],
      [
        "X-Amzn-Trace-Id",
        expect.stringMatching(/^Root=1-[\da-f]{8}-[\da-f]{24};Parent=[\da-f]{16};Sampled=0;Lineage=1:[\da-f]{8}:0$/),
      ],
    ]);
    expect(answer.text).toBe("héllo");
  });

  test("cookies alone are named as HTTP names them", async () => {
    const answer = await answerOf(() => ({ statusCode: 201, headers: { "X-Owned": "1" }, cookies: ["a=1", "b=2"] }));
    expect(linesOf(answer)).toEqual([
      ["Set-Cookie", "a=1"],
      ["Set-Cookie", "b=2"],
      ["x-owned", "1"],
    ]);
  });

  test("header values that are no text are printed as Java does", async () => {
    const answer = await answerOf(() => ({
      statusCode: 200,
      headers: { object: { bad: true }, list: ["a", { b: [1] }], number: 7, yes: true, no: null },
    }));
    expect(linesOf(answer)).toEqual([
      ["object", "{bad=true}"],
      ["list", "[a, {b=[1]}]"],
      ["number", "7"],
      ["yes", "true"],
    ]);
    expect(answer.text).toBe("");
  });

  test("the server frames the message: a content-length of the function goes under another name", async () => {
    const answer = await answerOf(() => ({
      statusCode: 200,
      headers: { "Content-Length": "999", Connection: "close", "Transfer-Encoding": "chunked", Date: "today" },
      body: "four",
    }));
    expect(answer.all("content-length")).toEqual(["4"]);
    expect(linesOf(answer)).toEqual([
      ["x-amzn-remapped-content-length", "999"],
      ["x-amzn-remapped-connection", "close"],
      ["x-amzn-remapped-transfer-encoding", "chunked"],
      ["x-amzn-remapped-date", "today"],
    ]);
  });

  test("multiValueHeaders belong to another payload format", async () => {
    const answer = await answerOf(() => ({ statusCode: 200, multiValueHeaders: { "x-a": ["1", "2"] } }));
    expect(linesOf(answer)).toEqual([]);
  });

  test.each([204, 205, 304])("%i has no body", async (statusCode) => {
    const answer = await answerOf(() => ({ statusCode, body: "lost" }));
    expect(answer.status).toBe(statusCode);
    expect(answer.steps).toEqual([]);
    expect(answer.all("content-length")).toEqual([]);
  });
});

describe("lambda case 61: statusCode", () => {
  test('700 is a 502, "418" a 418', async () => {
    expect(await outlineOf(() => ({ statusCode: 700, body: "x" }))).toEqual(badGateway);
    expect((await answerOf(() => ({ statusCode: "418", body: "x" }))).status).toBe(418);
  });

  const none = [0, 100, 199, 600, 200.5, -200, "abc", "", "2e2", true, {}, []];
  test.each(none.map((statusCode) => ({ statusCode })))("$statusCode is a 502", async (result) => {
    expect(await outlineOf(() => result)).toEqual(badGateway);
  });

  const headers = [
    { "bad name": "x" },
    { "": "x" },
    { "x-a": "line\r\nbreak: 1" },
    { "x-a": "Łódź" },
    ["x-a", "1"],
    "x-a: 1",
  ];
  test.each(headers.map((bad) => [bad]))("headers that HTTP cannot send are a 502: %j", async (bad) => {
    expect(await outlineOf(() => ({ statusCode: 200, headers: bad }))).toEqual(badGateway);
  });

  test.each<[string, (deep: string) => string]>([
    ["its body", (deep) => `{"statusCode":200,"body":${deep}}`],
    ["a header", (deep) => `{"statusCode":200,"headers":{"x-a":${deep}}}`],
    ["all of it", (deep) => deep],
  ])("so is a result that nests deeper than the service reads: %s", async (_what, textOf) => {
    const result = (depth: number): unknown => JSON.parse(textOf("[".repeat(depth) + "]".repeat(depth)));
    expect((await outlineOf(() => result(900))).status).toBe(200);
    expect(await outlineOf(() => result(1100))).toEqual(badGateway);
  });

  test("so is a cookie that HTTP cannot send", async () => {
    expect(await outlineOf(() => ({ statusCode: 200, cookies: ["a=1\nb=2"] }))).toEqual(badGateway);
  });
});

describe("lambda case 62: body", () => {
  test.each([
    [{ a: "b/c" }, String.raw`{"a":"b\/c"}`],
    [["x"], '["x"]'],
    [7, "7"],
    [true, "true"],
    [null, ""],
    ["text", "text"],
  ])("%j", async (body, text) => {
    const answer = await answerOf(() => ({ statusCode: 200, body }));
    expect(answer.text).toBe(text);
    expect(answer.all("content-type")).toEqual(["application/json"]);
  });

  test("base64 is decoded, damaged base64 as far as it goes", async () => {
    expect(await decoded("QQD/Cg==")).toEqual([0x41, 0x00, 0xff, 0x0a]);
    expect(await decoded("!!!not-base64!!!")).toEqual([...Buffer.from("not+base64==", "base64")]);
    expect(await decoded("!!!not-base64!!!")).toHaveLength(7);
  });

  test("without the flag, base64 is text", async () => {
    expect((await answerOf(() => ({ statusCode: 200, body: "QQ==" }))).text).toBe("QQ==");
  });
});

describe("lambda case 63: a function error is a 502", () => {
  test("thrown, rejected, timed out", async () => {
    expect(
      await outlineOf(() => {
        throw new Error("no");
      }),
    ).toEqual(badGateway);
    expect(await outlineOf(() => Promise.reject(new TypeError("no")))).toEqual(badGateway);
    // The injected delay is over at once, so the function is late.
    expect(await outlineOf(() => new Promise(() => {}), { delay: () => Promise.resolve() })).toEqual(badGateway);
  });

  test("so is a response above the limit", async () => {
    const limits = { bufferedResponseBytes: 8 };
    expect((await answerOf(() => "123456", { limits })).text).toBe("123456");
    expect(await outlineOf(() => "1234567", { limits })).toEqual(badGateway);
    expect(await outlineOf(() => chunks("12345", "67890"), { limits })).toEqual(badGateway);
  });
});

describe("lambda case 64: a streaming function behind a BUFFERED URL", () => {
  const prelude = { statusCode: 206, headers: { "X-Part": "1", "Content-Type": "text/plain" }, cookies: ["a=1"] };

  test("with a prelude: its head, and an empty body", async () => {
    const answer = await answerOf(
      streamifyResponse(async (_event, stream) => {
        const body = HttpResponseStream.from(stream, prelude);
        body.write("lost");
        body.end();
      }),
    );
    expect(answer.status).toBe(206);
    expect(answer.all("content-type")).toEqual(["text/plain"]);
    expect(linesOf(answer)).toEqual([
      ["Set-Cookie", "a=1"],
      ["x-part", "1"],
    ]);
    expect(answer.bytes).toHaveLength(0);
    expect(answer.all("content-length")).toEqual(["0"]);
  });

  test("without one: octet-stream and the bytes", async () => {
    const bytes = new Uint8Array([0x41, 0x00, 0xff, 0x0a]);
    const written = streamifyResponse(async (_event, stream) => {
      stream.setContentType("text/plain");
      stream.write(bytes);
      stream.end("!");
    });
    for (const handler of [written, () => chunks(bytes, "!")]) {
      const answer = await answerOf(handler);
      expect(answer.status).toBe(200);
      expect(answer.all("content-type")).toEqual(["application/octet-stream"]);
      expect([...answer.bytes]).toEqual([...bytes, 0x21]);
    }
  });

  test("nothing written: an empty JSON answer", async () => {
    const withoutWrite = streamifyResponse(async (_event, stream) => {
      HttpResponseStream.from(stream, prelude).end();
    });
    const thrower = streamifyResponse(async () => {
      throw new Error("no");
    });
    for (const handler of [withoutWrite, thrower]) {
      const answer = await answerOf(handler);
      expect(answer.status).toBe(200);
      expect(answer.all("content-type")).toEqual(["application/json"]);
      expect(answer.bytes).toHaveLength(0);
    }
  });

  test("an error in mid-stream changes nothing", async () => {
    const afterPrelude = await answerOf(
      streamifyResponse(async (_event, stream) => {
        HttpResponseStream.from(stream, prelude).write("partial");
        throw new Error("no");
      }),
    );
    expect(afterPrelude.status).toBe(206);
    expect(afterPrelude.bytes).toHaveLength(0);
    const plain = await answerOf(async function* () {
      yield "partial";
      throw new Error("no");
    });
    expect(plain.status).toBe(200);
    expect(plain.text).toBe("partial");
  });

  test("a prelude that is none is a 502", async () => {
    expect(await outlineOf({ handler: chunks("x"), contentType: preludeContentType })).toEqual(badGateway);
    expect(
      await outlineOf({
        handler: chunks('{"statusCode":999}', new Uint8Array(8)),
        contentType: preludeContentType,
      }),
    ).toEqual(badGateway);
  });
});
