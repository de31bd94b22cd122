import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { endOf } from "@eventstream-kit/cassette";
import { byte, encodeEvent, encodeException, encodeMessage, int32, long, short, uuid } from "@eventstream-kit/codec";
import { describe, expect, onTestFinished, test } from "vitest";
import { frameFields } from "../src/inspect/frame-fields.ts";
import { cassetteFile, cassetteOf, exchangeOf } from "./cassettes.ts";
import { eventstream, start, tempDir, urlOf } from "./eventstream.ts";
import { hasScript, noScript, onTerminal } from "./on-terminal.ts";
import { ownEnvironment } from "./upstream-lambda.ts";

const hello = encodeEvent({ event: "PayloadChunk", text: "Hello", contentType: "application/octet-stream" });
const complete = encodeEvent({ event: "InvokeComplete", json: {} });

function streamFile(...parts: Uint8Array[]): string {
  const file = join(tempDir(), "stream.bin");
  writeFileSync(file, Buffer.concat(parts));
  return file;
}

const changed = (bytes: Uint8Array, at: number, value: number) => Uint8Array.from(bytes).fill(value, at, at + 1);

test("A cassette: what was asked and answered, when what came, and every frame", async () => {
  const file = cassetteFile(cassetteOf(exchangeOf("chat", "Hel", "lo\n")));
  const run = await eventstream(["inspect", file]);
  expect(run).toMatchObject({ code: 0, stderr: "" });
  expect(run.stdout).toBe(`${file}  cassette, 1 exchange, recorded: a test

1  POST /2021-11-15/functions/chat/response-streaming-invocations
request   {"id":7}
response  200, 3 frames, 320 B (payload 8 B), ended by eof
timing    head 10 ms, first byte 15.5 ms, last 26.5 ms, 3 chunks, largest gap 5.5 ms

          0 ms                                                                              26.5 ms
head      ---------------------------------|
chunks                                                       |                  |                 |
frames                                                       |                  |                 |

#    ms   gap  offset  bytes  name            payload
1  15.5             0    109  PayloadChunk    Hel
2    21  +5.5     109    109  PayloadChunk    lo\\n
3  26.5  +5.5     218    102  InvokeComplete  {}
`);
});

test("A terminal that does not say how wide it is", async ({ skip }) => {
  skip(!hasScript(), noScript);
  const file = cassetteFile(cassetteOf(exchangeOf("chat", "Hel", "lo\n")));
  const run = await onTerminal(["inspect", file], { NO_COLOR: "1" });
  const piped = await eventstream(["inspect", file]);
  expect(run).toEqual({ code: 0, output: piped.stdout.replaceAll("\n", "\r\n") });
});

test("A cassette with a byte order mark is no damaged stream", async () => {
  const text = `\ufeff${readFileSync(cassetteFile(cassetteOf(exchangeOf("chat", "Hel"))), "utf8")}`;
  const run = await eventstream(["inspect"], text);
  expect(run).toMatchObject({ code: 4, stdout: "" });
  expect(run.stderr).toContain("Cassette line 1 begins with a byte order mark; expected UTF-8 without one");
});

test("Bytes from standard input: the same without request and timing", async () => {
  const run = await eventstream(["inspect"], Buffer.concat([hello, complete]));
  expect(run.stdout).toBe(`(standard input)  event stream

2 frames, 213 B (payload 7 B)

#  offset  bytes  name            payload
1       0    111  PayloadChunk    Hello
2     111    102  InvokeComplete  {}
`);
  expect(run).toMatchObject({ code: 0, stderr: "" });
});

test("--frame: all headers with their types, and the whole payload", async () => {
  const run = await eventstream(["inspect", streamFile(hello, complete), "--frame", "2"]);
  expect(run.stdout).toBe(`frame 2  InvokeComplete  102 bytes at 111
:event-type    string     InvokeComplete
:content-type  string     application/json
:message-type  string     event
payload, 2 bytes
  {}
`);
});

