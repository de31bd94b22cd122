import type { HeaderValue, Message } from "@eventstream-kit/codec";
import { EventStreamCodec, Int64 } from "@smithy/core/event-streams";
import { fromUtf8, toUtf8 } from "@smithy/core/serde";
import { createRequire } from "node:module";
import { EventStreamCodec as OldEventStreamCodec, Int64 as OldInt64 } from "smithy-eventstream-codec-4-2";
import type { Workload } from "./messages.ts";

/** A message as both generations of Smithy have it. */
export interface SmithyMessage {
  readonly headers: Readonly<Record<string, { readonly type: string; readonly value: unknown }>>;
  readonly body: Uint8Array;
}

/** A generation of Smithy's codec. */
export interface Smithy {
  readonly name: string;
  readonly version: string;
  readonly codec: { encode(message: never): Uint8Array; decode(bytes: Uint8Array): SmithyMessage };
  readonly int64: new (bytes: Uint8Array) => object;
}

function versionOf(module: string): string {
  const manifest: unknown = createRequire(import.meta.url)(`${module}/package.json`);
  return (manifest as { version: string }).version;
}

/** What the AWS SDK for JavaScript uses today. */
export const smithy: Smithy = {
  name: "@smithy/core",
  version: versionOf("@smithy/core"),
  codec: new EventStreamCodec(toUtf8, fromUtf8),
  int64: Int64,
};

/** What it used before, with `@aws-crypto/crc32`. */
export const oldSmithy: Smithy = {
  name: "old Smithy",
  version: versionOf("smithy-eventstream-codec-4-2"),
  codec: new OldEventStreamCodec(toUtf8, fromUtf8),
  int64: OldInt64,
};

/** Both. */
export const generations: readonly Smithy[] = [smithy, oldSmithy];

/** The messages of a workload in the form that a generation encodes. */
export function smithyMessages({ messages }: Workload, { int64 }: Smithy): SmithyMessage[] {
  return messages.map(({ headers, payload }) => ({
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, header]) => [name, { type: header.type, value: smithyValue(header, int64) }]),
    ),
    body: payload,
  }));
}

function smithyValue({ type, value }: HeaderValue, int64: Smithy["int64"]): unknown {
  if (type === "timestamp") return new Date(Number(value));
  if (type !== "long") return value;
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, value);
  return new int64(bytes);
}

/** A message of Smithy as plain data. */
export function plainOfSmithy({ headers, body }: SmithyMessage): unknown {
  const pairs = Object.entries(headers).map(([name, { type, value }]) => {
    if (type === "timestamp") return [name, type, BigInt((value as Date).getTime())];
    if (type === "long") return [name, type, BigInt(Number(value))];
    return [name, type, value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value];
  });
  return [pairs, Buffer.from(body).toString("hex")];
}

/** A message of ours as plain data. */
export function plainOfOurs({ headers, payload }: Message): unknown {
  const pairs = [...headers].map(([name, { type, value }]) => [
    name,
    type,
    value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value,
  ]);
  return [pairs, Buffer.from(payload).toString("hex")];
}
