import type { Exchange, RedactionOptions } from "@eventstream-kit/cassette";
import {
  exchangeChunks,
  formatCassette,
  formatExchange,
  itemBytes,
  parseCassette,
  redactExchange,
} from "@eventstream-kit/cassette";
import { decodeMessage, encodeEvent, encodeMessage } from "@eventstream-kit/codec";
import { describe, expect, test } from "vitest";
import { concat } from "./support/bytes.ts";
import { cassetteOf, eventStream, recorded, requestOf } from "./support/exchanges.ts";
import { chunkFrame, completeFrame, duplicateFrame, frameAround, wireHeader } from "./support/frames.ts";
import { keyId, secrets } from "./support/secrets.ts";

const base64 = (text: string) => Buffer.from(text).toString("base64");
const json = (value: unknown) => encodeEvent({ event: "chunk", json: value });
const payloads = ({ items }: Exchange): string[] =>
  items.map((item) => Buffer.from(item.kind === "frame" ? item.message.payload : item.bytes).toString());
const counts = ({ meta }: Exchange): Record<string, number> => meta!["redacted"] as Record<string, number>;

/** Every byte is in its place, only some are others; the cassette is whole, and what was masked is nowhere. */
function expectSameShape(exchange: Exchange, frames: readonly Uint8Array[], chunks: readonly Uint8Array[]): void {
  expect(exchange.items.map((item) => itemBytes(item).length)).toEqual(frames.map((bytes) => bytes.length));
  expect(exchangeChunks(exchange).map((chunk) => chunk.length)).toEqual(chunks.map((chunk) => chunk.length));
  for (const item of exchange.items) expect(() => decodeMessage(itemBytes(item))).not.toThrow();
  expect(parseCassette(formatCassette(cassetteOf([exchange]))).exchanges).toEqual([exchange]);
}

const cut = (text: string, pieces: number): string[] => {
  const size = Math.ceil(text.length / pieces);
  return Array.from({ length: pieces }, (_, index) => text.slice(index * size, (index + 1) * size));
};