test("--payload: what the function wrote, byte for byte; of one frame with --frame", async () => {
  const binary = encodeEvent({ event: "PayloadChunk", payload: new Uint8Array([0xff, 0, 10]) });
  const file = streamFile(hello, binary, complete);
  expect([...(await eventstream(["inspect", file, "--payload"])).bytes]).toEqual([
    ...Buffer.from("Hello"),
    0xff,
    0,
    10,
  ]);
  expect((await eventstream(["inspect", file, "--payload", "--frame", "3"])).stdout).toBe("{}");
});

test("--json: one object with a schema and a version", async () => {
  const file = cassetteFile(cassetteOf(exchangeOf("chat", "Hel"), exchangeOf("report", "lo")));
  const run = await eventstream(["inspect", file, "--json", "--exchange", "2"]);
  expect(run.stdout).toMatch(/^[^\n]*\n$/);
  expect(JSON.parse(run.stdout)).toMatchObject({
    schema: "eventstream/inspect",
    version: 1,
    format: "cassette",
    header: { title: "a test" },
    streams: [
      {
        number: 2,
        request: { path: expect.stringContaining("report") as string },
        bytes: 210,
        chunks: [{ end: 108, at: 15.5, gap: 5.5 }, { end: 210 }],
        frames: [
          { number: 1, offset: 0, bytes: 108, at: 15.5, kind: "event", message: { text: "lo" } },
          { number: 2, name: "InvokeComplete", payloadBytes: 2 },
        ],
        warnings: [],
      },
    ],
  });
});

describe("--hex", () => {
  test("every byte and what it means, and where chunks ended", async () => {
    const whole = exchangeOf("chat", "Hel");
    const chunks = [
      { dt: 1, item: 0, extra: 6 },
      { dt: 1, item: 2, extra: 0 },
    ];
    const exchange = { ...whole, timing: { unit: "ms", res: 1, chunks } as const };
    const run = await eventstream(["inspect", cassetteFile(cassetteOf(exchange)), "--hex", "--frame", "1"]);
    expect(run.stdout).toBe(`
frame 1  PayloadChunk  109 bytes at 0
00000000  00 00 00 6d              ...m      total length    109
00000004  00 00                    ..        headers length  90
--------  chunk 1 ends
00000006  00 5a                    .Z
00000008  8f 3e d4 7f              .>..      prelude CRC     0x8f3ed47f, right
0000000c  0b                       .         name length     11
0000000d  3a 65 76 65 6e 74 2d 74  :event-t  name            :event-type
00000015  79 70 65                 ype
00000018  07                       .         type            7 string
00000019  00 0c                    ..        value length    12
0000001b  50 61 79 6c 6f 61 64 43  PayloadC  value           PayloadChunk
00000023  68 75 6e 6b              hunk
00000027  0d                       .         name length     13
00000028  3a 63 6f 6e 74 65 6e 74  :content  name            :content-type
00000030  2d 74 79 70 65           -type
00000035  07                       .         type            7 string
00000036  00 18                    ..        value length    24
00000038  61 70 70 6c 69 63 61 74  applicat  value           application/octet-stream
00000040  69 6f 6e 2f 6f 63 74 65  ion/octe
00000048  74 2d 73 74 72 65 61 6d  t-stream
00000050  0d                       .         name length     13
00000051  3a 6d 65 73 73 61 67 65  :message  name            :message-type
00000059  2d 74 79 70 65           -type
0000005e  07                       .         type            7 string
0000005f  00 05                    ..        value length    5
00000061  65 76 65 6e 74           event     value           event
00000066  48 65 6c                 Hel       payload         3 bytes
00000069  d8 aa 0c 5c              ...\\      message CRC     0xd8aa0c5c, right
`);
  });

  const everyType = encodeMessage({
    headers: [
      ["yes", true],
      ["no", false],
      ["byte", byte(-128)],
      ["short", short(32767)],
      ["integer", int32(-2147483648)],
      ["long", long(9007199254740993n)],
      ["binary", new Uint8Array([1, 2])],
      ["empty", ""],
      ["timestamp", new Date("2026-11-24T00:00:00.000Z")],
      ["uuid", uuid("00112233-4455-6677-8899-aabbccddeeff")],
    ],
    payload: "{}",
  });

  test("header values of all types", () => {
    const fields = frameFields(everyType, 0);
    const values = fields.filter(({ name }) => name === "type" || name === "value").map(({ value }) => value);
    expect(values.join("\n")).toBe(`0 boolean true
1 boolean false
2 byte
-128
3 short
32767
4 integer
-2147483648
5 long
9007199254740993
6 binary
2 bytes
7 string
8 timestamp
1795478400000 2026-11-24T00:00:00.000Z
9 uuid
00112233-4455-6677-8899-aabbccddeeff`);
  });

  test("no byte is left out or shown twice, wherever the frame is cut or changed", () => {
    for (let at = 0; at < everyType.length; at++) {
      for (const bytes of [everyType.subarray(0, at), changed(everyType, at, 0xff), changed(everyType, at, 0)]) {
        let end = 3;
        const body = Buffer.concat([new Uint8Array(3), bytes]);
        for (const { offset, length } of frameFields(body, 3)) {
          expect(offset).toBe(end);
          expect(length).toBeGreaterThan(0);
          end += length;
        }
        expect(end).toBe(body.length);
      }
    }
  });
});

