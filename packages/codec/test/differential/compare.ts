import { isDeepStrictEqual } from "node:util";
import { decodeMessage, encodeMessage, EventStreamError } from "@eventstream-kit/codec";
import type { HeaderValue, Message, MessageInput } from "@eventstream-kit/codec";
import * as fc from "fast-check";
import { anyHeaderBlock, anyMutatedMessage } from "../fuzz/header-blocks.ts";
import { anyMessage } from "../support/arbitraries.ts";
import { buildFrame } from "../support/build-frame.ts";
import { hex, toHex } from "../support/bytes.ts";
import { plain } from "../support/plain.ts";
import type { PlainMessage } from "../support/plain.ts";
import { laxPeers, poorPeers } from "./known-differences.ts";
import { comparable } from "./peer.ts";
import type { Peer, PeerResult } from "./peer.ts";

/** Something that nobody has explained yet. */
export interface Difference {
  readonly what: string;
  /** Hexadecimal text. */
  readonly frame: string;
  readonly ours: unknown;
  readonly theirs: unknown;
}

/** What a comparison came to. */
export interface Comparison {
  readonly compared: number;
  readonly same: number;
  /** How often each known difference showed. */
  readonly known: ReadonlyMap<string, number>;
  readonly differences: readonly Difference[];
}

class Tally implements Comparison {
  compared = 0;
  same = 0;
  readonly known = new Map<string, number>();
  readonly differences: Difference[] = [];

  equal(): void {
    this.compared += 1;
    this.same += 1;
  }
  explained(what: string): void {
    this.compared += 1;
    this.known.set(what, (this.known.get(what) ?? 0) + 1);
  }
  unexplained(difference: Difference): void {
    this.compared += 1;
    this.differences.push(difference);
  }
}

/** Messages that are right, and one in fifty of them not small. The same for the same seed. */
export function randomMessages(seed: number, count: number): Message[] {
  const size = fc.oneof({ weight: 49, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(70_000) });
  const message = fc.tuple(anyMessage(), size).map(([{ headers, payload }, extra]) => {
    const larger = new Uint8Array(payload.length + extra).fill(0x61);
    larger.set(payload);
    return decodeMessage(encodeMessage({ headers, payload: larger }));
  });
  return fc.sample(message, { seed, numRuns: count });
}

/** Frames with right checksums around header blocks of which many are wrong. */
export function randomFrames(seed: number, count: number): Uint8Array[] {
  const built = fc.record({ headers: anyHeaderBlock(), payload: fc.uint8Array({ maxLength: 20 }) });
  return fc.sample(fc.oneof(built, anyMutatedMessage()), { seed, numRuns: count }).map((parts) => buildFrame(parts));
}

/** We encode, the peer decodes. */
export async function compareDecoding(peer: Peer, messages: readonly Message[]): Promise<Comparison> {
  const tally = new Tally();
  const frames = messages.map((message) => encodeMessage(message));
  for (const [i, theirs] of (await peer.decode(frames)).entries()) {
    compareMessages(peer, plain(messages[i]!), theirs, { what: "what we encoded", frame: toHex(frames[i]!) }, tally);
  }
  return tally;
}

/** The peer encodes, we decode. The bytes must be those that we would have written, too. */
export async function compareEncoding(peer: Peer, messages: readonly Message[]): Promise<Comparison> {
  const tally = new Tally();
  const inputs = messages.map((message) => withoutPoor(peer, plain(message), "both"));
  for (const [i, bytes] of (await peer.encode!(inputs)).entries()) {
    const ours = inputs[i]!;
    const frame = encodeMessage(messageFrom(ours));
    const theirs = bytes instanceof Uint8Array ? decoded(bytes) : bytes;
    const sameBytes = bytes instanceof Uint8Array && (reordered(ours) || toHex(bytes) === toHex(frame));
    if (sameBytes && isSame(peer, ours, theirs)) tally.equal();
    else tally.unexplained({ what: "what the peer encoded", frame: toHex(frame), ours, theirs });
  }
  return tally;
}

