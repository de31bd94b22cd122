import type { DecodeErrorCode, EncodeErrorCode } from "@eventstream-kit/codec";
import type { PlainMessage } from "../support/plain.ts";

/*
 * Where other implementations differ from this one, and why this one does what it does. Anything that is not here and
 * differs fails the comparison; so does anything that is here and does not differ any more.
 */

const smithy = ["@smithy/core", "@smithy/eventstream-codec"];
const ruby = "aws-eventstream (Ruby)";
const everybody = [...smithy, "botocore", ruby];

/** Bytes that are refused here, of which others make a message. */
export interface LaxPeer {
  readonly code: DecodeErrorCode;
  /** Peers that take some of what is refused here with that code. */
  readonly peers: readonly string[];
  readonly why: string;
  /** A frame for example, and what each of the peers makes of it. */
  readonly frame: string;
  readonly made: Readonly<Record<string, PlainMessage>>;
}

const message = (...headers: PlainMessage["headers"]): PlainMessage => ({ headers, payload: "" });

export const laxPeers: readonly LaxPeer[] = [
  {
    code: "header_name_empty",
    peers: everybody,
    why: "The specification: a name MUST be at least one byte long",
    frame: "0000001200000002910c7aa700007bc1361e",
    made: Object.fromEntries(everybody.map((peer) => [peer, message(["", "boolean", true])])),
  },
  {
    code: "header_duplicate",
    peers: [...smithy, ruby],
    why: "The specification: a name MUST only appear once. With two `:event-type` headers two parsers would see two events",
    frame: "000000160000000663e1187e016100016101888f689f",
    made: Object.fromEntries([...smithy, ruby].map((peer) => [peer, message(["a", "boolean", false])])),
  },
  {
    code: "header_utf8",
    peers: [...smithy, ruby],
    why: "The specification: names and strings are UTF-8. Replacing what is not would make one name of many",
    frame: "0000001700000007298601580161070002c3283325216d",
    // Ruby keeps the bytes; U+FFFD is what the comparison makes of them.
    made: Object.fromEntries([...smithy, ruby].map((peer) => [peer, message(["a", "string", "\uFFFD("])])),
  },
  {
    code: "header_overrun",
    peers: everybody,
    why: "A value that runs past the header block would be read from the payload, or cut short without a word",
    frame: "0000001f0000000719f64a99016107000578795041594c4f414421bded74a6",
    made: {
      ...Object.fromEntries(
        smithy.map((peer) => [peer, { headers: [["a", "string", "xyPAY"]], payload: "5041594c4f414421" }]),
      ),
      botocore: { headers: [["a", "string", "xy"]], payload: "5041594c4f414421" },
      [ruby]: { headers: [["a", "string", "xy"]], payload: "5041594c4f414421" },
    },
  },
  {
    code: "header_type",
    peers: [ruby],
    why: "The specification: the types are closed. A value of an unknown type has no known length",
    frame: "00000017000000072986015801610a0002c0deb446e136",
    // It takes any of them for bytes with a length before them.
    made: { [ruby]: message(["a", "unknown" as "binary", "c0de"]) },
  },
];

/** A header that is right, which another implementation cannot hold. */
export interface PoorPeer {
  readonly peers: readonly string[];
  readonly what: string;
  readonly why: string;
  readonly applies: (header: PlainMessage["headers"][number]) => boolean;
  /** Whether it shows when the peer decodes, or when it encodes. */
  readonly when: "decoding" | "both";
}

const maxDate = 8_640_000_000_000_000n;

export const poorPeers: readonly PoorPeer[] = [
  {
    peers: smithy,
    what: "a header called __proto__ vanishes",
    why: "Smithy keeps headers in a plain object, where setting that name sets the prototype; here they are a map",
    applies: ([name]) => name === "__proto__",
    when: "decoding",
  },
  {
    peers: smithy,
    what: "a timestamp beyond what a Date can hold is an Invalid Date",
    why: "The wire has 64 bits; here they are a bigint, and only `timestampToDate` can fail",
    applies: ([, type, value]) => type === "timestamp" && (BigInt(value) > maxDate || BigInt(value) < -maxDate),
    when: "both",
  },
];

/** A value that is refused here, of which another encoder makes another value without a word. */
export interface LaxEncoder {
  readonly code: EncodeErrorCode;
  /** A timestamp is given as the Date of its value. */
  readonly header: PlainMessage["headers"][number];
  readonly made: string | number | boolean;
}

/** All of them: the two generations of Smithy do the same here. */
export const laxEncoderPeers: readonly string[] = smithy;

export const laxEncoders: readonly LaxEncoder[] = [
  { code: "encode_range", header: ["a", "byte", 300], made: 44 },
  { code: "encode_range", header: ["a", "short", 70_000], made: 4464 },
  { code: "encode_range", header: ["a", "integer", 2 ** 31], made: -(2 ** 31) },
  { code: "encode_range", header: ["a", "integer", Number.NaN], made: 0 },
  { code: "encode_range", header: ["a", "integer", 1.5], made: 1 },
  { code: "encode_type", header: ["a", "boolean", "false"], made: true },
  { code: "encode_type", header: ["a", "timestamp", Number.NaN], made: "0" },
  { code: "encode_type", header: ["a", "string", "\uD800"], made: "\uFFFD" },
];
