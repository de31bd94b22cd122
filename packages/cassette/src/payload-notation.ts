import { messageFromJson, MessageHeaders, messageToJson } from "@eventstream-kit/codec";
import { closedBase64, openedBase64 } from "./nested-base64.ts";

const noHeaders = new MessageHeaders();

/** Bytes in payload notation: `json`, `text` or `b64`, whichever is the first to give them back; nothing when empty. */
export function payloadToMembers(payload: Uint8Array): Record<string, unknown> {
  // A request body is written as the payload of a frame is, so a message without headers does it.
  const { k: _, headers: __, ...members } = openedPayload(messageToJson({ headers: noHeaders, payload }));
  return members;
}

/** The members of a line that are payload notation. */
const members = ["json", "text", "b64", "file"] as const;

/**
 * The payload of a line, wherever it is.
 *
 * @throws EventStreamError or MisusedMember about the payload, the former with the member as `field`.
 */
export function payloadFromMembers(line: Readonly<Record<string, unknown>>): Uint8Array {
  const given = members.filter((member) => line[member] !== undefined).map((member) => [member, line[member]] as const);
  return messageFromJson(closedPayload({ k: "frame", headers: [], ...Object.fromEntries(given) })).payload;
}

/** The codec's notation as cassettes have it: with the base64 in its JSON opened. */
export function openedPayload<T extends { readonly json?: unknown }>(line: T): T {
  return line.json === undefined ? line : { ...line, json: openedBase64(line.json) };
}

/** The inverse of {@link openedPayload}. */
export function closedPayload<T extends Readonly<Record<string, unknown>>>(line: T): T {
  return line["json"] === undefined ? line : { ...line, json: closedBase64(line["json"]) };
}
