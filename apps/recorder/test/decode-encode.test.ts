import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { encodeEvent, encodeMessage, long } from "@eventstream-kit/codec";
import { describe, expect, test } from "vitest";
import { eventstream, start, tempDir } from "./eventstream.ts";

const hello = encodeEvent({ event: "PayloadChunk", text: "Hello", contentType: "application/octet-stream" });
const binary = encodeEvent({ event: "PayloadChunk", payload: new Uint8Array([0x89, 0x50, 0xff]) });
const complete = encodeEvent({ event: "InvokeComplete", json: {} });
const typed = encodeMessage({ headers: [["n", long(9007199254740993n)]], payload: "" });
const stream = Buffer.concat([hello, binary, complete, typed]);

const lines = [
  '{"k":"frame","event":"PayloadChunk","ct":"application/octet-stream","text":"Hello"}',
  '{"k":"frame","event":"PayloadChunk","ct":"application/octet-stream","b64":"iVD/"}',
  '{"k":"frame","event":"InvokeComplete","ct":"application/json","json":{}}',
  '{"k":"frame","headers":[["n","long","9007199254740993"]]}',
];
const text = `${lines.join("\n")}\n`;

describe("decode and encode are inverse", () => {
  test("decode prints the lines of a cassette", async () => {
    expect(await eventstream(["decode"], stream)).toMatchObject({ code: 0, stdout: text, stderr: "" });
  });

  test("encode gives the bytes back, from a file or from standard input", async () => {
    const file = join(tempDir(), "lines.jsonl");
    writeFileSync(file, text);
    for (const run of await Promise.all([
      eventstream(["encode"], text),
      eventstream(["encode", "-"], text.replaceAll("\n", "\r\n")),
      eventstream(["encode", file]),
      eventstream(["encode"], text.trimEnd()),
    ])) {
      expect(run).toMatchObject({ code: 0, stderr: "" });
      expect(run.bytes.equals(stream)).toBe(true);
    }
  });

  test("encode takes a cassette and passes over what is not a body", async () => {
    const cassette = [
      '{"eventstream":1,"origin":"synthetic"}',
      "# a comment",
      "",
      '{"k":"req"}',
      text,
      '{"k":"end"}',
      "",
    ];
    const run = await eventstream(["encode"], cassette.join("\n"));
    expect(run.code).toBe(0);
    expect(run.bytes.equals(stream)).toBe(true);
  });
});

