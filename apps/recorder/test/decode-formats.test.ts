import { appendFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encodeEvent } from "@eventstream-kit/codec";
import { describe, expect, test } from "vitest";
import { FrameSegments } from "../src/decode/frame-segments.ts";
import { notationOf } from "../src/sources/notation.ts";
import { cassetteFile, cassetteOf, exchangeOf } from "./cassettes.ts";
import { eventstream, start, tempDir } from "./eventstream.ts";

const chunk = (text: string) => encodeEvent({ event: "PayloadChunk", text, contentType: "text/plain" });
const [hello, world] = [chunk("Hello, "), chunk("World\n")];
const complete = encodeEvent({ event: "InvokeComplete", json: {} });
const stream = Buffer.concat([hello, world, complete]);

describe("--format", () => {
  test("table: a row for each frame", async () => {
    const run = await eventstream(["decode", "--format", "table"], stream);
    expect(run).toMatchObject({ code: 0, stderr: "" });
    expect(run.stdout.split("\n")).toEqual([
      "   #     offset    bytes  name                  payload",
      `   1          0  ${String(hello.length).padStart(7)}  PayloadChunk          Hello, `.trimEnd(),
      `   2  ${String(hello.length).padStart(9)}  ${String(world.length).padStart(7)}  PayloadChunk          World\\n`,
      `   3  ${String(hello.length + world.length).padStart(9)}  ${String(complete.length).padStart(7)}  InvokeComplete        {}`,
      "",
    ]);
  });

  test("hex: what inspect --hex prints, as it arrives", async () => {
    const [decoded, inspected] = await Promise.all([
      eventstream(["decode", "--format", "hex"], stream),
      eventstream(["inspect", "--hex"], stream),
    ]);
    expect(decoded.code).toBe(0);
    expect(inspected.stdout.endsWith(decoded.stdout)).toBe(true);
    expect(decoded.stdout).toMatch(/^[0-9a-f]{8} .* message CRC +0x[0-9a-f]{8}, right$/m);
  });

  test("hex: damage with its place, and what was expected there", async () => {
    const damaged = Buffer.concat([hello, complete]);
    damaged[damaged.length - 1]! ^= 1;
    const run = await eventstream(["decode", "--format", "hex"], damaged);
    expect(run.code).toBe(4);
    expect(run.stdout).toMatch(new RegExp(`^!! byte ${damaged.length - 4}: message_crc: .*0x`, "m"));
  });

  test("payload: the bytes that the function wrote, and nothing else", async () => {
    expect(await eventstream(["decode", "--format", "payload"], stream)).toMatchObject({
      code: 0,
      stdout: "Hello, World\n",
      stderr: "",
    });
  });

  test("another one is refused", async () => {
    const run = await eventstream(["decode", "--format", "xml"], stream);
    expect(run).toMatchObject({ code: 2, stdout: "" });
    expect(run.stderr).toContain("jsonl, table, hex, payload");
  });
});

