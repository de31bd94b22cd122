import type { HeaderLine } from "@eventstream-kit/service";

/** A stream that every server of the bench can answer, and how much of it there is. */
export interface Workload {
  readonly name: "tokens" | "list" | "bulk";
  /** The payloads of the chunks, in order. The same memory may come again. */
  readonly payloads: () => Iterable<Uint8Array>;
  readonly chunks: number;
  readonly bytes: number;
}

const encoder = new TextEncoder();

/** Ten chunks of about 110 bytes, as a language model sends them. */
export const texts: readonly string[] = Array.from({ length: 10 }, (_, index) =>
  JSON.stringify({
    type: "content_block_delta",
    index: 0,
    delta: { type: "text_delta", text: ` token number ${index}` },
  }),
);
const tokens = texts.map((text) => encoder.encode(text));

/** 200 MiB, the most that the emulator lets through by default, in chunks of 64 KiB. */
const bulkChunk = new Uint8Array(64 * 1024).map((_, index) => (index * 7 + (index >> 8)) & 0xff);
const bulkChunks = 3200;

const small = {
  payloads: () => tokens,
  chunks: tokens.length,
  bytes: tokens.reduce((sum, { length }) => sum + length, 0),
};

export const workloads: Readonly<Record<Workload["name"], Workload>> = {
  /** A function makes them, one after the other. */
  tokens: { name: "tokens", ...small },
  /** They are {@link texts}, known before, as the bare server knows its frames. */
  list: { name: "list", ...small },
  bulk: {
    name: "bulk",
    *payloads() {
      for (let index = 0; index < bulkChunks; index++) yield bulkChunk;
    },
    chunks: bulkChunks,
    bytes: bulkChunks * bulkChunk.length,
  },
};

/** Header lines of the length that the emulator answers with, for the servers that make up none. */
export const replyLines: readonly HeaderLine[] = [
  ["Content-Type", "application/vnd.amazon.eventstream"],
  ["x-amzn-RequestId", "00000000-0000-4000-8000-000000000000"],
  ["X-Amz-Executed-Version", "$LATEST"],
  [
    "X-Amzn-Trace-Id",
    "Root=1-00000000-000000000000000000000000;Parent=0000000000000000;Sampled=0;Lineage=1:00000000:0",
  ],
  ["x-amzn-Remapped-Content-Type", "application/octet-stream"],
];

/** Where a workload is asked for, with the method POST and the JSON document `{}`. */
export function targetOf({ name }: Workload): string {
  return `/2021-11-15/functions/${name}/response-streaming-invocations`;
}
