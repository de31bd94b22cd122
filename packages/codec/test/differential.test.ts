import { decodeMessage, encodeMessage, EventStreamError, MessageDecoder, timestamp } from "@eventstream-kit/codec";
import type { HeaderInput } from "@eventstream-kit/codec";
import { getChunkedStream } from "@smithy/core/event-streams";
import { describe, expect, test } from "vitest";
import {
  compareDecoding,
  compareEncoding,
  compareExamples,
  compareRefusals,
  randomFrames,
  randomMessages,
} from "./differential/compare.ts";
import { laxEncoderPeers, laxEncoders, laxPeers, poorPeers } from "./differential/known-differences.ts";
import { smithyBefore, smithyToday } from "./differential/smithy-peers.ts";
import { outcome } from "./support/outcome.ts";
import { plain } from "./support/plain.ts";

const seed = Date.now() | 0;

// `npm run differential` compares more messages, and asks botocore and the Ruby gem too.
describe("format case 79: the same as other implementations", () => {
  describe.each([smithyToday(), smithyBefore()])("$name $version", (peer) => {
    test(`random messages that we encode and it decodes, seed ${seed}`, async () => {
      const { compared, differences } = await compareDecoding(peer, randomMessages(seed, 500));
      expect(differences).toEqual([]);
      expect(compared).toBe(500);
    });

    test(`random messages that it encodes and we decode, seed ${seed}`, async () => {
      const { same, differences } = await compareEncoding(peer, randomMessages(seed, 500));
      expect(differences).toEqual([]);
      expect(same).toBe(500);
    });

    test(`random frames with and without mistakes, seed ${seed}`, async () => {
      const { same, known, differences } = await compareRefusals(peer, randomFrames(seed, 500));
      expect(differences).toEqual([]);
      expect(same).toBeGreaterThan(100);
      expect(known.size).toBeGreaterThan(0);
    });

    test("but for what is known", async () => {
      const { compared, differences } = await compareExamples(peer);
      expect(differences).toEqual([]);
      expect(compared).toBe(4);
    });

    test.each<[why: string, name: string, value: HeaderInput]>([
      ["a name", "__proto__", true],
      ["a time far ahead", "t", timestamp(2n ** 62n)],
      ["a time long ago", "t", timestamp(-(2n ** 62n))],
    ])("and headers that it cannot hold: %s", async (_, name, value) => {
      const message = decodeMessage(
        encodeMessage({
          headers: [
            ["first", "one"],
            [name, value],
          ],
        }),
      );
      const { known, differences } = await compareDecoding(peer, [message]);
      expect(differences).toEqual([]);
      const [what] = poorPeers.filter(({ applies }) => plain(message).headers.some(applies)).map((poor) => poor.what);
      expect([...known]).toEqual([[what, 1]]);
    });

    test.each(laxEncoders)("and values that it changes without a word: $header becomes $made", async (lax) => {
      expect(laxEncoderPeers).toContain(peer.name);
      const [name, type, value] = lax.header;
      const input = { type, value: type === "timestamp" ? new Date(Number(value)) : value } as HeaderInput;
      expect(() => encodeMessage({ headers: [[name, input]] })).toThrow(expect.objectContaining({ code: lax.code }));
      const [bytes] = await peer.encode!([{ headers: [lax.header], payload: "" }]);
      expect(plain(decodeMessage(bytes as Uint8Array)).headers).toEqual([[name, type, lax.made]]);
    });
  });
});

test("a stream cut off within four bytes ends as if nothing had been there at a peer", async () => {
  const stream = encodeMessage({ payload: "all of it" });
  const ends = [];
  for (let length = 1; length < stream.length; length++) {
    const part = stream.subarray(0, length);
    const chunks = (async function* () {
      yield await Promise.resolve(part);
    })();
    const { items, error } = await outcome(getChunkedStream(chunks));
    expect(items).toEqual([]);
    if (error === undefined) ends.push(length);
    const decoder = new MessageDecoder();
    decoder.push(part);
    expect(() => decoder.finish()).toThrow(EventStreamError);
  }
  expect(ends).toEqual([1, 2, 3]);
});

test("each known difference says why", () => {
  for (const { why } of [...laxPeers, ...poorPeers]) expect(why.length).toBeGreaterThan(20);
});
