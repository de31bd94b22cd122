import { createHash } from "node:crypto";
import { decodeEvents } from "@eventstream-kit/codec";
import type { Reply } from "@eventstream-kit/service";
import { serve } from "@eventstream-kit/service/node";
import { describe, expect, test } from "vitest";
import { createLambda } from "../src/index.ts";
import { createUrl, send, Signal } from "./function-url-client.ts";
import { request, streamTarget } from "./invoke-client.ts";

const MiB = 1024 * 1024;
const bytes = Buffer.alloc(7 * MiB, "0123456789abcdef-");
const sha256 = (data: Uint8Array) => createHash("sha256").update(data).digest("hex");

/** A clock that stands still: only waits pass time. */
const now = () => Date.UTC(2026, 8, 15);
const functions = {
  f: function* () {
    for (let at = 0; at < bytes.length; at += MiB) yield bytes.subarray(at, at + MiB);
  },
};

/** The payload of a stream, the milliseconds it asks to wait, and the payload bytes before the first wait. */
async function read({ body }: Reply) {
  let waited = 0;
  let early = 0;
  async function* parts() {
    for await (const step of body) {
      if (step instanceof Uint8Array) {
        if (waited === 0) early += step.length;
        yield step;
      } else if (step.kind === "wait") waited += step.ms;
    }
  }
  const payload: Uint8Array[] = [];
  for await (const event of decodeEvents(parts())) if (event.name === "PayloadChunk") payload.push(event.payload);
  return { payload: Buffer.concat(payload), waited, early };
}

describe("lambda case 33: a response of 7 MiB", () => {
  test("all bytes arrive, without a wait", async () => {
    const { payload, waited } = await read(await request(createLambda({ functions }), "POST", streamTarget("f")));
    expect(sha256(payload)).toBe(sha256(bytes));
    expect(waited).toBe(0);
  });

  test.each([{ profile: "observed" }, { switches: { bandwidth: "observed" } }] as const)(
    "with bandwidth, 6 MiB come at once and the rest waits half a second: %j",
    async (options) => {
      const lambda = createLambda({ functions, now, ...options });
      const { payload, waited, early } = await read(await request(lambda, "POST", streamTarget("f")));
      expect(sha256(payload)).toBe(sha256(bytes));
      expect(early).toBeGreaterThanOrEqual(6 * MiB);
      expect(early).toBeLessThan(6 * MiB + 2048);
      expect(waited).toBeGreaterThanOrEqual(500);
      expect(waited).toBeLessThan(505);
    },
  );

  test("with bandwidth, over a socket the last MiB comes when the waits are over", async () => {
    const lambda = createLambda({ functions, now, profile: "observed" });
    const over = new Signal();
    const waits: number[] = [];
    const delay = (ms: number) => {
      waits.push(ms);
      return over.happened;
    };
    await using server = await serve(lambda, { port: 0, delay });
    const response = await fetch(`${server.url}${streamTarget("f")}`, { method: "POST" });
    let received = 0;
    let early = 0;
    async function* held() {
      for await (const chunk of response.body!) {
        received += chunk.length;
        if (early === 0 && received >= 6 * MiB) {
          early = received;
          over.happen();
        }
        yield chunk;
      }
    }
    const { payload } = await read({ status: 200, headers: [], body: held() });
    expect(sha256(payload)).toBe(sha256(bytes));
    expect(early).toBeLessThan(6 * MiB + 2048);
    expect(waits.reduce((sum, ms) => sum + ms)).toBeGreaterThanOrEqual(500);
  });

  test("a slow function has tokens for all of it", async () => {
    let time = now();
    const slow = {
      f: function* () {
        for (const part of functions.f()) {
          yield part;
          time += 500;
        }
      },
    };
    const lambda = createLambda({ functions: slow, now: () => time, switches: { bandwidth: "observed" } });
    expect((await read(await request(lambda, "POST", streamTarget("f")))).waited).toBe(0);
  });

  test("a streaming function URL has the same bandwidth, a buffered one has none", async () => {
    const lambda = createLambda({ functions, now, switches: { bandwidth: "observed" } });
    const { path } = await createUrl(lambda, "f", { InvokeMode: "RESPONSE_STREAM" });
    const answer = await send(lambda, "GET", `${path}/`);
    const waits = answer.steps.flatMap((step) => (typeof step === "object" && "ms" in step ? [step.ms] : []));
    expect(sha256(answer.bytes)).toBe(sha256(bytes));
    expect(waits.reduce((sum, ms) => sum + ms)).toBeGreaterThanOrEqual(500);
    // Pieces of 256 KiB: one of 1 MiB would come half a second late as a whole.
    expect(waits).toHaveLength(4);
  });

  test("a reader who leaves is told to the function", async () => {
    const lambda = createLambda({ functions, now, switches: { bandwidth: "observed" } });
    const { path } = await createUrl(lambda, "f", { InvokeMode: "RESPONSE_STREAM" });
    const { body } = await request(lambda, "GET", `${path}/`);
    await (body as AsyncIterable<unknown>)[Symbol.asyncIterator]().return!();
    expect(await lambda.invocations[0]!.ended).toEqual({ kind: "success" });
  });
});