const last = hello.length - 1;
const damages = [
  [
    "a truncated tail",
    [hello, complete.subarray(0, 20)],
    "frame 2, byte 131: truncated: the input ends too early, found 20 bytes, expected 102",
  ],
  ["a wrong prelude CRC", [hello, changed(complete, 8, 0)], "frame 2, byte 119: prelude_crc: the prelude CRC is 0x00"],
  [
    "a wrong message CRC",
    [changed(hello, last, 0), complete],
    `frame 1, byte ${last - 3}: message_crc: the message CRC is 0x`,
  ],
  ["an absurd length", [hello, changed(complete, 0, 0x7f)], "frame 2, byte 119: prelude_crc"],
] as const;

describe("Damage in a file of bytes: the exact offset, expected and found, and exit 4", () => {
  test.each(damages)("%s", async (_name, parts, expected) => {
    const run = await eventstream(["inspect", streamFile(...parts)]);
    expect(run.stdout).toContain(`warning: ${expected}`);
    expect(run).toMatchObject({ code: 4, stderr: "" });
  });

  test("after a wrong message CRC the frames after it are shown", async () => {
    const file = streamFile(changed(hello, 102, 0x4a), complete);
    const run = await eventstream(["inspect", file, "--hex"]);
    expect(run.stdout).toContain("2     111    102  InvokeComplete  {}");
    const [, found, expected] = /message CRC +(0x[0-9a-f]{8}), expected (0x[0-9a-f]{8})\n!! byte 107/.exec(run.stdout)!;
    const json = await eventstream(["inspect", file, "--json"]);
    const { streams } = JSON.parse(json.stdout) as { streams: { frames: { problem: object }[] }[] };
    expect(streams[0]!.frames[0]!.problem).toMatchObject({
      code: "message_crc",
      offset: 107,
      found: Number(found),
      expected: Number(expected),
    });
  });

  test("a cassette that says something else than it holds names its line", async () => {
    const text = readFileSync(cassetteFile(cassetteOf(exchangeOf("chat", "Hello"))), "utf8").replace("Hello", "Hallo!");
    const run = await eventstream(["inspect", cassetteFile(text)]);
    expect(run).toMatchObject({ code: 4, stdout: "" });
    expect(run.stderr).toContain("Cassette line 6: end.bytes: found 213");
    expect(run.stderr).toContain("eventstream fix");
  });
});

