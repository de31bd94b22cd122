import type { HeaderValue } from "@eventstream-kit/codec";
import { byte, int32, long, short, timestamp, uuid } from "@eventstream-kit/codec";
import { seeded } from "../test/support/random.ts";

/** The messages of a workload. They have the same names of headers. */
export interface Workload {
  readonly name: string;
  /** In wire order, for every message. */
  readonly messages: readonly {
    readonly headers: Readonly<Record<string, HeaderValue>>;
    readonly payload: Uint8Array;
  }[];
}

const random = seeded(5);

function bytesOf(length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random() * 256);
}

const text = (value: string): HeaderValue => ({ type: "string", value });

/** As Bedrock sends them. */
const tokenHeaders = {
  ":event-type": text("chunk"),
  ":content-type": text("application/json"),
  ":message-type": text("event"),
};

/** JSON of 120 bytes. */
function token(): Uint8Array {
  const body = JSON.stringify({ bytes: Buffer.from(bytesOf(75)).toString("base64"), p: "" }).replace(
    '"p":""',
    '"p":"abcdefghijklmnop"',
  );
  return new TextEncoder().encode(body.slice(0, 118) + '"}');
}

function messagesOf(count: number, make: (i: number) => Workload["messages"][number]): Workload["messages"] {
  return Array.from({ length: count }, (_, i) => make(i));
}

export const tokens: Workload = {
  name: "token, 3 headers, 120 bytes",
  messages: messagesOf(256, () => ({ headers: tokenHeaders, payload: token() })),
};

/** So many that no cache of a sensible size meets one of them twice. */
export const uniqueTokens: Workload = {
  name: "token and a unique id",
  messages: messagesOf(16_384, () => {
    const id = Buffer.from(bytesOf(12)).toString("hex");
    return { headers: { ...tokenHeaders, ":id": text(id) }, payload: token() };
  }),
};

/** Every message has other numbers, as real ones would. */
export const tenHeaders: Workload = {
  name: "10 headers of all types",
  messages: messagesOf(4096, (i) => ({
    headers: {
      yes: { type: "boolean", value: true },
      no: { type: "boolean", value: false },
      byte: byte((i % 256) - 128),
      short: short(i),
      integer: int32(i * 7919),
      long: long(BigInt(i) * 7919n),
      bytes: { type: "binary", value: bytesOf(8) },
      text: text("a string value"),
      time: timestamp(1_700_000_000_000n + BigInt(i)),
      id: uuid(`123e4567-e89b-12d3-a456-${i.toString(16).padStart(12, "0")}`),
    },
    payload: new Uint8Array(),
  })),
};

const blobHeaders = {
  ":event-type": text("PayloadChunk"),
  ":content-type": text("application/octet-stream"),
  ":message-type": text("event"),
};

function blobs(name: string, size: number, count: number): Workload {
  return { name, messages: messagesOf(count, () => ({ headers: blobHeaders, payload: bytesOf(size) })) };
}

export const kilobyte = blobs("1 KB", 1024, 64);
export const kilobytes16 = blobs("16 KB", 16 * 1024, 16);
export const kilobytes64 = blobs("64 KB", 64 * 1024, 8);
export const megabyte = blobs("1 MB", 1024 * 1024, 2);
export const megabytes6 = blobs("6 MB", 6 * 1024 * 1024, 1);

export const workloads: readonly Workload[] = [
  tokens,
  uniqueTokens,
  tenHeaders,
  kilobyte,
  kilobytes16,
  kilobytes64,
  megabyte,
  megabytes6,
];
