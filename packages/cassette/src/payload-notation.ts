import { messageFromJson, MessageHeaders, messageToJson } from "@eventstream-kit/codec";

const noHeaders = new MessageHeaders();

/** Bytes in payload notation: `json`, `text` or `b64`, whichever is the first to give them back; nothing when empty. */
export function payloadToMembers(payload: Uint8Array): Record<string, unknown> {
  // A request body is written as the payload of a frame is, so a message without headers does it.
  const { k: _, headers: __, ...members } = messageToJson({ headers: noHeaders, payload });
  return members;
}

/** The members of a line that are payload notation. */
const members = ["json", "text", "b64", "file"] as const;

/** @throws EventStreamError with the member as `field`. */
export function payloadFromMembers(line: Readonly<Record<string, unknown>>): Uint8Array {
  const given = members.filter((member) => line[member] !== undefined).map((member) => [member, line[member]] as const);
  return messageFromJson({ k: "frame", headers: [], ...Object.fromEntries(given) }).payload;
}