describe("Inputs besides bytes", () => {
  const lines = /^\{"k":"frame".*"text":"Hello, "\}\n\{.*World.*\n\{.*InvokeComplete.*\n$/;
  const har = {
    log: {
      entries: [
        {
          request: { method: "GET", url: "https://a/", headers: [] },
          response: { status: 200, headers: [], content: { text: "<p>" } },
        },
        {
          request: { method: "POST", url: "https://a/", headers: [] },
          response: {
            status: 200,
            headers: [{ name: "content-type", value: "application/vnd.amazon.eventstream" }],
            content: { text: stream.toString("base64"), encoding: "base64" },
          },
        },
      ],
    },
  };
  const vcr = `version: 1\ninteractions:\n- request: {method: POST, uri: /}\n  response:\n    status: {code: 200}\n    headers: {content-type: application/vnd.amazon.eventstream}\n    body: {string: !!binary ${stream.toString("base64")}}\n`;

  test("base64 and hex are seen from their first bytes, and decoded as they arrive", async () => {
    for (const notation of ["base64", "hex"] as const) {
      const run = start(["decode"]);
      const text = stream.toString(notation);
      // A length that cuts a group of letters.
      const cut = text.length - 5;
      run.process.stdin!.write(text.slice(0, cut));
      await run.until(/World/);
      run.process.stdin!.end(text.slice(cut));
      expect(await run.done).toMatchObject({ code: 0, stderr: "", stdout: expect.stringMatching(lines) as string });
    }
  });

  test("of a HAR, the streams; other answers are passed over", async () => {
    const run = await eventstream(["decode"], JSON.stringify(har));
    expect(run).toMatchObject({ code: 0, stdout: expect.stringMatching(lines) as string });
    expect(run.stderr).toBe("1 answer passed over: not an event stream\n");
    expect(await eventstream(["decode", "--exchange", "2"], JSON.stringify(har))).toMatchObject({
      code: 0,
      stderr: "",
    });
  });

  test("a vcrpy cassette, and ours", async () => {
    const cassette = cassetteFile(cassetteOf(exchangeOf("a", "Hello, ", "World\n")));
    const [fromVcr, fromCassette] = await Promise.all([
      eventstream(["decode"], vcr),
      eventstream(["decode", cassette]),
    ]);
    for (const run of [fromVcr, fromCassette]) {
      expect(run).toMatchObject({ code: 0, stderr: "", stdout: expect.stringMatching(lines) as string });
    }
  });

  test.each([
    ["bytes", stream, true],
    ["bytes", Buffer.from("HTTP/1.1 500 Internal Server Error"), true],
    ["bytes", Buffer.from("AAAABBBBCCCCDDDDEEEEFFFF"), true],
    ["bytes", Buffer.from('{"message":"Forbidden"}'), true],
    ["bytes", Buffer.alloc(0), true],
    ["hex", Buffer.from(stream.toString("hex").slice(0, 24)), false],
    ["base64", Buffer.from(`  ${stream.toString("base64").slice(0, 24)}`), false],
    ["vcr", Buffer.from("# by hand\n---\ninteractions:\n- request: {method: GET, uri: https://example.com/}\n"), false],
    ["cassette", Buffer.from('{"eventstream":1,"origin":"synthetic"}'), true],
    ["har", Buffer.from('{\n  "log": {'), true],
    [undefined, Buffer.from("AAAA"), false],
    [undefined, Buffer.from("interact"), false],
    [undefined, Buffer.from("{"), false],
    [undefined, Buffer.alloc(0), false],
  ])("%s is what %o is seen as", (notation, head, whole) => {
    expect(notationOf(head, whole)).toBe(notation);
  });
});

describe("--follow", () => {
  test("prints what is added to a file, until Ctrl-C", async () => {
    const file = join(tempDir(), "stream.bin");
    writeFileSync(file, hello);
    const run = start(["decode", "--follow", file]);
    await run.until(/Hello/);
    // Only now, and inside a frame.
    appendFileSync(file, world.subarray(0, 20));
    appendFileSync(file, world.subarray(20));
    await run.until(/World/);
    run.process.kill("SIGINT");
    expect(await run.done).toMatchObject({ code: 130, stderr: "" });
  });

  test("a file that becomes shorter is not the same stream", async () => {
    const file = join(tempDir(), "stream.bin");
    writeFileSync(file, stream);
    const run = start(["decode", "--follow", file]);
    await run.until(/InvokeComplete/);
    truncateSync(file, 10);
    const { code, stderr } = await run.done;
    expect(code).toBe(4);
    expect(stderr).toContain("has become shorter");
  });
});

describe("--lenient", () => {
  const lost = Buffer.from("lost");
  test("finds the frames after damage, is no failure, and encode gives the bytes back", async () => {
    const bytes = Buffer.concat([hello, lost, world, complete.subarray(0, 30), complete]);
    const [strict, lenient] = await Promise.all([
      eventstream(["decode"], bytes),
      eventstream(["decode", "--lenient"], bytes),
    ]);
    expect(strict.code).toBe(4);
    expect(strict.stdout.match(/^\{"k":"frame"/gm)).toHaveLength(1);
    expect(lenient.code).toBe(0);
    expect(lenient.stdout.match(/^\{"k":"(frame|raw)/gm)).toEqual(
      ["frame", "raw", "frame", "raw", "frame"].map((kind) => `{"k":"${kind}`),
    );
    expect((await eventstream(["encode"], lenient.stdout)).bytes.equals(bytes)).toBe(true);
  });

  test.each([
    ["whole frames", stream, [hello.length, world.length, complete.length]],
    ["bytes before", Buffer.concat([lost, hello]), [4, hello.length]],
    ["nothing but damage", lost, [4]],
    ["a frame that lost bytes inside", Buffer.concat([hello.subarray(0, 40), world]), [40, world.length]],
    ["a cut end", Buffer.concat([hello, world.subarray(0, 30)]), [hello.length, 30]],
    ["nothing", Buffer.alloc(0), []],
  ])("cuts %s the same however they arrive", (_name, bytes, lengths) => {
    for (const size of [1, 7, 50, bytes.length || 1]) {
      const segments = new FrameSegments();
      const cut: Uint8Array[] = [];
      for (let at = 0; at < bytes.length; at += size) cut.push(...segments.push(bytes.subarray(at, at + size)));
      cut.push(...segments.finish());
      expect(cut.map(({ length }) => length)).toEqual(lengths);
      expect(Buffer.concat(cut).equals(bytes)).toBe(true);
    }
  });
});

test("encode --base64 prints one line, which decode takes", async () => {
  const decoded = await eventstream(["decode"], stream);
  const encoded = await eventstream(["encode", "--base64"], decoded.stdout);
  expect(encoded).toMatchObject({ code: 0, stdout: `${stream.toString("base64")}\n`, stderr: "" });
  expect(await eventstream(["decode"], encoded.stdout)).toEqual(decoded);
});
