import { describe, expect, test } from "vitest";
import { chunks, createLambda } from "../src/index.ts";
import type { PreludeOutcome } from "../src/function-url/prelude.ts";
import { PreludeSplitter } from "../src/function-url/prelude.ts";
import { createUrl, send } from "./function-url-client.ts";

/** What a splitter makes of a stream in the given writes: its outcome, and all bytes of the body. */
function split(writes: readonly Uint8Array[]): { outcome: PreludeOutcome; body: string } {
  const splitter = new PreludeSplitter();
  for (const [index, write] of writes.entries()) {
    const outcome = splitter.push(write);
    if (outcome === undefined) continue;
    const first = outcome.kind === "prelude" ? [outcome.rest] : [];
    return { outcome, body: Buffer.concat([...first, ...writes.slice(index + 1)]).toString("latin1") };
  }
  return { outcome: splitter.finish(), body: "" };
}

function inPieces(bytes: Uint8Array, size: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => bytes.subarray(at * size, (at + 1) * size));
}

const json = '{"statusCode":206,"headers":{"x":"ü"}}';
const stream = Buffer.concat([Buffer.from(json), Buffer.alloc(8), Buffer.from("\0body")]);

describe("lambda case 66: a prelude cut into writes anywhere", () => {
  test.each(Array.from({ length: stream.length }, (_, index) => index + 1))("writes of %i bytes", (size) => {
    const { outcome, body } = split(inPieces(stream, size));
    expect(outcome).toMatchObject({ kind: "prelude", value: JSON.parse(json) });
    expect(body).toBe("\0body");
  });

  test.each([1, 2, 7, json.length, json.length + 4])("a streaming URL answers for writes of %i bytes", async (size) => {
    const writes = inPieces(stream, size);
    const handler = { contentType: "application/vnd.awslambda.http-integration-response", handler: chunks(...writes) };
    const lambda = createLambda({ functions: { f: handler } });
    const url = await createUrl(lambda, "f", { InvokeMode: "RESPONSE_STREAM" });
    const answer = await send(lambda, "GET", `${url.path}/`);
    expect([answer.status, answer.bytes]).toEqual([206, Buffer.from("\0body")]);
    expect(answer.all("x")).toEqual(["ü"]);
  });

  test("empty writes in between", () => {
    const { outcome, body } = split(inPieces(stream, 1).flatMap((piece) => [new Uint8Array(), piece]));
    expect(outcome.kind).toBe("prelude");
    expect(body).toBe("\0body");
  });

  test("no body at all", () => {
    const { outcome, body } = split([stream.subarray(0, -5)]);
    expect(outcome.kind).toBe("prelude");
    expect(body).toBe("");
  });
});

describe("what is no prelude", () => {
  const zeros = Buffer.alloc(8);
  test.each([
    ["delimiter", [Buffer.from("{}\0\0\0\0\0\0\0x")]],
    ["delimiter", [Buffer.from("{}\0\0\0"), Buffer.from("\0\0\0\0x")]],
    ["json", [Buffer.from("x"), zeros]],
    ["json", [zeros]],
    ["json", [Buffer.from("[]"), zeros]],
    ["json", [Buffer.from("null"), zeros]],
    ["json", [Buffer.from('{"a":"\xff"}', "latin1"), zeros]],
    ["json", [Buffer.from([0x22, 0xc3]), zeros]],
    ["json", [Buffer.from(`{"headers":{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}}`), zeros]],
    ["cut_short", []],
    ["cut_short", [Buffer.from(json)]],
    ["cut_short", [Buffer.from(json), zeros.subarray(1)]],
  ] as const)("%s: %j", (reason, writes) => {
    expect(split(writes).outcome).toEqual({ kind: "malformed", reason });
  });

  test("too_long: a stream without a zero byte is not kept for ever", () => {
    const splitter = new PreludeSplitter();
    const write = Buffer.alloc(64 * 1024, "x");
    let pushed = 0;
    let outcome: PreludeOutcome | undefined;
    while (outcome === undefined && pushed < 100) {
      outcome = splitter.push(write);
      pushed++;
    }
    expect(outcome).toEqual({ kind: "malformed", reason: "too_long" });
    expect(pushed).toBe(17);
  });
});
