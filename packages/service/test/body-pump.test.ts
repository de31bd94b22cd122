import { expect, test } from "vitest";
import { BodyReader } from "../src/body-reader.ts";
import { BodyPump } from "../src/node/body-pump.ts";
import type { Exchange } from "../src/node/exchange.ts";

test("a body that always has bytes, for a connection that always has room, leaves turns to others", async () => {
  let pulled = 0;
  function* body() {
    for (; pulled < 10_000; pulled++) yield new Uint8Array(1000);
  }
  const pulledAtTurns: number[] = [];
  const turn = () => {
    pulledAtTurns.push(pulled);
    if (pulled < 10_000) setImmediate(turn);
  };
  setImmediate(turn);
  const exchange = { takesParts: true, write: () => true, end: () => undefined } as Partial<Exchange> as Exchange;
  const ends = { declared: undefined, trailers: () => [], gone: new AbortController().signal };
  await new BodyPump(exchange, new BodyReader(body()), ends).run();
  // 10 MB in pieces of 256 KiB.
  expect(pulledAtTurns.length).toBeGreaterThan(30);
});
