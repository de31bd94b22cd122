import { encodeEvent } from "@eventstream-kit/codec";
import { describe, expect, test } from "vitest";
import { recorded } from "./support/exchanges.ts";
import { chunkFrame, completeFrame } from "./support/frames.ts";
import { keyId } from "./support/secrets.ts";
import { base64, counts, cut, expectSameShape, json, payloads } from "./support/redacted.ts";

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

  test("no text of what was looked at is left with the last match of a pattern", () => {
    const frames = Array.from({ length: 5 }, () => chunkFrame(filler));
    recorded(frames);
    // What V8 keeps of it.
    const { $_: last } = RegExp as unknown as { readonly $_: string };
    expect(last).not.toContain("All work");
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

  test.each([1, 2, 3, 4, 5])("deltas of %i letters in base64, which is short then", (letters) => {
    const text = `the key id is ${keyId}, and more`;
    const pieces = cut(text, Math.ceil(text.length / letters));
    const masked = pieces.join("").replace(keyId, `AKIA${"X".repeat(16)}`);
    for (const wrapped of [(t: string) => t, (t: string) => JSON.stringify({ t })]) {
      const frames = pieces.map((piece) => json({ bytes: base64(wrapped(piece)) }));
      const exchange = recorded(frames);
      const expected = cut(masked, pieces.length).map((piece) => JSON.stringify({ bytes: base64(wrapped(piece)) }));
      expect(payloads(exchange)).toEqual(expected);
      expectSameShape(exchange, frames, frames);
    }
  });

  test("words that could be base64 are no base64", () => {
    const words = ["text", "user", "stop", "function", "Good"];
    const frames = words.map((type) => json({ type }));
    // What base64 of most words says.
    const options = { redact: { regex: [/[^ -~]+/] } };
    expect(payloads(recorded(frames, { options }))).toEqual(words.map((type) => JSON.stringify({ type })));
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
    ["parts of an encrypted token", `eyJaaaaaaaa.${"a".repeat(16)}.`],
    ["nonces without end", `eyJaaaaaaaa..${"a".repeat(16)}.a.`],
    ["starts of keys", "AKIA"],
    ["whole key ids", `${keyId} `],
    ["whole key ids behind escapes", `\n${keyId}`],
    ["names of secrets", "secret_access_key="],
    ["session tokens", "IQoJb3JpZ2lu"],
    ["separators", 'session_token=""""""'],
    ["begins of blocks", "-----BEGIN PRIVATE KEY-----"],
    ["half begins of blocks", "-----BEGIN A A A A "],
    ["digits", "1234567890"],
    ["bearers", "bearer    "],
    ["bearers of short words", "bearer abcdefghijklmnopqrs;"],
    ["short tokens with escapes", `IQoJb3JpZ2lu${"%5C/".repeat(15)};`],
    ["short keys with escapes", `secret_access_key=${"%5C%2F".repeat(39)};`],
    ["escapes", String.raw`secret_access_key\\u0022\\u0022\\u0022`],
    ["names of secrets in lists", 'secretAccessKey" , '],
    ["names of secrets in front of values", 'secretAccessKey"value":"'],
    ["names of secrets behind keys", `value="${"A".repeat(40)}"secretAccessKey`],
    ["percent signs", "secret_access_key%25%25252522"],
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
