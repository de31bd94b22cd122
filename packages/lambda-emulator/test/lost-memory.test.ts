import { BodyReader } from "@eventstream-kit/service";
import { expect, test } from "vitest";
import { createLambda } from "../src/index.ts";
import type { EmulatorContext } from "../src/emulator-context.ts";
import type { GiveWrite, RunningInvocation, Writes } from "../src/invocation.ts";
import { Moment } from "../src/moment.ts";
import { StreamSteps } from "../src/stream-steps.ts";
import { invokeTarget, request, send, stream, streamTarget } from "./invoke-client.ts";

function transferred(): Uint8Array {
  const bytes = new Uint8Array(5);
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  return bytes;
}

function cutOff(): Uint8Array {
  // The library of TypeScript that this compiles against knows no memory of another size.
  const memory: ArrayBuffer & { resize?(size: number): void } = Reflect.construct(ArrayBuffer, [
    16,
    { maxByteLength: 16 },
  ]);
  const bytes = new Uint8Array(memory, 8, 8);
  memory.resize!(4);
  return bytes;
}

// Such bytes look empty: what was in them would be left out without a word.
test.each([transferred, cutOff])("a write whose memory was %o is an error of the function", async (lost) => {
  const lambda = createLambda({
    functions: {
      *f() {
        yield "first";
        yield lost();
      },
    },
  });
  const { chunks, complete } = await stream(lambda, "f");
  expect(chunks).toEqual(["first"]);
  expect(complete).toMatchObject({ ErrorCode: "TypeError" });
  await send(lambda, "POST", invokeTarget("f"));
  expect(await lambda.invocations[1]!.ended).toMatchObject({ kind: "error", errorType: "TypeError" });
});

test("a write that no frame can be made of is told to the reader, not to the writer", async () => {
  let give!: GiveWrite;
  const chunks: Partial<Writes> = { take: (reader) => (give = reader) };
  const running = { chunks } as RunningInvocation;
  const context = { limits: { responseStreamBytes: 1 }, switches: {} } as EmulatorContext;
  const steps = new StreamSteps(running, context, { delivered: new Moment(), tail: false });
  const told = new Promise((resolve) => steps.lend(resolve, resolve));
  give(transferred());
  expect(await told).toBeInstanceOf(TypeError);
});

test.each(["next", "lend"] as const)(
  "a write whose memory is lost before all of its frames are made breaks the answer off: %s()",
  async (ask) => {
    const written = new Uint8Array(2 * 1024 * 1024);
    const lambda = createLambda({
      functions: {
        *f() {
          yield written;
        },
      },
    });
    const reply = await request(lambda, "POST", streamTarget("f"));
    const reader = new BodyReader(reply.body);
    await reader[ask]();
    structuredClone(written.buffer, { transfer: [written.buffer] });
    await expect(reader[ask]()).rejects.toThrow("ArrayBuffer");
    expect(await lambda.invocations[0]!.delivered).toBe("broken");
  },
);
