import { Buffer } from "node:buffer";
import { writeHex } from "./hex.ts";

/** Random bytes of 128 UUIDs: asking for those of one takes as long as for all. */
const random = new Uint8Array(128 * 16);
let used = random.length;
const text = Buffer.from("00000000-0000-4000-8000-000000000000", "latin1");
/** Where the two digits of each byte stand. */
const places = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];

/** As `crypto.randomUUID`: version 4, lower case. Every invocation has one, and its record keeps it. */
export function randomUuid(): string {
  if (used === random.length) {
    crypto.getRandomValues(random);
    used = 0;
  }
  // RFC 9562, 5.4: four bits say the version, two the variant.
  random[used + 6] = (random[used + 6]! & 0x0f) | 0x40;
  random[used + 8] = (random[used + 8]! & 0x3f) | 0x80;
  for (const place of places) writeHex(text, place, 2, random[used++]!);
  return text.toString("latin1");
}
