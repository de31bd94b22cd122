import { decodeEvents } from "@eventstream-kit/codec";
import { serve } from "@eventstream-kit/service/node";
import { describe, expect, test } from "vitest";
import { createLambda } from "../src/index.ts";
import { createUrl, send } from "./function-url-client.ts";
import { invokeTarget, stream, streamTarget } from "./invoke-client.ts";

const integration = "application/vnd.awslambda.http-integration-response";

/** Writes five texts of one length, all in the same memory. */
async function* reusing() {
  const memory = new Uint8Array(3);
  for (const text of ["one", "two", "six", "ten", "..."]) {
    memory.set(Buffer.from(text));
    yield memory;
  }
}

/** A prelude byte by byte, then a body, all in the same memory. */
function* preludeBytes() {
  const memory = new Uint8Array(1);
  for (const byte of Buffer.from(`{"statusCode":201}${"\0".repeat(8)}body`)) {
    memory[0] = byte;
    yield memory;
  }
}

describe("a function that writes from the same memory over and over", () => {
  const whole = "onetwosixten...";

  test("streams what it wrote", async () => {
    const lambda = createLambda({ functions: { reusing } });
    expect((await stream(lambda, "reusing")).chunks).toEqual(["one", "two", "six", "ten", "..."]);
    expect((await send(lambda, "POST", invokeTarget("reusing"))).text).toBe(whole);
  });

  // A socket takes large writes from that memory, one as soon as it is there and others at the end of a turn.
  test.each([
    { size: 20_000, chunks: [20_000] },
    { size: 1_500_000, chunks: [1_048_576, 451_424] },
  ])("streams writes of $size bytes over a socket", async ({ size, chunks }) => {
    const memory = new Uint8Array(size);
    const lambda = createLambda({
      functions: {
        async *large() {
          for (let value = 1; value <= 16; value++) yield memory.fill(value);
        },
      },
    });
    await using server = await serve(lambda);
    const response = await fetch(server.url + streamTarget("large"), { method: "POST" });
    const received: Uint8Array[] = [];
    for await (const { name, payload } of decodeEvents(response)) {
      if (name === "PayloadChunk") received.push(payload);
    }
    const all = Buffer.concat(received);
    expect(received.map(({ length }) => length)).toEqual(Array.from({ length: 16 }, () => chunks).flat());
    for (let value = 1; value <= 16; value++) {
      const write = all.subarray((value - 1) * memory.length, value * memory.length);
      expect(write.equals(Buffer.alloc(memory.length, value))).toBe(true);
    }
  });

  test.each(["BUFFERED", "RESPONSE_STREAM"])(
    "behind a %s URL too, whose reader keeps what it got",
    async (InvokeMode) => {
      const lambda = createLambda({ functions: { reusing } });
      const { path } = await createUrl(lambda, "reusing", { InvokeMode });
      expect((await send(lambda, "GET", `${path}/`)).text).toBe(whole);
    },
  );

  test("behind a URL that takes a prelude out of it", async () => {
    const lambda = createLambda({ functions: { f: { handler: preludeBytes, contentType: integration } } });
    const { path } = await createUrl(lambda, "f", { InvokeMode: "RESPONSE_STREAM" });
    const { status, text } = await send(lambda, "GET", `${path}/`);
    expect([status, text]).toEqual([201, "body"]);
  });
});