describe("record case 5: damaged streams are recorded as raw, replayed identically, and inspect says what and where", () => {
  test.each(damages)("%s", async (_name, parts, expected) => {
    const bytes = Buffer.concat(parts);
    const server = createServer((request, response) => {
      request.resume().on("end", () => {
        response.writeHead(200, { "content-type": "application/vnd.amazon.eventstream" }).end(bytes);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

    const file = join(tempDir(), "damaged.cassette.jsonl");
    const env = ownEnvironment;
    expect((await eventstream(["invoke", "f", "--endpoint", endpoint, "--save", file], "", { env })).code).toBe(4);
    expect(readFileSync(file, "utf8")).toContain('{"k":"raw","why":');

    const replay = start(["replay", file, "--json"]);
    const path = "/2021-11-15/functions/f/response-streaming-invocations";
    const again = await fetch((await urlOf(replay)) + path, { method: "POST" });
    expect(Buffer.from(await again.arrayBuffer()).equals(bytes)).toBe(true);

    const run = await eventstream(["inspect", file]);
    expect(run.code).toBe(0);
    expect(run.stdout).toContain(`warning: ${expected}`);
  });
});

describe("Warnings", () => {
  const failed = encodeEvent({ event: "InvokeComplete", json: { ErrorCode: "Oops", ErrorDetails: "so bad" } });
  const exception = encodeException({ exception: "ThrottlingException", json: {} });
  test.each([
    ["no end", [hello], "the stream ends without InvokeComplete"],
    ["a failed function", [hello, failed], "the function failed: Oops: so bad"],
    ["more after the end", [complete, hello], "frames follow InvokeComplete"],
    ["an exception", [exception], "frame 1: the service sent ThrottlingException"],
    ["no event at all", [encodeMessage({ payload: "x" })], "frame 1: no :message-type"],
  ])("%s", async (_name, parts, expected) => {
    const run = await eventstream(["inspect", streamFile(...parts)]);
    expect(run.stdout).toContain(`warning: ${expected}`);
    expect(run.code).toBe(0);
  });

  test("a response that was cut short; an answer that is no stream is shown as text", async () => {
    const whole = exchangeOf("chat", "Hel");
    const body = Buffer.from('{"Message":"Rate exceeded"}');
    const items = [{ kind: "raw", why: "not_event_stream", bytes: body }] as const;
    const { timing: _, ...refused } = { ...whole, response: { status: 429, headers: [] }, items, end: endOf(items) };
    const cut = { ...whole, end: endOf(whole.items, "reset") };
    const run = await eventstream(["inspect", cassetteFile(cassetteOf(cut, refused))]);
    expect(run.stdout).toContain("warning: the response was cut short: reset");
    expect(run.stdout).toContain('response  429, not_event_stream, 27 B, ended by eof\n{"Message":"Rate exceeded"}\n');
  });
});

test("What a terminal would obey is never printed as it is", async () => {
  const evil = encodeEvent({ event: "\u001b[2Jevil\u202e", text: "\u001b]0;title\u0007\u009b1m" });
  for (const option of [[], ["--hex"], ["--frame", "1"]]) {
    const { stdout } = await eventstream(["inspect", streamFile(evil), ...option]);
    expect(stdout).toContain("evil");
    // oxlint-disable-next-line no-control-regex -- what is looked for
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  }
});

describe("What is not there is said with exit 2", () => {
  test.each([
    [["--frame", "3"], "There is no frame 3 in"],
    [["--exchange", "2"], "There is no exchange 2 in"],
    [["--frame", "0"], "Expected a number from 1"],
    [["--hex", "--json"], "cannot be used with"],
  ])("%j", async (args, message) => {
    const run = await eventstream(["inspect", streamFile(hello, complete), ...args]);
    expect(run).toMatchObject({ code: 2, stdout: "" });
    expect(run.stderr).toContain(message);
  });
});

test("Ends quietly when its reader has gone", async () => {
  const run = start(["inspect", streamFile(...Array.from({ length: 20_000 }, () => hello)), "--hex"]);
  await run.until(/total length/);
  run.process.stdout!.destroy();
  expect(await run.done).toMatchObject({ code: 0, stderr: "" });
});
