/** A mutant that no test can kill, or none should have to. */
export interface Explained {
  /** Below `src`. */
  readonly file: string;
  /** What is replaced, and by what, with all blanks made one. */
  readonly original: string;
  readonly replacement: string;
  readonly why: string;
}

export const explained: readonly Explained[] = [
  {
    file: "crc32.ts",
    original: "bytes.length < leastBytes",
    replacement: "bytes.length <= leastBytes",
    why: "Both ways sum right; which one is quicker from where on is for the bench",
  },
  {
    file: "crc32-range.ts",
    original: "length < leastBytes",
    replacement: "length <= leastBytes",
    why: "As above",
  },
  {
    file: "crc32-tables.ts",
    original: "n < tables.length",
    replacement: "n <= tables.length",
    why: "What is written past the end of a typed array is not written",
  },
  {
    file: "crc32-fold.ts",
    original: "length > windowBytes",
    replacement: "length >= windowBytes",
    why: "Two halves of a window have the sum of one window",
  },
  {
    file: "crc32-fold.ts",
    original: "more > 0",
    replacement: "more >= 0",
    why: "No round before the rest, or just the whole rest: the same 304 bytes",
  },
  {
    file: "crc32-large.ts",
    original: "crc32?.(sample(), 1)",
    replacement: "crc32(sample(), 1)",
    why: "Calling what is not there throws, which is caught like everything that does not work",
  },
  {
    file: "crc32-large.ts",
    original: "[plain]",
    replacement: "[]",
    why: "All candidates are found before they are looked at",
  },
  {
    file: "signing/event-signer.ts",
    original: '{ payload: "view", maxMessageBytes: Number.POSITIVE_INFINITY }',
    replacement: "{}",
    why: "The view saves a copy; the cap would only show with an event of more than 256 MiB",
  },
  {
    file: "base64.ts",
    original: "at < bytes.length",
    replacement: "at <= bytes.length",
    why: "What is written past the end of a typed array is not written",
  },
  {
    file: "bytes.ts",
    original: "bytes.constructor === Uint8Array",
    replacement: "false",
    why: "Saves a view of what is a plain Uint8Array already",
  },
  {
    file: "bytes.ts",
    original: "value.length > 0",
    replacement: "false",
    why: "Saves a look at memory that is surely there",
  },
  {
    file: "decode-message.ts",
    original: "received <= copy.length",
    replacement: "false",
    why: "What is read is the same; up to which size copying is quicker is for the bench",
  },
  {
    file: "decode-message.ts",
    original: "received <= copy.length",
    replacement: "received < copy.length",
    why: "As above",
  },
  {
    file: "decode-options.ts",
    original:
      "last !== undefined && last[0].role === role && last[0].limits === limits && last[0].maxMessageBytes === maxMessageBytes && last[0].payload === payload",
    replacement: "false",
    why: "Saves checking the same options again",
  },
  {
    file: "decode-options.ts",
    original: "{ return last[1]; }",
    replacement: "{}",
    why: "As above",
  },
  {
    file: "encode-message.ts",
    original: "totalBytes <= smallBytes",
    replacement: "false",
    why: "Both ways give the same bytes; up to which size the first is quicker is for the bench",
  },
  {
    file: "encode-message.ts",
    original: "totalBytes <= smallBytes",
    replacement: "totalBytes < smallBytes",
    why: "As above",
  },
  {
    file: "encode-message.ts",
    original: "{ writer.finishFrame(); return writer.bytes.slice(0, totalBytes); }",
    replacement: "{}",
    why: "As above",
  },
  {
    file: "header-json.ts",
    original: "!(cause instanceof EventStreamError)",
    replacement: "false",
    why: "Nothing else is thrown there; this lets a mistake of ours through as it is",
  },
  {
    file: "item-stream.ts",
    original: "Array.isArray(items)",
    replacement: "false",
    why: "A list can be walked like anything else, which takes 30 ns more an item",
  },
  {
    file: "item-stream.ts",
    original: "this.#requests.shift()?.resolve",
    replacement: "this.#requests.shift().resolve",
    why: "Nobody is left to tell of the end, and what that throws is caught and dropped after the end",
  },
  {
    file: "payload-json.ts",
    original: "!jsonStart.test(text)",
    replacement: "false",
    why: "Only sees sooner that a text is no JSON, which saves time",
  },
  {
    file: "payload-json.ts",
    original: '/^(?:[[{"\\-\\d]|(?:true|false|null)$)/',
    replacement: '/(?:[[{"\\-\\d]|(?:true|false|null)$)/',
    why: "As above",
  },
  {
    file: "payload-json.ts",
    original: '/^(?:[[{"\\-\\d]|(?:true|false|null)$)/',
    replacement: '/^(?:[[{"\\-\\d]|(?:true|false|null))/',
    why: "As above",
  },
  {
    file: "payload-json.ts",
    original: "{ // No JSON, or nested deeper than it can be written again. return undefined; }",
    replacement: "{}",
    why: "The function returns undefined at its end, too",
  },
  {
    file: "read-message.ts",
    original: "{ checkMessageCrc(frame, frame.start + 8, frame.crc); return noHeaders; }",
    replacement: "{}",
    why: "Saves making headers for a message that has none",
  },
  {
    file: "read-message.ts",
    original: "frame.headerBytes === 0",
    replacement: "false",
    why: "As above",
  },
  {
    file: "read-message.ts",
    original: "head === undefined",
    replacement: "true",
    why: "Both ways come to the same checksum: the other one does not sum headers that are known",
  },
  {
    file: "write-header.ts",
    original: 'typeof input === "string"',
    replacement: "false",
    why: "Saves making an object of type and value",
  },
  {
    file: "write-header.ts",
    original: 'type === "string" && typeof value === "string"',
    replacement: "false",
    why: "As above",
  },
  {
    file: "write-header.ts",
    original: 'type === "uuid" && typeof value === "string" && writeUuid(value, writer.bytes, writer.at + 1)',
    replacement: "false",
    why: "As above",
  },
  {
    file: "header-cache.ts",
    original: "this.#misses < 1024",
    replacement: "true",
    why: "How long to rest at most would show after half a million blocks",
  },
  {
    file: "header-cache.ts",
    original: "this.#misses < 1024",
    replacement: "this.#misses <= 1024",
    why: "As above",
  },
  {
    file: "header-cache.ts",
    original: "++this.#uses < usesBeforeJoining",
    replacement: "true",
    why: "Joining and summing come to the same checksum; from when on the first is quicker is for the bench",
  },
  {
    file: "header-cache.ts",
    original: "++this.#uses < usesBeforeJoining",
    replacement: "false",
    why: "As above",
  },
  {
    file: "header-cache.ts",
    original: "++this.#uses < usesBeforeJoining",
    replacement: "++this.#uses <= usesBeforeJoining",
    why: "As above",
  },
  {
    file: "header-cache.ts",
    original: "at < last",
    replacement: "at <= last",
    why: "Another hash: what it tells apart is the same",
  },
  {
    file: "text-cache.ts",
    original: "size === 0",
    replacement: "false",
    why: "Saves a look-up: empty text is made as quickly",
  },
  {
    file: "text-cache.ts",
    original: "size < 4",
    replacement: "size <= 4",
    why: "Another hash; what it does not tell apart, the comparison does",
  },
  {
    file: "text-cache.ts",
    original: "size < 4",
    replacement: "true",
    why: "As above",
  },
  {
    file: "text-cache.ts",
    original: "text?.length === size",
    replacement: "true",
    why: "What is not ASCII has fewer characters than bytes, and would be kept without ever being the same",
  },
  {
    file: "text-cache.ts",
    original: "size > 64",
    replacement: "false",
    why: "Both ways give the same text; which one is quicker is for the bench",
  },
  {
    file: "text-cache.ts",
    original: "size > 64",
    replacement: "size >= 64",
    why: "As above",
  },
  {
    file: "uuid.ts",
    original: "i < 16",
    replacement: "i <= 16",
    why: "The zero after a UUID is written over by the next header, the payload or the checksum",
  },
  {
    file: "write-record.ts",
    original: "[]",
    replacement: '["Stryker was here"]',
    why: "It is in the place of the first record that is remembered, before any is looked for",
  },
  {
    file: "write-record.ts",
    original: "like || rest > 0",
    replacement: "like && rest > 0",
    why: "Saves a list that would not be used",
  },
  {
    file: "write-record.ts",
    original: "like || rest > 0",
    replacement: "false",
    why: "As above",
  },
  {
    file: "write-record.ts",
    original: "rest > 0",
    replacement: "false",
    why: "As above, or a look at eight records: how seldom is for the bench",
  },
  {
    file: "write-record.ts",
    original: "misses < 1024",
    replacement: "true",
    why: "How long to rest at most would show after half a million records",
  },
  {
    file: "write-record.ts",
    original: "misses < 1024",
    replacement: "misses <= 1024",
    why: "As above",
  },
  {
    file: "write-record.ts",
    original: "misses > patience",
    replacement: "misses >= patience",
    why: "One record earlier or later is for the bench",
  },
  {
    file: "write-record.ts",
    original: "given",
    replacement: "true",
    why: "It is there whenever nothing rests",
  },
  {
    file: "payload-slab.ts",
    original: "size > slabBytes / 4",
    replacement: "size >= slabBytes / 4",
    why: "Which payloads share memory is for the bench",
  },
  {
    file: "payload-slab.ts",
    original: "size > slab.length - used",
    replacement: "size >= slab.length - used",
    why: "Leaves the last bytes unused when a payload would fill them",
  },
];
