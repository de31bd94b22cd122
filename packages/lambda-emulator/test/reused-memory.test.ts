import { describe, expect, test } from "vitest";
import { createLambda } from "../src/index.ts";
import { createUrl, send } from "./function-url-client.ts";
import { invokeTarget, stream } from "./invoke-client.ts";

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
