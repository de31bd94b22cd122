import fs from "node:fs";
import { createRequire } from "node:module";
import { EventStreamCodec, Int64 } from "@smithy/core/event-streams";
import { fromUtf8, toUtf8 } from "@smithy/core/serde";
import { EventStreamCodec as OldEventStreamCodec, Int64 as OldInt64 } from "smithy-eventstream-codec-4-2";
import { hex, toHex } from "../support/bytes.ts";
import type { PlainMessage } from "../support/plain.ts";
import type { Peer, PeerResult } from "./peer.ts";

type SmithyHeader = { readonly type: string; readonly value: unknown };
interface SmithyMessage {
  readonly headers: Record<string, SmithyHeader>;
  readonly body: Uint8Array;
}

interface SmithyCodec {
  encode(message: never): Uint8Array;
  decode(bytes: Uint8Array): unknown;
}

/** `@smithy/core/event-streams`, which the AWS SDK for JavaScript uses today. */
export function smithyToday(): Peer {
  return smithyPeer("@smithy/core", new EventStreamCodec(toUtf8, fromUtf8), Int64);
}

/** `@smithy/eventstream-codec` 4.2.12, with CRC-32 and header parsing of the generation before. */
export function smithyBefore(): Peer {
  return smithyPeer("smithy-eventstream-codec-4-2", new OldEventStreamCodec(toUtf8, fromUtf8), OldInt64);
}

function smithyPeer(module: string, codec: SmithyCodec, int64: new (bytes: Uint8Array) => unknown): Peer {
  const manifest = createRequire(import.meta.url).resolve(`${module}/package.json`);
  const { name, version } = JSON.parse(fs.readFileSync(manifest, "utf8")) as Pick<Peer, "name" | "version">;
  return {
    name,
    version,
    decode: (frames) => Promise.resolve(frames.map((frame) => attempt(() => fromSmithy(codec.decode(frame) as never)))),
    encode: (messages) =>
      Promise.resolve(messages.map((message) => attempt(() => codec.encode(toSmithy(message, int64) as never)))),
    close: () => {},
  };
}

function attempt<T>(run: () => T): T | { readonly refused: string } {
  try {
    return run();
  } catch (error) {
    return { refused: String(error) };
  }
}

function fromSmithy({ headers, body }: SmithyMessage): PlainMessage {
  return {
    headers: Object.entries(headers).map(([name, { type, value }]) => [name, type, plainValue(type, value)] as never),
    payload: toHex(body),
  } satisfies PeerResult;
}

function plainValue(type: string, value: unknown): string | number | boolean {
  if (type === "binary") return toHex(value as Uint8Array);
  // Its bytes are right where its text is not: see the known differences.
  if (type === "long") return String(BigInt.asIntN(64, BigInt(`0x${toHex((value as Int64).bytes)}`)));
  if (type === "timestamp") return String((value as Date).getTime());
  return value as string | number | boolean;
}

function toSmithy({ headers, payload }: PlainMessage, int64: new (bytes: Uint8Array) => unknown): SmithyMessage {
  const own: SmithyMessage["headers"] = {};
  for (const [name, type, value] of headers) {
    // Defined, not set, or `__proto__` would be no header.
    Object.defineProperty(own, name, {
      value: { type, value: smithyValue(type, value, int64) },
      enumerable: true,
      configurable: true,
    });
  }
  return { headers: own, body: hex(payload) };
}

function smithyValue(type: string, value: string | number | boolean, int64: new (bytes: Uint8Array) => unknown) {
  if (type === "binary") return hex(value as string);
  if (type === "timestamp") return new Date(Number(value));
  if (type !== "long") return value;
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, BigInt(value));
  return new int64(bytes);
}
