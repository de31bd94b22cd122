import { describe, expect, test } from "vitest";
import { chunks, createLambda } from "../src/index.ts";
import { awslambda } from "../src/runtime.ts";
import { Signal, invokeTarget, send } from "./invoke-client.ts";

const functions = {
  streaming: chunks("Hel", new Uint8Array([0xff]), "lo"),
  silent: awslambda.streamifyResponse(async (_event, responseStream) => void responseStream.end()),
  broken: async function* () {
    yield "abcd";
    throw new Error("boom");
  },
  ordinary: (event: { name?: string }) => ({ hello: event.name ?? "world" }),
  nothing: () => undefined,
  failing: () => {
    throw new TypeError("boom");
  },
};
const lambda = createLambda({ functions });

describe("lambda case 37: a streaming handler through Invoke", () => {
  test("its bytes in one piece, as octet-stream", async () => {
    const answer = await send(lambda, "POST", invokeTarget("streaming"));
    expect(answer.bytes).toEqual(Buffer.from("Hel\xfflo", "latin1"));
    expect(answer.steps).toHaveLength(1);
    expect(answer.headers).toEqual([
      ["Content-Type", "application/octet-stream"],
      ["Content-Length", "6"],
      ["x-amzn-RequestId", expect.any(String)],
      ["x-amzn-Remapped-Content-Length", "0"],
      ["X-Amz-Executed-Version", "$LATEST"],
      ["X-Amzn-Trace-Id", expect.stringMatching(/^Root=1-/)],
    ]);
  });

  test("that wrote nothing: application/json, length 0", async () => {
    const answer = await send(lambda, "POST", invokeTarget("silent"));
    expect(answer.text).toBe("");
    expect(answer.all("Content-Type")).toEqual(["application/json"]);
    expect(answer.all("Content-Length")).toEqual(["0"]);
  });

  test("that throws: what it wrote, and no function error", async () => {
    const answer = await send(lambda, "POST", invokeTarget("broken"));
    expect(answer.status).toBe(200);
    expect(answer.text).toBe("abcd");
    expect(answer.all("X-Amz-Function-Error")).toEqual([]);
  });
});

describe("lambda case 38: an ordinary handler through Invoke", () => {
  test("its result as JSON", async () => {
    const answer = await send(lambda, "POST", invokeTarget("ordinary"), { body: '{"name":"you"}' });
    expect(answer.status).toBe(200);
    expect(answer.all("Content-Type")).toEqual(["application/json"]);
    expect(answer.text).toBe('{"hello":"you"}');
    expect((await send(lambda, "POST", invokeTarget("nothing"))).text).toBe("null");
  });

  test("a thrown error: 200, X-Amz-Function-Error, the error as JSON", async () => {
    const answer = await send(lambda, "POST", invokeTarget("failing"));
    expect(answer.status).toBe(200);
    expect(answer.all("X-Amz-Function-Error")).toEqual(["Unhandled"]);
    expect(answer.all("Content-Type")).toEqual(["application/json"]);
    expect(answer.all("X-Amz-Executed-Version")).toEqual(["$LATEST"]);
    expect(JSON.parse(answer.text)).toEqual({
      errorType: "TypeError",
      errorMessage: "boom",
      trace: expect.arrayContaining(["TypeError: boom"]),
    });
  });
});

describe("lambda case 39: the response limit of Invoke", () => {
  const limit = 6_291_556;
  const large = createLambda({
    functions: {
      json: (bytes: number) => "x".repeat(bytes - 2),
      stream: function* (bytes: number) {
        yield Buffer.alloc(bytes - 1);
        yield "x";
      },
    },
  });

  test.each(["json", "stream"])("%s: 6,291,556 bytes pass", async (name) => {
    const answer = await send(large, "POST", invokeTarget(name), { body: String(limit) });
    expect(answer.bytes).toHaveLength(limit);
    expect(answer.all("X-Amz-Function-Error")).toEqual([]);
  });

  test.each(["json", "stream"])("%s: one byte more is a function error of exactly 148 bytes", async (name) => {
    const answer = await send(large, "POST", invokeTarget(name), { body: String(limit + 1) });
    expect(answer.status).toBe(200);
    expect(answer.all("X-Amz-Function-Error")).toEqual(["Unhandled"]);
    expect(answer.bytes).toHaveLength(148);
    expect(answer.text).toBe(
      '{\n  "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes).",\n' +
        '  "errorType": "Function.ResponseSizeTooLarge"\n}',
    );
  });
});

describe("lambda case 40: Event and DryRun", () => {
  test("Event: 202, empty, no executed version, before the function ends", async () => {
    const goOn = new Signal();
    const events = createLambda({
      functions: {
        f: async function* () {
          yield "a";
          await goOn.happened;
          yield "b";
        },
      },
    });
    const headers = [["X-Amz-Invocation-Type", "Event"]] as const;
    const answer = await send(events, "POST", invokeTarget("f"), { headers, body: '{"n":1}' });
    expect(answer.status).toBe(202);
    expect(answer.text).toBe("");
    expect(answer.all("X-Amz-Executed-Version")).toEqual([]);
    const [record] = events.invocations;
    expect(record!.outcome).toBeUndefined();
    goOn.happen();
    expect(await record!.ended).toEqual({ kind: "success" });
    expect(record!.event).toEqual({ n: 1 });
  });

  test("DryRun: 204, nothing runs", async () => {
    const dry = createLambda({ functions });
    const headers = [["X-Amz-Invocation-Type", "DryRun"]] as const;
    const answer = await send(dry, "POST", invokeTarget("ordinary"), { headers });
    expect(answer.status).toBe(204);
    expect(answer.text).toBe("");
    expect(answer.all("Content-Length")).toEqual([]);
    expect(dry.invocations).toEqual([]);
  });

  test("an unknown type is refused with the three there are", async () => {
    const headers = [["X-Amz-Invocation-Type", "Later"]] as const;
    const answer = await send(lambda, "POST", invokeTarget("ordinary"), { headers });
    expect(answer.status).toBe(400);
    expect(answer.text).toContain("'invocationType' failed to satisfy constraint: Member must satisfy enum value set");
  });
});

test("lambda case 41: LogType Tail is the header X-Amz-Log-Result", async () => {
  const headers = [["X-Amz-Log-Type", "Tail"]] as const;
  const answer = await send(lambda, "POST", invokeTarget("ordinary"), { headers });
  const [logResult = ""] = answer.all("X-Amz-Log-Result");
  const [requestId] = answer.all("x-amzn-RequestId");
  const log = Buffer.from(logResult, "base64").toString();
  expect(log.startsWith(`START RequestId: ${requestId} Version: $LATEST\n`)).toBe(true);
  expect(log).toContain(`\nREPORT RequestId: ${requestId}\tDuration: `);
  expect((await send(lambda, "POST", invokeTarget("ordinary"))).all("X-Amz-Log-Result")).toEqual([]);
});
