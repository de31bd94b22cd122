import { decodeEvents } from "@eventstream-kit/codec";
import { describe, expect, test } from "vitest";
import { createLambda } from "../src/index.ts";
import { createUrl, request, send } from "./function-url-client.ts";
import { stream, streamTarget } from "./invoke-client.ts";

const MiB = 1024 * 1024;
const part = Buffer.alloc(MiB, "x");

/** Writes so many bytes, the event says how many. */
function* bytes(count: number) {
  for (let left = count; left > 0; left -= MiB) yield left >= MiB ? part : part.subarray(0, left);
}

describe("a streamed response of 200 MiB", () => {
  const limit = 200 * MiB;
  const lambda = createLambda({ functions: { f: bytes } });

  async function answerOf(count: number) {
    const { body } = await request(lambda, "POST", streamTarget("f"), { body: String(count) });
    let size = 0;
    let complete: unknown;
    for await (const event of decodeEvents(body as AsyncIterable<Uint8Array>, { payload: "view" })) {
      if (event.name === "PayloadChunk") size += event.payload.length;
      else complete = event.json();
    }
    return { size, complete };
  }

  test("passes; one byte more is a byte more and the error of it", { timeout: 60_000 }, async () => {
    expect(await answerOf(limit)).toEqual({ size: limit, complete: {} });
    const error = {
      ErrorCode: "Function.ResponseSizeTooLarge",
      ErrorDetails: "Response payload size exceeded maximum allowed payload size (209715200 bytes).",
    };
    expect(await answerOf(limit + 1)).toEqual({ size: limit + 1, complete: error });
  });
});

test("the limit of the release of April 2023 can be set: 20 MiB", async () => {
  const limits = { responseStreamBytes: 20 * MiB };
  const lambda = createLambda({ functions: { f: bytes }, limits });
  expect((await stream(lambda, "f", { body: String(20 * MiB) })).complete).toEqual({});
  const { complete } = await stream(lambda, "f", { body: String(20 * MiB + 1) });
  expect(complete["ErrorDetails"]).toContain("(20971520 bytes)");
});

describe("function URLs", () => {
  const limit = 6_291_556;
  test.each(["BUFFERED", "RESPONSE_STREAM"])(
    "%s: a body of 6 MiB passes, one more byte is 413 and runs nothing",
    async (InvokeMode) => {
      const lambda = createLambda({ functions: { f: ({ body }: { body: string }) => body.length } });
      const { path } = await createUrl(lambda, "f", { InvokeMode });
      const headers = [["content-type", "text/plain"]] as const;
      const ask = (size: number) => send(lambda, "POST", `${path}/`, { headers, body: "x".repeat(size) });
      expect((await ask(6 * MiB)).text).toBe("6291456");
      const refusal = await ask(6 * MiB + 1);
      expect([refusal.status, refusal.all("x-amzn-ErrorType")]).toEqual([413, ["RequestTooLargeException"]]);
      expect(JSON.parse(refusal.text)).toEqual({
        Type: "User",
        message: "Request must be smaller than 6291456 bytes for the InvokeFunction operation",
      });
      expect(lambda.invocations).toHaveLength(1);
    },
  );

  test.each<[string, (size: number) => unknown]>([
    ["streamed", bytes],
    ["a result", (size) => "x".repeat(size - 2)],
  ])("BUFFERED, %s: 6,291,556 bytes pass, one more is a 502", async (_how, handler) => {
    for (const [size, status] of [
      [limit, 200],
      [limit + 1, 502],
    ] as const) {
      const lambda = createLambda({ functions: { f: () => handler(size) } });
      const { path } = await createUrl(lambda, "f");
      expect((await send(lambda, "GET", `${path}/`)).status).toBe(status);
    }
  });

  test("RESPONSE_STREAM: is cut one byte above the limit, and the function runs on", async () => {
    for (const [count, arrives] of [
      [10, 10],
      [11, 11],
      [12, 11],
    ] as const) {
      const reached: number[] = [];
      const f = function* () {
        for (let index = 1; index <= count; index++) {
          yield "x";
          reached.push(index);
        }
      };
      const lambda = createLambda({ functions: { f }, limits: { responseStreamBytes: 10 } });
      const { path } = await createUrl(lambda, "f", { InvokeMode: "RESPONSE_STREAM" });
      expect((await send(lambda, "GET", `${path}/`)).bytes).toHaveLength(arrives);
      expect(await lambda.invocations[0]!.ended).toEqual({ kind: "success" });
      expect(reached).toHaveLength(count);
    }
  });
});