/** Both decode what may be wrong. The peer may take what we refuse only where that is known of it. */
export async function compareRefusals(peer: Peer, frames: readonly Uint8Array[]): Promise<Comparison> {
  const tally = new Tally();
  for (const [i, theirs] of (await peer.decode(frames)).entries()) {
    const ours = decoded(frames[i]!);
    const about = { what: "a frame", frame: toHex(frames[i]!) };
    if (!("refused" in ours)) compareMessages(peer, ours, theirs, about, tally);
    else if ("refused" in theirs) tally.equal();
    else if (isLax(peer, ours.refused)) tally.explained(`takes what is refused here as ${ours.refused}`);
    else tally.unexplained({ ...about, ours, theirs });
  }
  return tally;
}

/** The examples of the known differences: each must still be one. */
export async function compareExamples(peer: Peer): Promise<Comparison> {
  const tally = new Tally();
  const examples = laxPeers.filter(({ peers }) => peers.includes(peer.name));
  const results = await peer.decode(examples.map(({ frame }) => hex(frame)));
  for (const [i, { code, frame, made }] of examples.entries()) {
    const [ours, theirs] = [decoded(hex(frame)), results[i]!];
    const known = "refused" in ours && ours.refused === code && isDeepStrictEqual(theirs, made[peer.name]);
    if (known) tally.explained(`takes what is refused here as ${code}`);
    else tally.unexplained({ what: `an example of ${code}`, frame, ours, theirs });
  }
  return tally;
}

function compareMessages(
  peer: Peer,
  ours: PlainMessage,
  theirs: PeerResult,
  about: { readonly what: string; readonly frame: string },
  tally: Tally,
): void {
  const poor = poorPeers.find((known) => known.peers.includes(peer.name) && ours.headers.some(known.applies));
  if (isSame(peer, ours, theirs)) tally.equal();
  else if (
    poor !== undefined &&
    !("refused" in theirs) &&
    // The rest of it must be right all the same.
    isSame(peer, withoutPoor(peer, ours, "decoding"), withoutPoor(peer, theirs, "decoding", ours))
  ) {
    tally.explained(poor.what);
  } else tally.unexplained({ ...about, ours, theirs });
}

function isLax(peer: Peer, refused: string): boolean {
  return laxPeers.some(({ code, peers }) => code === refused && peers.includes(peer.name));
}

/** A message without the headers that the peer cannot hold, or without those of them that another message has. */
function withoutPoor(
  peer: Peer,
  message: PlainMessage,
  when: "decoding" | "both",
  other: PlainMessage = message,
): PlainMessage {
  const poor = poorPeers.filter(
    (known) => known.peers.includes(peer.name) && (when === "decoding" || known.when === "both"),
  );
  const names = new Set(
    other.headers.filter((header) => poor.some((known) => known.applies(header))).map(([name]) => name),
  );
  return { ...message, headers: message.headers.filter(([name]) => !names.has(name)) };
}

/** The message again, with what is text in it as the value it stands for. */
function messageFrom({ headers, payload }: PlainMessage): MessageInput {
  return {
    payload: hex(payload),
    headers: headers.map(([name, type, value]) => {
      if (type === "long" || type === "timestamp") return [name, { type, value: BigInt(value) }];
      return [name, { type, value: type === "binary" ? hex(String(value)) : value } as HeaderValue];
    }),
  };
}

function decoded(frame: Uint8Array): PeerResult {
  try {
    return plain(decodeMessage(frame));
  } catch (error) {
    if (!(error instanceof EventStreamError)) throw error;
    return { refused: error.code };
  }
}

function isSame(peer: Peer, ours: PeerResult, theirs: PeerResult): boolean {
  if ("refused" in ours || "refused" in theirs) return false;
  return isDeepStrictEqual(comparable(ours, peer.typeName), comparable(theirs, peer.typeName));
}

/** A plain object has names that look like array indexes first, so a peer that is given one writes them first. */
function reordered({ headers }: PlainMessage): boolean {
  return headers.some(([name]) => /^(0|[1-9]\d*)$/.test(name)) && headers.length > 1;
}