describe("every rule, in a payload", () => {
  test.each(secrets)("%s: %s", (rule, text, masked) => {
    const exchange = recorded([chunkFrame(`before ${text}, after`)]);
    expect(payloads(exchange)).toEqual([`before ${masked}, after`]);
    expect(counts(exchange)).toEqual({ headers: 0, [rule]: 1 });
  });

  test.each(secrets)("%s: %s, in JSON and in base64 of it", (rule, text, masked) => {
    const exchange = recorded([json({ a: [text], n: 1 }), json({ bytes: base64(JSON.stringify({ b: text })) })]);
    expect(payloads(exchange)).toEqual([
      JSON.stringify({ a: [masked], n: 1 }),
      JSON.stringify({ bytes: base64(JSON.stringify({ b: masked })) }),
    ]);
    expect(counts(exchange)).toEqual({ headers: 0, [rule]: 2 });
  });

  test.each(secrets)("%s: %s, masked once is masked for good", (_, text, masked) => {
    const exchange = recorded([chunkFrame(masked)]);
    expect(payloads(exchange)).toEqual([masked]);
    expect(counts(exchange)).toEqual({ headers: 0 });
    expect(text).toHaveLength(masked.length);
  });

  test.each(secrets)("%s: %s, kept without redaction", (_, text) => {
    const exchange = recorded([chunkFrame(text)], { options: { redact: false } });
    expect(payloads(exchange)).toEqual([text]);
    expect(counts(exchange)).toEqual({ headers: 0 });
  });

  test.each(secrets)("%s: %s, kept when the rule is off", (rule, text) => {
    const exchange = recorded([chunkFrame(text)], { options: { redact: { off: [rule] } } });
    expect(payloads(exchange)).toEqual([text]);
  });

  test.each([
    ["a hash", "58aa2d30d3a56a508daaa2fda6df0e543b8527a8fe33e450ae12e88ee2b1a50a"],
    ["a key id that is too long", `${keyId}A`],
    ["a key id within a word", `x${keyId.toLowerCase()}`],
    ["an ARN without an account", "arn:aws:s3:::bucket/key"],
    ["a number of twelve digits", "123456789012"],
    ["the word bearer", "The bearer of this letter"],
    ["the begin of a certificate", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"],
    ["two parts of a JWT", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0"],
  ])("%s is none", (_, text) => {
    expect(payloads(recorded([chunkFrame(text)]))).toEqual([text]);
  });
});

describe("record case 20: a key id cut by frames and by chunks", () => {
  const text = `{"token":"${keyId}","n":1}\n`;
  const wrap: [name: string, wrap: (piece: string) => Uint8Array, unwrap: (payload: string) => string][] = [
    ["text", chunkFrame, (payload) => payload],
    [
      "deltas of JSON",
      (piece) => json({ delta: { text: piece }, p: "abc" }),
      (payload) => (JSON.parse(payload) as { delta: { text: string } }).delta.text,
    ],
    [
      "deltas of JSON in base64",
      (piece) => json({ bytes: base64(JSON.stringify({ d: piece })), p: "abcd" }),
      (payload) => {
        const { bytes } = JSON.parse(payload) as { bytes: string };
        return (JSON.parse(Buffer.from(bytes, "base64").toString()) as { d: string }).d;
      },
    ],
    [
      "server-sent events",
      (piece) => chunkFrame(`data: ${JSON.stringify({ d: piece })}\n\n`),
      (payload) => (JSON.parse(payload.slice(6)) as { d: string }).d,
    ],
  ];
  test.each(
    wrap.flatMap(([name, wrapped, unwrapped]) =>
      [1, 2, 5, 20].map((pieces) => [name, pieces, wrapped, unwrapped] as const),
    ),
  )("%s, in %i frames", (_, pieces, wrapped, unwrapped) => {
    const frames = [...cut(text, pieces).map(wrapped), completeFrame()];
    const body = concat(...frames);
    for (const size of [body.length, 100, 7]) {
      const chunks = Array.from({ length: Math.ceil(body.length / size) }, (__, index) =>
        body.subarray(index * size, (index + 1) * size),
      );
      const exchange = recorded(chunks);
      const masked = payloads(exchange).slice(0, -1).map(unwrapped).join("");
      expect(masked).toBe(text.replace(keyId, `AKIA${"X".repeat(16)}`));
      expect(counts(exchange)).toEqual({ headers: 0, "aws-access-key-id": 1 });
      expectSameShape(exchange, frames, chunks);
    }
  });

  test("with frames of another type between", () => {
    const [first, second] = cut(keyId, 2);
    const frames = [json({ a: first }), encodeEvent({ event: "ping", json: {} }), json({ a: second })];
    const exchange = recorded(frames);
    expect(payloads(exchange).join("")).toBe('{"a":"AKIAXXXXXX"}{}{"a":"XXXXXXXXXX"}');
    expectSameShape(exchange, frames, frames);
  });

  test("only the bytes of a character cut in two, and of the key id, are looked at", () => {
    const bytes = Buffer.from(`é${keyId}é`);
    const frames = [chunkFrame(bytes.subarray(0, 1)), chunkFrame(bytes.subarray(1, 9)), chunkFrame(bytes.subarray(9))];
    const exchange = recorded(frames);
    expect(payloads(exchange).at(-1)).toBe(`${"X".repeat(13)}é`);
    expectSameShape(exchange, frames, frames);
  });
});

const inBase64 = (value: unknown) => ({ bytes: base64(JSON.stringify(value)) });
const twiceInBase64 = (text: string) => inBase64(inBase64({ text }));

describe("record case 21: in base64", () => {
  test("the log of Lambda is masked and encoded again", () => {
    const log = `START\nkey ${keyId}\ntoken eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJlc2lnbmF0dXJl\nEND\n`;
    const frames = [encodeEvent({ event: "InvokeComplete", json: { LogResult: base64(log) } })];
    const exchange = recorded(frames);
    const masked = log.replace(keyId, "AKIAXXXXXXXXXXXXXXXX").replace(/eyJ\S+/, (token) => "X".repeat(token.length));
    expect(payloads(exchange)).toEqual([JSON.stringify({ LogResult: base64(masked) })]);
    expect(formatExchange(exchange)).toContain(JSON.stringify({ $b64text: masked }));
    expect(counts(exchange)).toEqual({ headers: 0, "aws-access-key-id": 1, jwt: 1 });
    expectSameShape(exchange, frames, frames);
  });

  test("the bytes of Bedrock, also in base64 in base64", () => {
    const frames = [json(twiceInBase64(`x ${keyId}`))];
    const exchange = recorded(frames);
    expect(payloads(exchange)).toEqual([JSON.stringify(twiceInBase64("x AKIAXXXXXXXXXXXXXXXX"))]);
    expectSameShape(exchange, frames, frames);
  });

  test("base64 whose slashes are escaped is masked as a whole", () => {
    const text = base64(`???>>>${keyId}???`);
    expect(text).toContain("/");
    const frames = [chunkFrame(`{"b":"${text.replaceAll("/", "\\/")}"}`)];
    const exchange = recorded(frames);
    expect(payloads(exchange)[0]).toMatch(/^\{"b":"X+"\}$/);
    expectSameShape(exchange, frames, frames);
  });
});

describe("everywhere else", () => {
  test("in the path, as it is and percent-encoded", () => {
    const arn = "arn:aws:lambda:eu-west-1:123456789012:function:chat";
    const target = `/functions/${encodeURIComponent(arn)}/x?key=${keyId.replaceAll("A", "%41")}&arn=${arn}`;
    const { request, meta } = recorded([], { request: requestOf({ target }) });
    const zeros = arn.replace("123456789012", "000000000000");
    expect(request.path).toMatch(/^\/functions\/[^/]+\/x\?key=%41KI%41X+&arn=/);
    expect(request.path).toHaveLength(target.length);
    expect(request.path).toContain(encodeURIComponent(zeros));
    expect(request.path).toContain(zeros);
    expect(meta!["redacted"]).toEqual({ headers: 0, "aws-access-key-id": 1, "aws-account-id": 2 });
  });

  test("in Lambda's partial ARN", () => {
    const target = "/2021-11-15/functions/123456789012:function:chat/response-streaming-invocations";
    const { request } = recorded([], { request: requestOf({ target }) });
    expect(request.path).toBe(target.replace("123456789012", "000000000000"));
  });

  test("in headers that are stored, of request and response", () => {
    const headers: [string, string][] = [["x-amz-target", `a ${keyId}`]];
    const exchange = recorded([], {
      request: requestOf({ headers }),
      headers: [eventStream, ["x-amzn-remapped-note", `b ${keyId}`]],
    });
    expect(exchange.request.headers).toEqual([["x-amz-target", "a AKIAXXXXXXXXXXXXXXXX"]]);
    expect(exchange.response.headers[1]).toEqual(["x-amzn-remapped-note", "b AKIAXXXXXXXXXXXXXXXX"]);
  });

  test("in the headers of a frame", () => {
    const headers = { ":message-type": "error", ":error-code": "Denied", ":error-message": `not for ${keyId}` };
    const frame = encodeMessage({ headers, payload: "" });
    const exchange = recorded([frame]);
    expect(formatExchange(exchange)).toContain('[":error-message","string","not for AKIAXXXXXXXXXXXXXXXX"]');
    expectSameShape(exchange, [frame], [frame]);
  });

  test("in the headers of a frame, whose length in bytes stays also where characters have several", () => {
    const headers = { ":message-type": "error", ":error-code": "Denied", ":error-message": "für Zoë 東京 \u{1F600}." };
    const frame = encodeMessage({ headers, payload: "" });
    const exchange = recorded([frame.subarray(0, 20), frame.subarray(20)], {
      options: { redact: { regex: [/Zoë 東京 \u{1F600}/u], find: () => ["Denied"] } },
    });
    expect(formatExchange(exchange)).toContain(`"für ${"X".repeat(16)}."`);
    expect(formatExchange(exchange)).toContain('[":error-code","string","XXXXXX"]');
    expectSameShape(exchange, [frame], [frame.subarray(0, 20), frame.subarray(20)]);
  });

  test("in the body of a request, and what was given is not touched", () => {
    const body = Buffer.from(JSON.stringify({ a: keyId, b: base64(`text ${keyId}`) }));
    const given = body.toString();
    const { request } = recorded([], { request: requestOf({ body }) });
    expect(Buffer.from(request.body).toString()).toBe(
      JSON.stringify({ a: "AKIAXXXXXXXXXXXXXXXX", b: base64("text AKIAXXXXXXXXXXXXXXXX") }),
    );
    expect(body.toString()).toBe(given);
  });

  test("in the log that a buffered invocation has in a header", () => {
    const exchange = recorded([], { headers: [["X-Amz-Log-Result", base64(`START\nthe key is ${keyId}\nEND`)]] });
    const log = base64(`START\nthe key is AKIA${"X".repeat(16)}\nEND`);
    expect(exchange.response.headers).toEqual([["x-amz-log-result", log]]);
    expect(counts(exchange)).toEqual({ headers: 0, "aws-access-key-id": 1 });
  });

  test("in a response that is no event stream, over its chunks", () => {
    const text = JSON.stringify({ message: `no ${keyId}` });
    const exchange = recorded(
      cut(text, 9).map((piece) => Buffer.from(piece)),
      { status: 403, headers: [["content-type", "application/json"]] },
    );
    expect(payloads(exchange).join("")).toBe('{"message":"no AKIAXXXXXXXXXXXXXXXX"}');
  });

  test("in frames after damage, which are raw", () => {
    const exchange = recorded([duplicateFrame(), chunkFrame(keyId).subarray(0, -3)]);
    expect(exchange.items.map(({ kind }) => kind)).toEqual(["raw", "raw"]);
    expect(payloads(exchange)[1]).toContain("AKIAXXXXXXXXXXXXXXXX");
  });

  test.each([1, 50_000, 120_000])(
    "in a frame that the codec refuses: its checksum is right again (%i bytes before)",
    (n) => {
      const one = wireHeader("a", 4, Uint8Array.of(0, 0, 0, 1));
      const around = (text: string) =>
        frameAround(concat(one, one), new TextEncoder().encode(`${"-".repeat(n)} ${text}`));
      const exchange = recorded([around(keyId), chunkFrame("after"), around(keyId)]);
      const masked = around(`AKIA${"X".repeat(16)}`);
      expect(Buffer.concat(exchange.items.map(itemBytes))).toEqual(
        Buffer.concat([masked, chunkFrame("after"), masked]),
      );
      expect(exchange.items.filter(({ kind }) => kind === "frame")).toHaveLength(1);
    },
  );

  test("not in what is compressed, which would only break", () => {
    const bytes = Buffer.from(`gzip of ${keyId}`);
    const exchange = recorded([bytes], { headers: [eventStream, ["content-encoding", "gzip"]] });
    expect(payloads(exchange)).toEqual([bytes.toString()]);
  });

  describe("by a rule for JSON, however frames cut several documents, and whatever a piece looks like alone", () => {
    const rule = { options: { redact: { json: ["$.name"] } } };
    test.each<[what: string, pieces: string[]]>([
      ["one", ['{"name":', '"Ada"', "}"]],
      ["lines", ['{"name":', '"Ada"', '}\n{"name":"Bob"}\n']],
      ["lines with line ends in them", ['{\n "name":', '"Ada"\n', '}\n{\n"name": "Bob"\n}']],
      ["several lines in one piece", ['{\n "name": "Ada"\n}\n{\n "name": "Bob"\n}\n']],
      ["server-sent events", ['data: {"name":', '"Ada"', '}\n\ndata: {"name":"Bob"}\n\n']],
      ["without anything between them", ['{"name":', '"Ada"', '}{"name":"Bob"}']],
      ["a piece that follows on words", ["well: ", '{"name":"Ada"}', ' {"name":"Bob"} and so on']],
      ["after a bracket without end", ["[see\n", '{"name":"Ada"}\n{"name":', '"Bob"', "}\n"]],
      // What has a rule of its own only as a part of something else is not touched.
      ["a list of them", ['{"list":[', '{"name":"Eve"}', '],"name":"Ada"}\n', '{"name":"Bob"}']],
      ["prose", ['"name": ', '"Eve"', '\n"{" and {"name":"Eve"}']],
    ])("%s", (_, pieces) => {
      const masked = pieces.join("").replaceAll(/Ada|Bob/g, "XXX");
      expect(payloads(recorded(pieces.map(chunkFrame), rule)).join("")).toBe(masked);
    });

    test("base64 in a document that frames cut", () => {
      const [before, after] = ['{"a":', '}\n{"a":"b"}\n'];
      const exchange = recorded([before, JSON.stringify(base64(`the key is ${keyId}`)), after].map(chunkFrame));
      const masked = JSON.stringify(base64(`the key is AKIA${"X".repeat(16)}`));
      expect(payloads(exchange)).toEqual([before, masked, after]);
    });
  });

  test("in a document of JSON with line ends that frames cut", () => {
    const text = JSON.stringify({ a: { SecretKey: "s3cr3t" }, list: [1] }, null, 2);
    const frames = cut(text, 4).map(chunkFrame);
    const exchange = recorded(frames, { options: { redact: { json: ["$.a.SecretKey"] } } });
    expect(payloads(exchange).join("")).toBe(text.replace("s3cr3t", "XXXXXX"));
  });
});

describe("long streams", () => {
  const filler = "All work and no play makes Jack a dull boy.\n".repeat(1000);

  test("secrets on every boundary of what is looked at together are found", () => {
    const text = Array.from({ length: 40 }, (_, index) => `${filler.slice(0, 30_000 + index * 37)} ${keyId} `).join("");
    for (const size of [1_000, 65_536, 200_000]) {
      const frames = cut(text, Math.ceil(text.length / size)).map(chunkFrame);
      const exchange = recorded(frames);
      expect(payloads(exchange).join("")).toBe(text.replaceAll(keyId, `AKIA${"X".repeat(16)}`));
      expect(counts(exchange)).toEqual({ headers: 0, "aws-access-key-id": 40 });
    }
  });

  test("a secret longer than what is looked at is masked to its end", () => {
    const token = `IQoJb3JpZ2lu${"abcDEF123+/".repeat(50_000)}`;
    const text = `${filler}token ${token} and ${filler}`;
    const frames = cut(text, 100).map(chunkFrame);
    expect(payloads(recorded(frames)).join("")).toBe(text.replace(token, "X".repeat(token.length)));
  });

  test("deltas far apart", () => {
    const noise = Array.from({ length: 300 }, () => encodeEvent({ event: "other", text: "x".repeat(1000) }));
    const pieces = cut(keyId, 5).map((d) => json({ d }));
    const frames = [
      ...noise,
      ...pieces.flatMap((piece, index) => [piece].concat(noise.slice(index * 10, index * 10 + 10))),
      ...noise,
    ];
    const exchange = recorded(frames);
    expect(counts(exchange)).toEqual({ headers: 0, "aws-access-key-id": 1 });
    expectSameShape(exchange, frames, frames);
  });

  describe("a JSON document longer than what is looked at together", () => {
    const people = Array.from({ length: 4000 }, (_, n) => ({
      user: { email: `person-${String(n)}@example.com`, age: n, note: "nothing to hide ".repeat(5) },
    }));
    const masking = { options: { redact: { json: ["$.items.*.user.email"] } } };
    const document = JSON.stringify({ items: people, last: base64(`the key is ${keyId}.`) });
    const masked = document
      .replaceAll(/person-\d+@example\.com/g, (email) => "X".repeat(email.length))
      .replace(base64(`the key is ${keyId}.`), base64(`the key is AKIA${"X".repeat(16)}.`));

    test("in frames", () => {
      const frames = cut(document, Math.ceil(document.length / 8192)).map(chunkFrame);
      const exchange = recorded([...frames, completeFrame()], masking);
      expect(payloads(exchange).slice(0, -1).join("")).toBe(masked);
      expect(counts(exchange)).toEqual({ headers: 0, json: 4000, "aws-access-key-id": 1 });
    });

    test("in an answer that is JSON", () => {
      const exchange = recorded([Buffer.from(document)], {
        ...masking,
        headers: [["content-type", "application/json"]],
      });
      expect(exchange.items.length).toBeGreaterThan(5);
      expect(payloads(exchange).join("")).toBe(masked);
    });

    test("element by element, as lines, and in server-sent events", () => {
      const elements = people.map((person) => JSON.stringify(person));
      const list = ["[", ...elements.flatMap((element, n) => (n === 0 ? [element] : [",", element])), "]"];
      const expected = list.join("").replaceAll(/person-\d+@example\.com/g, (email) => "X".repeat(email.length));
      const options = { redact: { json: ["$.*.user.email"] } };
      expect(payloads(recorded(list.map(chunkFrame), { options })).join("")).toBe(expected);
      for (const before of ["", "data: "]) {
        const lines = `${before}${document}\n`.repeat(2);
        const exchange = recorded(cut(lines, 100).map(chunkFrame), masking);
        expect(payloads(exchange).join("")).toBe(`${before}${masked}\n`.repeat(2));
      }
    });

    test("also when it breaks off", () => {
      for (const end of [300_000, masked.indexOf("X", 350_000) + 3]) {
        const frames = cut(document.slice(0, end), 40).map(chunkFrame);
        const exchange = recorded(frames, { ...masking, how: "reset" });
        expect(payloads(exchange).join("")).toBe(masked.slice(0, end));
      }
    });

    test("is refused when it does not end within 8 MiB, unless nothing in it was selected", () => {
      const frames = Array.from({ length: 1100 }, () => chunkFrame("x ".repeat(4000)));
      const chunks = [
        chunkFrame('{"items":[{"user":{"email":"'),
        ...frames,
        chunkFrame(`${keyId}"}}]}`),
        completeFrame(),
      ];
      expect(() => recorded(chunks, masking)).toThrow(
        expect.objectContaining({ code: "redaction", message: expect.stringContaining("8388608 bytes") }),
      );
      expect(payloads(recorded(chunks)).join("")).toContain(`x AKIA${"X".repeat(16)}"}}]}`);
    });

    test("is none when it only begins like one", () => {
      const frames = cut(`{ not JSON\n"nor this\n[1] nor that {\n${filler.repeat(220)}`, 1200).map(chunkFrame);
      expect(recorded(frames, masking).items).toHaveLength(1200);
    });
  });

  test.each([
    ["starts of tokens", "eyJ"],
    ["starts of tokens with a dash", "-eyJ-"],
    ["parts of a token", "eyJaaaaaaaa."],
    ["starts of keys", "AKIA"],
    ["names of secrets", "secret_access_key="],
    ["session tokens", "IQoJb3JpZ2lu"],
    ["separators", 'session_token=""""""'],
    ["begins of blocks", "-----BEGIN PRIVATE KEY-----"],
    ["half begins of blocks", "-----BEGIN A A A A "],
    ["digits", "1234567890"],
    ["bearers", "bearer    "],
    ["ARNs", "arn:aws:a"],
    ["backslashes", "\\"],
    ["open brackets", "["],
    ["quotes", '"'],
    ["letters", "a"],
  ])("%s for a megabyte take no longer than the time there is for a test", (_, piece) => {
    const text = piece.repeat(Math.ceil(1_000_000 / piece.length));
    const exchange = recorded([chunkFrame(text), json([text])]);
    expect(exchange.end.bytes).toBe(chunkFrame(text).length + json([text]).length);
  });
});

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
