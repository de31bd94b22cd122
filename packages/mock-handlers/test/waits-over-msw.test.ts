/** What the `observed` profile lets wait, over msw: the emulator's own tests look at the steps of a reply, and at sockets. */
import { decodeEvents } from "@eventstream-kit/codec";
import { awslambda } from "@eventstream-kit/lambda-emulator/runtime";
import { createLambda, functionUrlHandlers, lambdaHandlers } from "@eventstream-kit/mock-handlers";
import { gate } from "@eventstream-kit/workshop/gate";
import { expect, test } from "vitest";
import { listen } from "./msw-server.ts";

const MiB = 1024 * 1024;
const observed = { profile: "observed" } as const;

/** Waits that are over when a test says so. */
function heldWaits() {
  const { opened, open } = gate();
  const waits: number[] = [];
  const delay = (ms: number) => {
    waits.push(ms);
    return opened;
  };
  return { waits, delay, open };
}

test("of 7 MiB, 6 come at once and the rest after half a second", async () => {
  const { waits, delay, open } = heldWaits();
  const part = new Uint8Array(MiB).fill(120);
  const functions = {
    *chat() {
      for (let sent = 0; sent < 7; sent++) yield part;
    },
  };
  const lambda = createLambda({ functions, now: () => Date.UTC(2026, 8, 15), ...observed });
  listen(...lambdaHandlers(lambda, { delay }));
  const target = "/2021-11-15/functions/chat/response-streaming-invocations";
  const { body } = await fetch(`https://lambda.us-east-1.amazonaws.com${target}`, { method: "POST", body: "{}" });
  let received = 0;
  let early = 0;
  async function* read() {
    for await (const bytes of body!) {
      received += bytes.length;
      if (early === 0 && received >= 6 * MiB) {
        early = received;
        open();
      }
      yield bytes;
    }
  }
  let payload = 0;
  for await (const event of decodeEvents(read())) if (event.name === "PayloadChunk") payload += event.payload.length;
  expect(payload).toBe(7 * MiB);
  expect(early).toBeLessThan(6 * MiB + 2048);
  const waited = waits.reduce((sum, ms) => sum + ms);
  expect([waited >= 500, waited < 505]).toEqual([true, true]);
});

test("the body of a URL whose function wrote nothing stays open up to the cap", async () => {
  const { waits, delay, open } = heldWaits();
  const handler = awslambda.streamifyResponse(async (_event, responseStream) => void responseStream.end());
  const url = "https://chat.example.com/";
  listen(...functionUrlHandlers(url, handler, { lambda: createLambda({ functions: {}, ...observed }), delay }));
  let ended = false;
  const text = (async () => (await fetch(url)).text())().finally(() => (ended = true));
  // Another exchange, as proof that the first one had its turn.
  await (await fetch(url, { method: "HEAD" })).text();
  expect([ended, waits]).toEqual([false, [960_000]]);
  open();
  expect(await text).toBe("");
});
