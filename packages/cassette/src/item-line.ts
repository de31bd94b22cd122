import { encodedLength, encodeMessage, messageToJson } from "@eventstream-kit/codec";
import type { Message, MessageJson } from "@eventstream-kit/codec";
import { toBase64 } from "./base64.ts";
import type { Item, RawReason } from "./cassette.ts";
import type { Line } from "./line.ts";
import { parseLine, textMember, wrongMember } from "./line.ts";
import type { PayloadFile } from "./payload-file.ts";
import { openedPayload, payloadToMembers } from "./payload-notation.ts";
import { readBody, readMessage, type PayloadAccess } from "./read-payload.ts";

/** The bytes of an item as they were on the wire. */
export function itemBytes(item: Item): Uint8Array {
  return item.kind === "frame" ? encodeMessage(item.message, { limits: "wire" }) : item.bytes;
}

/** How many bytes an item has. */
export function itemLength(item: Item): number {
  return item.kind === "frame" ? encodedLength(item.message, { limits: "wire" }) : item.bytes.length;
}

/** The members of a `frame` or `raw` line. */
export type ItemMembers = MessageJson | RawMembers;

/** Bytes that are no frame: as base64; those of an answer that is no event stream in payload notation, to be read. */
export interface RawMembers {
  readonly k: "raw";
  readonly why: RawReason;
  readonly json?: unknown;
  readonly text?: string;
  readonly b64?: string;
}

/** The `frame` or `raw` line of an item, without a line end. */
export function itemLine(item: Item): string {
  return JSON.stringify(itemMembers(item));
}

/** The `frame` or `raw` line of an item as an object: a message in the codec's notation, with the base64 in its JSON opened. */
export function itemMembers(item: Item): ItemMembers {
  if (item.kind === "frame") return openedPayload(messageToJson(item.message));
  const { why, bytes } = item;
  return { k: "raw", why, ...(why === "not_event_stream" ? payloadToMembers(bytes) : { b64: toBase64(bytes) }) };
}

/**
 * The item of a `frame` or `raw` line. `itemLine` gives the same line again if it is in canonical form.
 *
 * @param number which line it is, for the error.
 * @param access how to get at a payload in a file of its own. Default: there are no such files.
 * @throws CassetteError `syntax`, `field` or `line_length`; a line of any other kind is `field` `k`; `integrity` for a
 *   payload file that is not there or not what its name says.
 */
export function itemFromLine(text: string, number = 1, access: PayloadAccess = {}): Item {
  const line = parseLine(text, number);
  if (line.kind === "frame") return readFrame(line, access);
  if (line.kind === "raw") return readRaw(line);
  throw wrongMember(line, "k", line.members["k"], '"frame" or "raw"');
}

export function readFrame(line: Line, access: PayloadAccess = {}): Item {
  const { dir = "s" } = line.members;
  // A client's frame read as the server's would become part of the response.
  if (dir !== "s") throw wrongMember(line, "dir", dir, '"s": two-way streams are not supported yet');
  return { kind: "frame", message: readMessage(line, access) };
}

/** The members of the line of a frame whose payload is in a file of its own. */
export function frameMembersWithFile(message: Message, { file, bytes }: PayloadFile): Record<string, unknown> {
  return { ...messageToJson({ headers: message.headers, payload: noPayload }), file, bytes };
}

const noPayload = new Uint8Array();

const codes: ReadonlySet<string> = new Set<RawReason>([
  "prelude_crc",
  "message_crc",
  "length_relation",
  "too_large",
  "truncated",
  "trailing_bytes",
  "header_overrun",
  "header_type",
  "header_name_empty",
  "header_duplicate",
  "header_utf8",
  "value_length",
]);

export function readRaw(line: Line): Item {
  const why = textMember(line, "why");
  const isOpaque = why === "not_event_stream" || why === "content_encoding";
  if (!isOpaque && !codes.has(why.replace(/^rejected:/, ""))) {
    throw wrongMember(line, "why", why, "a decoding error code, rejected:<code>, not_event_stream or content_encoding");
  }
  if (why !== "not_event_stream") textMember(line, "b64");
  const bytes = readBody(line);
  if (bytes.length === 0) throw wrongMember(line, "b64", line.members["b64"], "at least one byte");
  return { kind: "raw", why: why as RawReason, bytes };
}
