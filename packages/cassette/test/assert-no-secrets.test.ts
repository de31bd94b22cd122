import { assertNoSecrets, assertNoSecretsInExchange, formatCassette, type SecretForm } from "@eventstream-kit/cassette";
import { encodeEvent } from "@eventstream-kit/codec";
import { describe, expect, test } from "vitest";
import { hexOf, utf8 } from "./support/bytes.ts";
import { cassetteOf, recorded, requestOf } from "./support/exchanges.ts";
import { chunkFrame, completeFrame, frame } from "./support/frames.ts";
import { thrown } from "./support/thrown.ts";

/** A secret key as AWS makes them, with what URLs and base64url change in it. */
const key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
/** A password with what JSON, URLs and UTF-8 change in it. */
const odd = 'a"quote\\back/slash é\u{1F600}%41\n';

const base64 = (text: string) => Buffer.from(text).toString("base64");
const base64url = (text: string) => Buffer.from(text).toString("base64url");
const lowerUrl = (text: string) => encodeURIComponent(text).replace(/%../g, (run) => run.toLowerCase());
const everyUnit = (text: string) =>
  Array.from({ length: text.length }, (_, at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, "0")}`).join("");

const forms: [name: string, write: (secret: string) => string][] = [
  ["as it is", (secret) => secret],
  ["URL-encoded", (secret) => encodeURIComponent(secret)],
  ["URL-encoded in lower case", lowerUrl],
  ["URL-encoded twice", (secret) => encodeURIComponent(encodeURIComponent(secret))],
  ["every byte URL-encoded", (secret) => hexOf(utf8(secret)).replace(/../g, "%$&")],
  ["JSON-escaped", (secret) => JSON.stringify(secret)],
  ["JSON-escaped with slashes", (secret) => JSON.stringify(secret).replaceAll("/", "\\/")],
  ["JSON in JSON", (secret) => JSON.stringify(JSON.stringify({ secret }))],
  ["JSON in JSON in JSON", (secret) => JSON.stringify(JSON.stringify(JSON.stringify([secret])))],
  [
    "JSON in JSON in JSON, the inner one with slashes",
    (secret) => JSON.stringify(JSON.stringify(JSON.stringify(secret).replaceAll("/", "\\/"))),
  ],
  [
    "JSON five times over, the inner one with slashes",
    (secret) =>
      Array.from({ length: 5 }).reduce(
        (text: string) => JSON.stringify([text]),
        JSON.stringify(secret).replaceAll("/", "\\/"),
      ),
  ],
  [
    "URL-encoded and JSON in turns",
    (secret) => encodeURIComponent(JSON.stringify(encodeURIComponent(JSON.stringify(secret)))),
  ],
  ["every character JSON-escaped", everyUnit],
  ["URL-encoded in JSON", (secret) => JSON.stringify(encodeURIComponent(secret))],
  ["hex", (secret) => hexOf(utf8(secret))],
  ["hex in upper case", (secret) => hexOf(utf8(secret)).toUpperCase()],
  ...["", "x", "xy", "xyz"].flatMap((before) =>
    ["", "1", "12", "123"].flatMap((after): [string, (secret: string) => string][] => {
      const place = `with ${String(before.length)} bytes before and ${String(after.length)} after`;
      return [
        [`base64 ${place}`, (secret) => base64(before + secret + after)],
        [`base64url ${place}`, (secret) => base64url(before + secret + after)],
        [`base64 of JSON ${place}`, (secret) => base64(before + JSON.stringify({ secret }) + after)],
        [`base64 of URL-encoded ${place}`, (secret) => base64(before + encodeURIComponent(secret) + after)],
        [`base64 of base64 ${place}`, (secret) => base64(before + base64(after + secret + before) + after)],
      ];
    }),
  ),
  ["base64 of hex", (secret) => base64(hexOf(utf8(secret)))],
  ["base64 with its slashes escaped", (secret) => base64(secret).replaceAll("/", "\\/")],
  ["base64 URL-encoded", (secret) => encodeURIComponent(base64(secret))],
];

describe.each([
  ["a secret key", key],
  ["an odd password", odd],
  ["eight characters", "k3y+/k3y"],
])("%s is found", (_, secret) => {
  test.each(forms)("%s", (_form, write) => {
    const error = thrown(() => assertNoSecrets(`first line\nbefore${write(secret)}after`, ["something else", secret]));
    expect(error.code).toBe("secret");
    expect(error.message).toContain("found number 2 of 2");
    expect(error.found).toMatchObject({ index: 1, in: "text" });
    expect(error.message + JSON.stringify(error)).not.toContain(secret);
  });

  test.each(forms)("%s, in bytes", (_form, write) => {
    expect(thrown(() => assertNoSecrets(utf8(write(secret)), [secret])).code).toBe("secret");
  });
});

test("between bytes that are no UTF-8", () => {
  const bytes = Buffer.concat([Uint8Array.of(0xf0, 0x9f), utf8(key), Uint8Array.of(0xc3)]);
  expect(thrown(() => assertNoSecrets(bytes, [key])).code).toBe("secret");
});

test.each<[form: SecretForm, text: string]>([
  ["plain", key],
  ["plain", encodeURIComponent(JSON.stringify(key))],
  ["url", "half%EF%BF%BDa%20pair"],
  ["hex", hexOf(utf8(key)).toUpperCase()],
  ["base64", base64(key)],
  ["base64-twice", base64(base64(key))],
])("the error has as fields what it says: %s", (form, text) => {
  const error = thrown(() => assertNoSecrets(text, ["something else", key, "half\ud800a pair"]));
  const index = form === "url" ? 2 : 1;
  expect(error.found).toEqual({ index, form, in: "text" });
});

test("a secret that is literally there is found with its line", () => {
  expect(thrown(() => assertNoSecrets(`a\nb\n${key}`, [key])).line).toBe(3);
  expect(thrown(() => assertNoSecrets(`a\nb\n${encodeURIComponent(key)}`, [key])).line).toBeUndefined();
});

describe("what is let through", () => {
  const decoys: [name: string, text: string][] = [
    ["nothing", ""],
    ["all but the last character", key.slice(0, -1)],
    ["all but the first character", key.slice(1)],
    ["another letter case", key.toLowerCase()],
    ["the characters with something between", key.split("").join(" ")],
    ["a hash", "58aa2d30d3a56a508daaa2fda6df0e543b8527a8fe33e450ae12e88ee2b1a50a"],
    ["base64 of all but the last two characters", base64(key.slice(0, -2))],
    ["hex of all but the last character", hexOf(utf8(key.slice(0, -1)))],
    ["half an escape at the end", "\\u00"],
    ["a lone percent sign", "100% \\"],
  ];
  test.each(decoys)("%s", (_, text) => {
    expect(() => assertNoSecrets(text, [key])).not.toThrow();
  });

  test("secrets of fewer than eight characters are skipped, eight are not", () => {
    expect(() => assertNoSecrets("this is a test", ["", "test", "is a te"])).not.toThrow();
    expect(thrown(() => assertNoSecrets("this is a test", ["is a tes"])).code).toBe("secret");
  });

  test("a cassette of noise", () => {
    const noise = Uint8Array.from({ length: 200_000 }, (_, index) => Math.imul(index, 2_654_435_761) >>> 24);
    const text = formatCassette(cassetteOf([recorded([noise, chunkFrame("x")])]));
    expect(() => assertNoSecrets(text, [key, odd, "k3y+/k3y"])).not.toThrow();
  });

  test("half of a surrogate pair in a secret is no trouble", () => {
    expect(() => assertNoSecrets("harmless", ["12345678\ud800"])).not.toThrow();
  });
});

const complete = (result: object) => encodeEvent({ event: "InvokeComplete", json: result });

describe("in an exchange", () => {
  test.each([
    ["in a frame", recorded([chunkFrame(`key=${key}`)])],
    ["cut in two by a frame boundary", recorded([chunkFrame(key.slice(0, 11)), chunkFrame(key.slice(11))])],
    ["cut in five", recorded(key.match(/.{1,9}/g)!.map(chunkFrame))],
    [
      "cut in two by events of another type",
      recorded([chunkFrame(key.slice(0, 11)), completeFrame(), chunkFrame(key.slice(11)), completeFrame()]),
    ],
    ["in the log of Lambda", recorded([complete({ LogResult: base64(`START\nkey ${key}\nEND`) })])],
    ["between bytes", recorded([chunkFrame(Buffer.concat([Uint8Array.of(0xff), utf8(key), Uint8Array.of(0xff)]))])],
    ["in the request", recorded([], { request: requestOf({ body: JSON.stringify({ key }) }) })],
    ["in a header of bytes", recorded([frame([["g", utf8(`key ${lowerUrl(key)}`)]], "")])],
    ["in the path", recorded([], { request: requestOf({ target: `/f?key=${encodeURIComponent(key)}` }) })],
    ["in a response that is no stream", recorded([utf8(key)], { headers: [["content-type", "text/plain"]] })],
  ])("%s", (_, exchange) => {
    expect(thrown(() => assertNoSecretsInExchange(exchange, [key])).code).toBe("secret");
    expect(() => assertNoSecretsInExchange(exchange, [odd])).not.toThrow();
  });

  test("what frames carry is named as the place", () => {
    const exchange = recorded([chunkFrame(key.slice(0, 11)), chunkFrame(key.slice(11))]);
    const error = thrown(() => assertNoSecretsInExchange(exchange, ["something else", key]));
    expect(error.found).toEqual({ index: 1, form: "plain", in: "payloads" });
    expect(error.line).toBeUndefined();
  });
});

test("in an exchange that needs files for its payloads", () => {
  const long = "\u0001".repeat(1_100_000);
  const request = requestOf({ body: `${long}${key}` });
  for (const exchange of [recorded([chunkFrame(`${long}${key}`)]), recorded([], { request })]) {
    expect(thrown(() => assertNoSecretsInExchange(exchange, [key])).code).toBe("secret");
    expect(() => assertNoSecretsInExchange(exchange, [odd])).not.toThrow();
  }
});

const jsonFrame = (value: unknown) => chunkFrame(JSON.stringify(value));
const deepFrame = (text: string) => chunkFrame(`${"[".repeat(20_000)}${JSON.stringify(text)}${"]".repeat(20_000)}`);

describe("spread over the JSON of frames", () => {
  const halves = [key.slice(0, 11), key.slice(11)];
  const fifths = key.match(/.{1,8}/g)!;
  const wraps: [name: string, wrap: (piece: string, index: number) => Uint8Array][] = [
    ["a member", (d) => jsonFrame({ d })],
    ["a string", (text) => jsonFrame(text)],
    ["a delta beside padding", (text, index) => jsonFrame({ p: "abcdefgh".slice(index), delta: { text }, n: index })],
    ["a list", (content) => jsonFrame({ choices: [{ delta: { content } }] })],
    ["JSON in base64", (text) => jsonFrame({ bytes: base64(JSON.stringify({ delta: { text } })), p: "abc" })],
    ["text in base64", (text) => jsonFrame({ bytes: base64(text) })],
    [
      "JSON in base64, twice",
      (d) => jsonFrame({ bytes: base64(JSON.stringify({ bytes: base64(JSON.stringify({ d })) })) }),
    ],
    ["lines", (d) => chunkFrame(`${JSON.stringify({ d })}\r\n`)],
    ["server-sent events", (d) => chunkFrame(`event: delta\ndata: ${JSON.stringify({ d })}\n\n`)],
  ];

  test.each(wraps)("%s, in two and in five", (_, wrap) => {
    for (const pieces of [halves, fifths]) {
      const exchange = recorded([...pieces.map(wrap), complete({})]);
      expect(thrown(() => assertNoSecretsInExchange(exchange, [key])).code).toBe("secret");
      expect(() => assertNoSecretsInExchange(exchange, [odd])).not.toThrow();
    }
  });

  test.each(wraps)("%s, with something between or a piece missing: let through", (_, wrap) => {
    for (const pieces of [[halves[0]!, "-", halves[1]!], halves.toReversed(), fifths.slice(1), fifths.slice(0, -1)]) {
      expect(() => assertNoSecretsInExchange(recorded(pieces.map(wrap)), [key])).not.toThrow();
    }
  });

  test("one half each in two members: let through", () => {
    const exchange = recorded([jsonFrame({ a: halves[0], b: "-" }), jsonFrame({ a: "-", b: halves[1] })]);
    expect(() => assertNoSecretsInExchange(exchange, [key])).not.toThrow();
  });

  test("events whose lines are cut by frames", () => {
    const text = halves.map((d) => `data: ${JSON.stringify({ d })}\n\n`).join("");
    const exchange = recorded(text.match(/[^]{1,7}/g)!.map(chunkFrame));
    expect(thrown(() => assertNoSecretsInExchange(exchange, [key])).code).toBe("secret");
  });

  test("events in a response that is no event stream", () => {
    const headers: [string, string][] = [["content-type", "text/event-stream"]];
    const exchange = recorded(
      halves.map((d) => utf8(`data: ${JSON.stringify({ d })}\n\n`)),
      { headers },
    );
    expect(thrown(() => assertNoSecretsInExchange(exchange, [key])).code).toBe("secret");
  });

  test("JSON nested deeper than calls can be, and an object with very many members", () => {
    const wide = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`m${String(index)}`, "x"]));
    const exchange = (last: string) =>
      recorded([deepFrame(halves[0]!), jsonFrame(wide), jsonFrame(wide), deepFrame(last)]);
    expect(thrown(() => assertNoSecretsInExchange(exchange(halves[1]!), [key])).code).toBe("secret");
    expect(() => assertNoSecretsInExchange(exchange("harmless"), [key])).not.toThrow();
  });
});
