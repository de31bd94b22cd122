import type { RedactionOptions } from "@eventstream-kit/cassette";
import {
  exchangeChunks,
  formatCassette,
  formatExchange,
  itemBytes,
  parseCassette,
  redactExchange,
} from "@eventstream-kit/cassette";
import { describe, expect, test } from "vitest";
import { concat } from "./support/bytes.ts";
import { cassetteOf, recorded, requestOf } from "./support/exchanges.ts";
import { chunkFrame, completeFrame } from "./support/frames.ts";
import { keyId } from "./support/secrets.ts";
import { base64, counts, cut, json, payloads } from "./support/redacted.ts";

const maskedBy = (redact: RedactionOptions, ...values: unknown[]) =>
  payloads(
    recorded(
      values.map((value) => (typeof value === "string" ? chunkFrame(value) : json(value))),
      { options: { redact } },
    ),
  );

describe("what users add", () => {
  const user = { user: { email: "ada@example.com", age: 36, tags: ["a", "bc"], ok: true, no: null } };

  test.each<[path: string, masked: unknown]>([
    ["$.user.email", { user: { ...user.user, email: "XXXXXXXXXXXXXXX" } }],
    ["/user/email", { user: { ...user.user, email: "XXXXXXXXXXXXXXX" } }],
    ["$['user'][\"email\"]", { user: { ...user.user, email: "XXXXXXXXXXXXXXX" } }],
    ["$.user.tags[1]", { user: { ...user.user, tags: ["a", "XX"] } }],
    ["/user/tags/0", { user: { ...user.user, tags: ["X", "bc"] } }],
    ["$.user.tags[*]", { user: { ...user.user, tags: ["X", "XX"] } }],
    ["$..age", { user: { ...user.user, age: 11 } }],
    ["$.user.*", { user: { email: "XXXXXXXXXXXXXXX", age: 11, tags: ["X", "XX"], ok: 1111, no: null } }],
    ["$", { user: { email: "XXXXXXXXXXXXXXX", age: 11, tags: ["X", "XX"], ok: 1111, no: null } }],
    ["$.other", user],
    ["$.user.email.x", user],
  ])("the path %s", (path, masked) => {
    expect(maskedBy({ json: [path] }, user)).toEqual([JSON.stringify(masked)]);
    expect(maskedBy({ json: [path] }, `data: ${JSON.stringify(user)}\n`)).toEqual([
      `data: ${JSON.stringify(masked)}\n`,
    ]);
    expect(maskedBy({ json: [path] }, { b: 1, bytes: base64(JSON.stringify(user)) }).at(0)).toContain(
      path === "$" ? "XXXX" : base64(JSON.stringify(masked)),
    );
  });

  test("a path that may skip levels, in levels that are all alike", () => {
    const deep = `${'{"a":'.repeat(2000)}"secret"${"}".repeat(2000)}`;
    expect(maskedBy({ json: ["$..a..a..a..a..a"] }, deep)).toEqual([deep.replace("secret", "XXXXXX")]);
  });

  test("names that JSON and paths escape", () => {
    const value = { "a/b~c": "1234", "d'e": "56", é: { "": "78" }, __proto__x: "9" };
    expect(maskedBy({ json: ["/a~1b~0c", String.raw`$['d\'e']`, "/é/"] }, value)).toEqual([
      '{"a/b~c":"XXXX","d\'e":"XX","é":{"":"XX"},"__proto__x":"9"}',
    ]);
    expect(maskedBy({ json: ["$.é"] }, String.raw`{"\u00e9":"x"}`)).toEqual([String.raw`{"\u00e9":"X"}`]);
  });

  test("patterns, for text as people read it, with a group only that", () => {
    expect(maskedBy({ regex: [/größe \d+/] }, "die größe 42 ist")).toEqual([
      `die ${"X".repeat("größe 42".length + 2)} ist`,
    ]);
    expect(maskedBy({ regex: [/pin=(\d+)/i] }, "PIN=1234 pin=5")).toEqual(["PIN=XXXX pin=X"]);
    expect(maskedBy({ regex: [/\u{1F600}+/u] }, { a: "x\u{1F600}\u{1F600}y" })).toEqual(['{"a":"xXXXXXXXXy"}']);
    expect(maskedBy({ regex: [/^b$/m] }, "a\nb\n")).toEqual(["a\nX\n"]);
    expect(maskedBy({ regex: [/"quoted"/] }, { a: 'a "quoted" word' })).toEqual([
      String.raw`{"a":"a XXXXXXXXXX word"}`,
    ]);
    expect(maskedBy({ regex: [/x*/] }, "none")).toEqual(["none"]);
  });

  test("patterns over frames, and over bytes that are no text", () => {
    expect(maskedBy({ regex: [/hunter2/] }, "my hun", "ter2!").join("|")).toBe("my XXX|XXXX!");
    const bytes = Buffer.concat([Buffer.from([0xff, 0xc3]), Buffer.from("hunter2é")]);
    const exchange = recorded([chunkFrame(bytes)], { options: { redact: { regex: [/hunter2/] } } });
    expect((exchange.items[0] as { message: { payload: Uint8Array } }).message.payload).toEqual(
      Uint8Array.from(Buffer.concat([Buffer.from([0xff, 0xc3]), Buffer.from("XXXXXXXé")])),
    );
  });

  test("a function gives what is secret, or where", () => {
    const names = new Set(["Ada", "Grace"]);
    const find = (text: string) => text.match(/\p{L}+/gu)?.filter((word) => names.has(word)) ?? [];
    expect(maskedBy({ find }, { from: "Ada", to: "Grace and Ada, Alan" })).toEqual([
      '{"from":"XXX","to":"XXXXX and XXX, Alan"}',
    ]);
    expect(maskedBy({ find: (text) => (text.startsWith("ab") ? [[1, 3]] : []) }, "abcd")).toEqual(["aXXd"]);
  });

  test("are counted", () => {
    const redact = { json: ["$.a"], regex: [/bb/], find: () => ["cc"] };
    const exchange = recorded([json({ a: "x", b: "bb", c: "cc" })], { options: { redact } });
    expect(counts(exchange)).toEqual({ headers: 0, json: 1, pattern: 2 });
  });

  test.each<[name: string, redact: unknown]>([
    ["a rule that is none", { off: ["aws"] }],
    ["a path that is none", { json: ["user.email"] }],
    ["a path with a filter", { json: ["$.a[?(@.b)]"] }],
    ["a pointer with a wrong escape", { json: ["/a~2"] }],
    ["a path that is no text", { json: [5] }],
    ["a pattern as text", { regex: ["a+"] }],
    ["no function", { find: "secret" }],
    ["a normaliser that is none", { normalize: ["all"] }],
    ["a way of masking that is none", { patterns: [/a/] }],
  ])("%s is refused", (_, redact) => {
    const call = () => recorded([], { options: { redact: redact as RedactionOptions } });
    expect(call).toThrow(expect.objectContaining({ code: "option" }));
  });
});

