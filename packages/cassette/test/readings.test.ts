import { expect, test } from "vitest";
import { readingsOf } from "../src/readings.ts";
import { randomFrom } from "./support/random-stream.ts";

/** Each escape by a decoder of its own: what the quick way must not differ from. */
function slowReadings(text: string): ReadonlySet<string> {
  const readings = new Set([text]);
  for (const reading of readings) {
    if (readings.size >= 16) break;
    readings.add(slowJson(reading)).add(slowPercent(reading));
  }
  return readings;
}

const short: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

const slowJson = (text: string) =>
  text.replace(/\\(?:u([0-9a-f]{4})|(["\\/bfnrt]))/gi, (_, unit: string | undefined, character: string) =>
    unit === undefined ? (short[character] ?? character) : String.fromCharCode(Number.parseInt(unit, 16)),
  );

const slowPercent = (text: string) =>
  text.replace(/(?:%[0-9a-f]{2})+/gi, (run) => {
    const bytes = run.match(/[0-9a-f]{2}/gi)!.map((pair) => Number.parseInt(pair, 16));
    return new TextDecoder().decode(Uint8Array.from(bytes));
  });

test.each([
  ["%20", [" "]],
  ["%7f%80", ["\u007f\ufffd"]],
  ["%EF%BB%BFa", ["a"]],
  ["%C3%A9%e2%82%ac%F0%9F%98%80", ["\u00e9\u20ac\u{1F600}"]],
  ["%E2%82", ["\ufffd"]],
  ["%2541", ["%41", "A"]],
  [String.raw`\u0041\N\n\q\\`, ["AN\n\\q\\"]],
  ["100% \\", []],
])("%j says %j", (text, others) => {
  expect([...readingsOf(text)]).toEqual([text, ...others]);
});

const parts = ["%", "%2", "%20", "%25", "%5C", "%5c", "%EF%BB%BF", "%C3", "%a9", "%F0%9F%98", "%80", "%22", "%41"];
const others = [
  "\\",
  "\\u",
  "\\u00",
  "\\u005c",
  "\\U0025",
  "\\ud83d",
  '\\"',
  "\\/",
  "\\n",
  "\\N",
  "\\x",
  '"',
  "0",
  "25",
  "41",
];
const plain = ["a", "F", "n", "u", "/", " ", "\u00e9", "\u{1F600}", "\ud800", "\ufeff", "\0"];

test.each([1, 2, 3, 4])("random escapes say what they say one by one (seed %i)", (seed) => {
  const random = randomFrom(seed);
  const all = [...parts, ...others, ...plain];
  for (let round = 0; round < 1500; round++) {
    const text = Array.from({ length: random(24) }, () => all[random(all.length)]).join("");
    expect([...readingsOf(text)]).toEqual([...slowReadings(text)]);
  }
});
