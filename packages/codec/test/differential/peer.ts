import type { HeaderValue } from "@eventstream-kit/codec";
import type { PlainMessage } from "../support/plain.ts";

/** What became of a frame at a peer. */
export type PeerResult = PlainMessage | { readonly refused: string };

/** Another implementation of the format. It may be a program of its own, so it is given batches. */
export interface Peer {
  readonly name: string;
  readonly version: string;
  decode(frames: readonly Uint8Array[]): Promise<readonly PeerResult[]>;
  /** Absent where the peer only decodes. */
  encode?(messages: readonly PlainMessage[]): Promise<readonly (Uint8Array | { readonly refused: string })[]>;
  /** What the peer calls a type of ours, where it does not tell some from others. Default: the same. */
  readonly typeName?: (type: HeaderValue["type"]) => string;
  close(): void;
}

/** A message in the form in which two implementations are compared: some of them do not keep the order of headers. */
export function comparable({ headers, payload }: PlainMessage, typeName: Peer["typeName"]) {
  const named = headers.map(([name, type, value]) => {
    const kind = typeName?.(type) ?? type;
    return [name, kind, typeName === undefined ? value : untyped(type, value)] as const;
  });
  return { headers: named.toSorted(([a], [b]) => (a < b ? -1 : 1)), payload };
}

/** The value as a peer has it that knows fewer types: all integers as text, a UUID as bytes. */
function untyped(type: string, value: string | number | boolean): string | boolean {
  if (typeof value === "boolean") return value;
  return type === "uuid" ? String(value).replaceAll("-", "") : String(value);
}
