import { formatExchange } from "@eventstream-kit/cassette";
import { encodeEvent } from "@eventstream-kit/codec";
import { describe, expect, test } from "vitest";
import { concat } from "./support/bytes.ts";
import { recorded } from "./support/exchanges.ts";
import { chunkFrame, completeFrame } from "./support/frames.ts";
import { keyId, secrets } from "./support/secrets.ts";
import { base64, counts, cut, expectSameShape, json, payloads } from "./support/redacted.ts";

const inBase64 = (value: unknown) => ({ bytes: base64(JSON.stringify(value)) });
const twiceInBase64 = (text: string) => inBase64(inBase64({ text }));

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
    ["a hash far behind the name of a key", `secret access key ${"word ".repeat(20)} ${"0123456789".repeat(4)}`],
    ["a hash in another object", `{"secretAccessKey":"Y"},{"sha1":"${"0123456789".repeat(4)}"}`],
    ["a number of twelve digits", "123456789012"],
    ["the word bearer", "The bearer of this letter"],
    ["the begin of a certificate", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"],
    ["a value beside a token that is named", '"sessionToken":null,"defaultValue":"0123456789abcdefghij"'],
    ["a value in another object", '{"name":"sessionToken"},{"value":"0123456789abcdefghij"}'],
    ["a word after a comma", "the session token, internationalization"],
    ["the beginning of a JWE", "eyJlbmMiOiJBMjU2R0NNIn0.OKOawDo13gRp2oja.48V1_ALb6US04U3b.5eym8TW"],
    ["a token of a page", '"NextToken":"0123456789abcdefghij","accessTokenValidity":"0123456789abcdefghij"'],
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