describe("Damaged bytes become raw lines, nothing is lost, and the exit code is 4", () => {
  const damaged = Buffer.from(hello);
  damaged[damaged.length - 1]! ^= 1;
  const lengths = Buffer.from(hello);
  lengths[0] = 0xff;
  test.each([
    ["cut off", Buffer.concat([hello, complete.subarray(0, 20)]), "truncated", 1],
    ["a wrong message CRC", Buffer.concat([hello, damaged, complete]), "message_crc", 1],
    ["a wrong prelude CRC", Buffer.concat([hello, lengths]), "prelude_crc", 1],
    ["not an event stream at all", Buffer.from("HTTP/1.1 500 Internal Server Error\r\n\r\n"), "prelude_crc", 0],
  ])("%s", async (_name, bytes, why, frames) => {
    const run = await eventstream(["decode"], bytes);
    expect(run.code).toBe(4);
    expect(run.stdout.match(/^\{"k":"frame"/gm) ?? []).toHaveLength(frames);
    expect(run.stdout).toContain(`{"k":"raw","why":"${why}"`);
    expect(run.stderr).toContain(why);
    const back = await eventstream(["encode"], run.stdout);
    expect(back.code).toBe(0);
    expect(back.bytes.equals(bytes)).toBe(true);
  });
});

describe("Input that is something else altogether is recognised", () => {
  test.each([
    [
      "the page of a proxy",
      "<html>\n<h1>502</h1>",
      String.raw`The input is text, and not an event stream: <html>\n<h1>502</h1>`,
    ],
    ["what a terminal would obey", "<html>\u{1b}[2J and more", undefined],
    [
      "a compressed stream",
      gzipSync(hello),
      "The input is compressed with gzip: decompress it first (curl --compressed)",
    ],
    ["a damaged stream", Buffer.from(hello).fill(9, 8, 9), undefined],
    ["a stream and then text", Buffer.concat([hello, Buffer.from("<html>")]), undefined],
  ])("%s", async (_name, input, said) => {
    const { code, stderr } = await eventstream(["decode"], input);
    expect(code).toBe(4);
    expect(stderr.split("\n").slice(1, -1)).toEqual(said === undefined ? [] : [said]);
    const { stdout } = await eventstream(["inspect"], input);
    const warned = /^warning: the input .+/m.exec(stdout)?.[0].replace("warning: t", "T");
    expect(warned).toBe(said);
    const converted = await eventstream(["convert", "--to", "raw"], input);
    expect(converted.bytes.equals(Buffer.from(input))).toBe(true);
    expect(converted.stderr).toBe(said === undefined ? "" : `${said}\n`);
  });
});

describe("What cannot be encoded names its line, with exit 4, after the lines before it", () => {
  test.each([
    ["not JSON", "nonsense"],
    ["not text", Buffer.from([0xff, 0x0a])],
    ["not a string", '{"k":"frame","event":"E","ct":"text/plain","text":7}'],
    ["an unknown kind", '{"k":"fram","event":"E","ct":"text/plain"}'],
    ["an unknown header type", '{"k":"frame","headers":[["a","float","1"]]}'],
  ])("%s", async (_name, bad) => {
    const run = await eventstream(["encode"], Buffer.concat([Buffer.from(`${lines[0]}\n`), Buffer.from(bad)]));
    expect(run.code).toBe(4);
    expect(run.bytes.equals(hello)).toBe(true);
    expect(run.stderr).toMatch(/line 2/i);
    expect(run.stderr).not.toContain("Unexpected failure");
  });
});

describe("record case 35: decode on a pipe", () => {
  test("prints each frame before standard input closes", async () => {
    const run = start(["decode"]);
    // Each frame is sent only when the one before has been printed.
    for (const [index, frame] of [hello, binary, complete].entries()) {
      run.process.stdin!.write(frame);
      await run.until(new RegExp(`^(.*\n){${index + 1}}`));
    }
    run.process.stdin!.end();
    expect((await run.done).stdout).toBe(`${lines.slice(0, 3).join("\n")}\n`);
  });

  test("ends quietly when its reader has gone", async () => {
    const run = start(["decode"]);
    run.process.stdin!.write(hello);
    await run.until(/Hello/);
    run.process.stdout!.destroy();
    // Goes on until the command has noticed.
    const more = () => run.process.stdin!.write(hello, (error) => error ?? setImmediate(more));
    more();
    expect(await run.done).toMatchObject({ code: 0, stderr: "" });
  });

  test("encode prints bytes before standard input closes, too", async () => {
    const run = start(["encode"]);
    run.process.stdin!.write(`${lines[0]}\n`);
    await run.until(/Hello/);
    run.process.stdin!.end();
    expect((await run.done).bytes.equals(hello)).toBe(true);
  });
});

test("A valid frame that is too long for a line is raw, and no fault", async () => {
  const tooLong = encodeEvent({ event: "PayloadChunk", payload: new Uint8Array(1_500_000).fill(0xff) });
  const run = await eventstream(["decode"], Buffer.concat([tooLong, complete]));
  expect(run.code).toBe(0);
  expect(run.stderr).toContain("rejected:too_large");
  expect(run.stdout).toContain("InvokeComplete");
  expect((await eventstream(["encode"], run.stdout)).bytes.equals(Buffer.concat([tooLong, complete]))).toBe(true);
});

test("Empty input is an empty stream", async () => {
  for (const command of ["decode", "encode"]) {
    expect(await eventstream([command], "")).toMatchObject({ code: 0, stdout: "", stderr: "" });
  }
});

const vectors = process.env["EVENTSTREAM_VECTORS"];

describe("Recordings of real AWS streams: decode prints them, and decode | encode is the identity", () => {
  test.for([
    ["s3-select-object-content", "Response", 3],
    ["cloudwatchlogs-start-live-tail", "Response", 2],
    ["transcribe-success", "Request", 12],
    ["transcribe-success", "Response", 35],
    ["transcribe-error", "Request", 1],
    ["transcribe-error", "Response", 1],
  ] as const)("%s, %s body: %i frames", async ([name, direction, frames], { skip }) => {
    if (vectors === undefined) skip("EVENTSTREAM_VECTORS is not set");
    const body = recordedBody(join(vectors!, "recordings", `${name}.json`), direction);
    const decoded = await eventstream(["decode"], body);
    expect(decoded).toMatchObject({ code: 0, stderr: "" });
    expect(decoded.stdout.match(/^\{"k":"frame".*\n/gm)).toHaveLength(frames);
    const encoded = await eventstream(["encode"], decoded.stdout);
    expect(encoded.code).toBe(0);
    expect(encoded.bytes.equals(body)).toBe(true);
  });
});

interface RecordedEvent {
  readonly action: {
    readonly Data?: { readonly data: { Base64?: string; Utf8?: string }; readonly direction: string };
  };
}

/** The body of one direction: all its pieces, one after the other. */
function recordedBody(file: string, direction: string): Buffer {
  const recording = JSON.parse(readFileSync(file, "utf8")) as RecordedEvent[] | { events: RecordedEvent[] };
  const events = Array.isArray(recording) ? recording : recording.events;
  return Buffer.concat(
    events
      .flatMap(({ action }) => (action.Data?.direction === direction ? [action.Data.data] : []))
      .map(({ Base64, Utf8 }) => (Base64 === undefined ? Buffer.from(Utf8 ?? "") : Buffer.from(Base64, "base64"))),
  );
}
