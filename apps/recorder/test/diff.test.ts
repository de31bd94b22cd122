import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { endOf, formatCassette, type Exchange } from "@eventstream-kit/cassette";
import { decodeMessage, encodeEvent } from "@eventstream-kit/codec";
import { describe, expect, test } from "vitest";
import { cassetteFile, cassetteOf, exchangeOf } from "./cassettes.ts";
import { eventstream, tempDir } from "./eventstream.ts";

/** Runs `eventstream diff` on cassettes of these exchanges; the file names are left out of what it prints. */
async function diff(left: Exchange | Exchange[], right: Exchange | Exchange[], ...options: string[]) {
  const [a, b] = [left, right].map((exchanges) => cassetteFile(cassetteOf(...[exchanges].flat())));
  const run = await eventstream(["diff", a!, b!, ...options]);
  expect(run.stderr).toBe("");
  return { code: run.code, stdout: run.stdout.replace(`--- ${a}\n+++ ${b}\n`, "") };
}

const chat = exchangeOf("chat", "Hel", "lo\n");
const title = "exchange 1  POST /2021-11-15/functions/chat/response-streaming-invocations\n";
const same = { code: 0, stdout: "" };

/** One event of another service, with a JSON payload. */
function delta(json: object): Exchange {
  const items = [{ kind: "frame", message: decodeMessage(encodeEvent({ event: "contentBlockDelta", json })) }] as const;
  const request = { ...chat.request, path: "/model/m/converse-stream", body: Buffer.from('{"id":7,"p":1}') };
  return { request, response: chat.response, items, end: endOf(items) };
}

test("The same: exit 0 and nothing printed, whoever recorded it and when", async () => {
  const timing = { unit: "ms", res: 99, chunks: [{ dt: 7, item: 3, extra: 0 }] } as const;
  expect(await diff(chat, { ...chat, timing, meta: { recordedAt: "1999-01-01T00:00:00.000Z" } })).toEqual(same);
});

test("Another text: the frames and the lines, exit 3", async () => {
  expect(await diff(chat, exchangeOf("chat", "Hal", "lo\n"))).toEqual({
    code: 3,
    stdout: `${title}- frame 1  {"k":"frame","event":"PayloadChunk","ct":"application/octet-stream","text":"Hel"}
+ frame 1  {"k":"frame","event":"PayloadChunk","ct":"application/octet-stream","text":"Hal"}
- text  Hello
+ text  Hallo
`,
  });
});

test("The same text in other frames says so", async () => {
  const { code, stdout } = await diff(chat, exchangeOf("chat", "Hello\n"));
  expect(code).toBe(3);
  expect(stdout).toContain("The function wrote the same text; its frames are cut in another way.\n");
  expect(stdout).not.toContain("text  ");
});

test("Request, response and end, field by field", async () => {
  const other = {
    ...chat,
    request: { ...chat.request, body: Buffer.from('{ "id": 8 }') },
    response: { status: 429, headers: [...chat.response.headers, ["retry-after", "1"] as const] },
    end: { ...chat.end, how: "reset" as const },
  };
  expect(await diff(chat, other)).toEqual({
    code: 3,
    stdout: `${title}request/body/id: 7 -> 8
response/status: 200 -> 429
response/headers/retry-after: nothing -> "1"
end: "eof" -> "reset"
`,
  });
});

test("Exchanges that only one side has", async () => {
  const [a, b] = [exchangeOf("a", "x"), exchangeOf("b", "x")];
  const { code, stdout } = await diff([a, chat], [chat, b]);
  expect(code).toBe(3);
  expect(stdout).toMatch(/^- exchange 1 {2}POST \S+\/a\/\S+\n\+ exchange 2 {2}POST \S+\/b\/\S+\n$/);
});

describe("What does not count", () => {
  test("the order of members in JSON", async () => {
    expect(await diff(delta({ a: 1, b: { c: 2, d: 3 } }), delta({ b: { d: 3, c: 2 }, a: 1 }))).toEqual(same);
  });

  test("what --ignore names, in payloads and in request bodies", async () => {
    const [a, b] = [delta({ p: "abc", a: [{ "x/y": 1 }] }), delta({ a: [{ "x/y": 2 }] })];
    expect(await diff(a, b, "--ignore", "/p", "--ignore", "/a/0/x~1y")).toEqual(same);
    expect((await diff(a, b, "--ignore", "/p")).code).toBe(3);
    const request = { ...a.request, body: Buffer.from('{"id":7}') };
    expect(await diff(a, { ...a, request }, "--ignore", "/p")).toEqual(same);
  });

  test("timing, unless --timing is said", async () => {
    const other = { ...chat, timing: { ...chat.timing!, res: 12.5 } };
    expect(await diff(chat, other, "--ignore-timing")).toEqual(same);
    expect(await diff(chat, other, "--timing")).toEqual({
      code: 3,
      stdout: `${title}timing/head: 10 -> 12.5\n`,
    });
  });
});

test("--json: one object with a schema and a version", async () => {
  const { code, stdout } = await diff(chat, exchangeOf("chat", "Hel", "p\n"), "--json");
  expect(code).toBe(3);
  expect(JSON.parse(stdout)).toMatchObject({
    schema: "eventstream/diff",
    version: 1,
    equal: false,
    exchanges: [
      {
        left: 1,
        right: 1,
        sameText: false,
        differences: [
          { kind: "frames", left: [{ frame: 2 }], right: [{ frame: 2 }] },
          { kind: "text", left: ["Hello"], right: ["Help"] },
        ],
      },
    ],
  });
  expect(await diff(chat, chat, "--json")).toEqual({
    code: 0,
    stdout: '{"schema":"eventstream/diff","version":1,"equal":true,"exchanges":[]}\n',
  });
});

test("Bytes with a cassette's bytes, one of them on standard input", async () => {
  const file = join(tempDir(), "stream.bin");
  const hello = encodeEvent({ event: "PayloadChunk", text: "Hello" });
  writeFileSync(file, hello);
  expect(await eventstream(["diff", "-", file], hello)).toMatchObject({ code: 0, stdout: "" });
  const cut = await eventstream(["diff", "-", file], hello.subarray(0, 20));
  expect(cut.code).toBe(3);
  expect(cut.stdout).toContain('- frame 1  {"k":"raw","why":"truncated","b64":"');
});

test.each([
  [["a-missing-file", "b"], 2, "a-missing-file"],
  [["-", "-"], 2, "Only one side"],
  [["a"], 2, "Missing required argument 'b'"],
  [["a", "b", "--ignore", "p"], 2, "Expected a JSON Pointer"],
])("%j is refused with exit %i", async (args, code, message) => {
  const run = await eventstream(["diff", ...args]);
  expect(run).toMatchObject({ code, stdout: "" });
  expect(run.stderr).toContain(message);
});

test("A cassette that does not load is no side to compare: exit 4", async () => {
  const good = formatCassette(cassetteOf(chat));
  const run = await eventstream(["diff", cassetteFile(good), cassetteFile(good.replace("Hel", "Help"))]);
  expect(run).toMatchObject({ code: 4, stdout: "" });
});
