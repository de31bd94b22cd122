/**
 * Writes the project's own vector files: `valid/*` with the message each holds, `refused/*` with the error code each
 * gets. Run it after a change here:
 *
 *     node packages/codec/test/vectors/generate.ts
 *
 * Nothing of the codec is used: frames are put together by hand, with checksums of `@aws-crypto/crc32`.
 */
import fs from "node:fs";
import process from "node:process";
import { buildFrame, rawHeader } from "../support/build-frame.ts";
import { concat, toHex, utf8 } from "../support/bytes.ts";

type Expected = Readonly<Record<string, unknown>>;
export interface VectorFile {
  readonly path: string;
  readonly content: Uint8Array | string;
}

const sized = (value: string) => utf8(value).length.toString(16).padStart(4, "0") + toHex(utf8(value));
const json = '{"answer":42}';
const jsonHex = toHex(utf8(json));
const contentType = rawHeader("content-type", 7, sized("application/json"));
const contentTypePlain = ["content-type", "string", "application/json"];
const withOneHeader = buildFrame({ headers: contentType, payload: utf8(json) });

const everyType = concat(
  rawHeader("integer", 4, "0000a00c"),
  contentType,
  rawHeader("no", 1),
  rawHeader("yes", 0),
  rawHeader("byte", 2, "cf"),
  rawHeader("binary", 6, "000400ff10fe"),
  rawHeader("timestamp", 8, "000001875b9e0155"),
  rawHeader("short", 3, "002a"),
  rawHeader("long", 5, "fffffffffd78a1d6"),
  rawHeader("uuid", 9, "0102030405060708090a0b0c0d0e0f10"),
);
const everyTypePlain = [
  ["integer", "integer", 40_972],
  contentTypePlain,
  ["no", "boolean", false],
  ["yes", "boolean", true],
  ["byte", "byte", -49],
  ["binary", "binary", "00ff10fe"],
  ["timestamp", "timestamp", String(0x1875b9e0155)],
  ["short", "short", 42],
  ["long", "long", "-42425898"],
  ["uuid", "uuid", "01020304-0506-0708-090a-0b0c0d0e0f10"],
];

const valid: Readonly<Record<string, readonly [Uint8Array, Expected]>> = {
  empty: [buildFrame(), { headers: [], payload: "" }],
  "payload-only": [buildFrame({ payload: utf8(json) }), { headers: [], payload: jsonHex }],
  "headers-only": [buildFrame({ headers: contentType }), { headers: [contentTypePlain], payload: "" }],
  "one-string-header": [withOneHeader, { headers: [contentTypePlain], payload: jsonHex }],
  "one-integer-header": [
    buildFrame({ headers: rawHeader("event-type", 4, "0000a00c"), payload: utf8(json) }),
    { headers: [["event-type", "integer", 40_972]], payload: jsonHex },
  ],
  "every-type": [
    buildFrame({ headers: everyType, payload: utf8(json) }),
    { headers: everyTypePlain, payload: jsonHex },
  ],
  "empty-values": [
    buildFrame({ headers: concat(rawHeader("text", 7, "0000"), rawHeader("bytes", 6, "0000")) }),
    {
      headers: [
        ["text", "string", ""],
        ["bytes", "binary", ""],
      ],
      payload: "",
    },
  ],
  "lambda-payload-chunk": [
    buildFrame({
      headers: concat(
        rawHeader(":event-type", 7, sized("PayloadChunk")),
        rawHeader(":content-type", 7, sized("application/octet-stream")),
        rawHeader(":message-type", 7, sized("event")),
      ),
      payload: utf8("Hello"),
    }),
    {
      headers: [
        [":event-type", "string", "PayloadChunk"],
        [":content-type", "string", "application/octet-stream"],
        [":message-type", "string", "event"],
      ],
      payload: toHex(utf8("Hello")),
    },
  ],
};

/** A frame with one field overwritten and the checksums left as they were. */
function spoilt(frame: Uint8Array, change: (view: DataView) => void): Uint8Array {
  const bytes = frame.slice();
  change(new DataView(bytes.buffer));
  return bytes;
}

/** A frame with right checksums around this header block. */
function around(headers: Uint8Array): Uint8Array {
  return buildFrame({ headers, payload: utf8("PAYLOAD") });
}

const refused: Readonly<Record<string, readonly [Uint8Array, string]>> = {
  "spoilt-total-length": [spoilt(withOneHeader, (view) => view.setUint32(0, view.byteLength + 1)), "prelude_crc"],
  "spoilt-headers-length": [spoilt(withOneHeader, (view) => view.setUint32(4, 33)), "prelude_crc"],
  "spoilt-header": [spoilt(withOneHeader, (view) => view.setUint8(20, 0x58)), "message_crc"],
  "spoilt-payload": [spoilt(withOneHeader, (view) => view.setUint8(50, 0x58)), "message_crc"],
  "wrong-prelude-crc": [buildFrame({ payload: utf8(json), preludeCrc: 0xdeadbeef }), "prelude_crc"],
  "wrong-message-crc": [buildFrame({ payload: utf8(json), messageCrc: 0xdeadbeef }), "message_crc"],
  "total-length-12": [buildFrame({ totalLength: 12 }), "length_relation"],
  "headers-length-too-long": [buildFrame({ payload: utf8(json), headersLength: json.length + 1 }), "length_relation"],
  "name-too-long": [around(concat(Uint8Array.of(0xff), utf8("event"))), "header_overrun"],
  "name-empty": [around(rawHeader("", 0)), "header_name_empty"],
  "name-twice": [around(concat(rawHeader("a", 0), rawHeader("a", 1))), "header_duplicate"],
  "name-not-utf-8": [around(rawHeader(Uint8Array.of(0xff, 0xfe), 0)), "header_utf8"],
  "type-missing": [around(Uint8Array.of(1, 0x61)), "header_overrun"],
  "type-unknown": [around(rawHeader("a", 0x60)), "header_type"],
  "integer-too-long": [around(rawHeader("a", 4, "0000")), "header_overrun"],
  "string-not-utf-8": [around(rawHeader("a", 7, "0002c328")), "header_utf8"],
  "string-too-long": [around(rawHeader("a", 7, "ffff7879")), "header_overrun"],
  "string-length-cut-off": [around(rawHeader("a", 7, "ff")), "header_overrun"],
  "trailing-byte-in-block": [around(concat(rawHeader("a", 0), Uint8Array.of(5))), "header_overrun"],
};

function text(value: Expected): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

/** Every file this script writes, by path. */
export function vectorFiles(): VectorFile[] {
  return [
    ...Object.entries(valid).flatMap(([name, [bytes, message]]) => [
      { path: `valid/${name}.bin`, content: bytes },
      { path: `valid/${name}.json`, content: text({ message }) },
    ]),
    ...Object.entries(refused).flatMap(([name, [bytes, code]]) => [
      { path: `refused/${name}.bin`, content: bytes },
      { path: `refused/${name}.json`, content: text({ code }) },
    ]),
  ];
}

if (import.meta.filename === process.argv[1]) {
  for (const kind of ["valid", "refused"]) {
    fs.rmSync(new URL(kind, import.meta.url), { recursive: true, force: true });
    fs.mkdirSync(new URL(kind, import.meta.url));
  }
  for (const { path, content } of vectorFiles()) fs.writeFileSync(new URL(path, import.meta.url), content);
}
