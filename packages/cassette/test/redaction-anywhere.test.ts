import { formatExchange, type Exchange } from "@eventstream-kit/cassette";
import { encodeEvent, encodeException, encodeMessage } from "@eventstream-kit/codec";
import type { HeaderLine } from "@eventstream-kit/service";
import { expect, test } from "vitest";
import { concat, utf8 } from "./support/bytes.ts";
import { recorded, requestOf } from "./support/exchanges.ts";
import { randomFrom } from "./support/random-stream.ts";
import { twoSecrets } from "./support/random-secret.ts";
import { base64 } from "./support/redacted.ts";

type Random = ReturnType<typeof randomFrom>;

/** As .NET writes JSON. */
const escapedJson = (value: unknown) =>
  JSON.stringify(value).replaceAll(
    /\\"|[+<>&']/g,
    (text) => `\\u00${text.at(-1)!.charCodeAt(0).toString(16).toUpperCase()}`,
  );

/** What text is in, when nobody undoes its escapes. */
const texts: Readonly<Record<string, (text: string) => string>> = {
  prose: (text) => `before ${text}, after`,
  line: (text) => `first\n${text}\nlast`,
  "JSON behind words": (text) => `INFO ${JSON.stringify({ log: `\n${text}` })}`,
  "JSON with many escapes, behind words": (text) => `INFO ${escapedJson({ log: `\t${text}` })}`,
  "JSON with escaped slashes, behind words": (text) =>
    `INFO ${JSON.stringify({ log: text }).replaceAll("/", String.raw`\/`)}`,
  "JSON in JSON": (text) => JSON.stringify({ body: JSON.stringify({ log: `"${text}"` }) }),
  "a form": (text) => `a=b&text=${encodeURIComponent(text)}&c=d`,
  "the value of a form": (text) => `text=${encodeURIComponent(text)}`,
  colour: (text) => `\u001b[36m${text}\u001b[0m`,
  "the name of a member": (text) => escapedJson({ [text]: 1 }),
};

/** JSON documents that are looked into. */
const documents: Readonly<Record<string, (text: string) => string>> = {
  "a string": (text) => JSON.stringify({ text, n: 1 }),
  "a string with escapes": (text) => escapedJson([text]),
  "base64 in JSON": (text) => JSON.stringify({ bytes: base64(text), p: "abc" }),
  "base64 at the second place": (text) => JSON.stringify({ bytes: base64(`-${text}-`) }),
  "base64 at the third place": (text) => JSON.stringify({ bytes: base64(`--${text}`) }),
  "base64 in base64": (text) => JSON.stringify({ a: base64(JSON.stringify([base64(text)])) }),
  "server-sent events": (text) => `event: delta\ndata: ${JSON.stringify({ bytes: base64(text) })}\n\n`,
  "JSON Lines": (text) => `{"n":1}\n${JSON.stringify({ bytes: base64(text) })}\n`,
  nothing: (text) => text,
};

const pieces = (text: string, ends: readonly number[]): string[] => {
  const cuts = ends.map((end) => end % (text.length + 1)).sort((a, b) => a - b);
  return [...cuts, text.length]
    .map((end, index) => text.slice(cuts[index - 1] ?? 0, end))
    .filter((part) => part !== "");
};
const inChunks = (bytes: Uint8Array, size: number): Uint8Array[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
const event = (payload: string | Uint8Array) =>
  encodeEvent({ event: "chunk", payload: typeof payload === "string" ? utf8(payload) : payload });
const oneLine = (text: string) => text.replaceAll("\n", " ");

/** Where it is, and how it is cut. */
interface Cut {
  readonly ends: readonly number[];
  readonly chunk: number;
}
type Put = (text: string, document: (text: string) => string, cut: Cut) => Exchange;

const answer = (parts: readonly Uint8Array[], { chunk }: Cut, type = "application/vnd.amazon.eventstream") =>
  recorded(inChunks(concat(...parts), chunk), { headers: [["content-type", type]] });
const frameWith = (name: string, value: string | Uint8Array) =>
  encodeMessage({
    headers: [
      [":message-type", "event"],
      [":event-type", "e"],
      [name, value],
    ],
    payload: "",
  });
const head = (lines: HeaderLine[]) => recorded([], { headers: lines });

const places: Readonly<Record<string, Put>> = {
  "the payloads of frames": (text, document, cut) => answer(pieces(document(text), cut.ends).map(event), cut),
  "the deltas of frames": (text, _, cut) =>
    answer(
      pieces(text, cut.ends).map((delta, index) =>
        event(JSON.stringify({ delta: { text: delta }, p: "abcdef".slice(index) })),
      ),
      cut,
    ),
  "deltas in base64": (text, _, cut) =>
    answer(
      pieces(text, cut.ends).map((delta) => event(JSON.stringify({ bytes: base64(JSON.stringify({ delta })) }))),
      cut,
    ),
  "a payload between bytes that are no text": (text, _, cut) =>
    answer([event(concat(Uint8Array.of(0xff, 0xc3), utf8(text), Uint8Array.of(0x80, 0xff)))], cut),
  "an exception": (message, _, cut) => answer([encodeException({ exception: "oops", json: { message } })], cut),
  "the header of a frame": (text, _, cut) => answer([frameWith(":error-message", text)], cut),
  "a header of bytes": (text, _, cut) => answer([frameWith("g", utf8(text))], cut),
  "an answer that is no stream": (text, document, cut) => answer([utf8(document(text))], cut, "application/json"),
  "the body of a request": (text, document) => recorded([], { request: requestOf({ body: document(text) }) }),
  "the path": (text) => recorded([], { request: requestOf({ target: `/${encodeURIComponent(text)}` }) }),
  "the query": (text) => recorded([], { request: requestOf({ target: `/f?a=b&text=${encodeURIComponent(text)}` }) }),
  "a header of the request": (text) =>
    recorded([], { request: requestOf({ headers: [["X-Amz-Target", oneLine(text)]] }) }),
  "a header of the answer": (text) => head([["x-amzn-errortype", oneLine(text)]]),
  "a header in base64": (text) => head([["x-amz-log-result", base64(text)]]),
};

const oneOf = <T>(choices: Readonly<Record<string, T>>, random: Random): [name: string, choice: T] => {
  const names = Object.keys(choices);
  const name = names[random(names.length)]!;
  return [name, choices[name]!];
};

// Two secrets of one form are masked to the same. So nothing is left of either, in whatever form one might look for it.
test.each([1, 2, 3, 4])("Secrets of all rules leave nothing of themselves, wherever they are (seed %i)", (seed) => {
  const random = randomFrom(seed);
  for (let count = 0; count < 200; count++) {
    const [one, other] = twoSecrets(random);
    const wraps = Array.from({ length: random(3) }, () => oneOf(texts, random));
    const [documentName, document] = oneOf(documents, random);
    const [placeName, put] = oneOf(places, random);
    const cut = {
      ends: Array.from({ length: random(6) }, () => random(1 << 20)),
      chunk: [1, 7, 1000][random(3)]!,
    };
    const exchange = (secret: string) =>
      put(
        wraps.reduce((text, [, wrap]) => wrap(text), secret),
        document,
        cut,
      );
    const what = [one, ...wraps.map(([name]) => name), documentName, placeName, JSON.stringify(cut)].join(" > ");
    expect([what, formatExchange(exchange(other))]).toEqual([what, formatExchange(exchange(one))]);
  }
});