describe("what was recorded before", () => {
  const request = requestOf({ target: `/f?key=${keyId}`, body: keyId });
  const frames = [...cut(`a ${keyId}`, 3).map(chunkFrame), json({ a: base64(`text ${keyId}`), p: "abcdef" })];
  const plain = recorded(frames, { request, options: { redact: false, meta: { region: "x" } } });

  test("is masked in the same way", () => {
    const before = formatExchange(plain);
    for (const redact of [{}, { json: ["$.p"] }, { normalize: ["bedrock-padding"] as const }]) {
      const masked = redactExchange(plain, redact);
      expect(masked).toEqual(recorded(frames, { request, options: { redact, meta: { region: "x" } } }));
      expect(parseCassette(formatCassette(cassetteOf([masked]))).exchanges).toEqual([masked]);
    }
    expect(formatExchange(plain)).toBe(before);
  });

  test("is the same when nothing is left to mask", () => {
    const masked = redactExchange(plain);
    expect(redactExchange(masked)).toBe(masked);
    expect(counts(redactExchange(masked, { json: ["$.p"] }))).toMatchObject({ "aws-access-key-id": 4, json: 1 });
  });

  test("without timing and meta, too", () => {
    const { timing: _, meta: __, ...bare } = plain;
    expect(redactExchange(bare).meta).toEqual({ redacted: { "aws-access-key-id": 4 } });
  });
});

describe("Bedrock's padding", () => {
  const frames = [
    json({ messageStart: { role: "assistant" }, p: "abcdefghijklmnop" }),
    json({ contentBlockDelta: { delta: { text: "Hi" } }, p: "ab" }),
    json({ p: "my own p" }),
    chunkFrame('{"p":"abc"} '),
    completeFrame(),
  ];
  const body = concat(...frames);
  const chunks = Array.from({ length: Math.ceil(body.length / 10) }, (_, index) =>
    body.subarray(index * 10, index * 10 + 10),
  );
  const exchange = recorded(chunks, { options: { redact: { normalize: ["bedrock-padding"] } } });

  test("is emptied, and nothing else", () => {
    expect(payloads(exchange)).toEqual([
      '{"messageStart":{"role":"assistant"},"p":""}',
      '{"contentBlockDelta":{"delta":{"text":"Hi"}},"p":""}',
      '{"p":"my own p"}',
      '{"p":"abc"} ',
      "{}",
    ]);
    expect(counts(exchange)).toEqual({ headers: 0, "bedrock-padding": 2 });
  });

  test("chunks stay where they were among the frames", () => {
    expect(parseCassette(formatCassette(cassetteOf([exchange]))).exchanges).toEqual([exchange]);
    const total = exchange.timing!.chunks.reduce((sum, { dt }) => sum + dt, 0);
    expect(total).toBeCloseTo(chunks.length * 10, 5);
    expect(concat(...exchangeChunks(exchange))).toEqual(concat(...exchange.items.map(itemBytes)));
  });

  test("is kept without being asked", () => {
    expect(exchangeChunks(recorded(chunks))).toEqual(chunks.map((chunk) => new Uint8Array(chunk)));
  });
});
