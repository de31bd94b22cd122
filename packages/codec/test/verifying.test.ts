import type { Message, MessageInput } from "@eventstream-kit/codec";
import { decodeMessage, encodeEvent, encodeMessage, timestamp } from "@eventstream-kit/codec";
import type { SignerOptions } from "@eventstream-kit/codec/signing";
import { EventSigner, EventVerifier, signEvents, verifyEvents } from "@eventstream-kit/codec/signing";
import { describe, expect, test, vi } from "vitest";
import { concat, cut, hex, toHex } from "./support/bytes.ts";
import { outcome } from "./support/outcome.ts";
import { inner, signature1, signatureOf, signing } from "./support/signing-vector.ts";
import { smithySignature } from "./support/smithy-signature.ts";

/** The same envelope, headers changed or payload changed, with right checksums. */
const altered = (frame: Uint8Array, change: MessageInput) => encodeMessage({ ...decodeMessage(frame), ...change });

const names = (messages: readonly Message[]) => messages.map(({ payload }) => Buffer.from(payload).toString());

const verified = async (frames: readonly Uint8Array[], given = signing) => {
  const { items, error } = await outcome(verifyEvents(frames, given));
  return { items: names(items), error };
};

describe("format case 78: what a verifier finds", () => {
  const events = ["one", "two", "three"].map((text) => encodeEvent({ event: "E", text }));
  const signed = async (given: SignerOptions = signing) => {
    const signer = new EventSigner(given);
    return Promise.all([...events.map((event) => signer.sign(event)), signer.end()]);
  };

  test("nothing, in a stream that is whole", async () => {
    const frames = await signed();
    expect(await verified(frames)).toEqual({ items: ["one", "two", "three"], error: undefined });
    const stream = concat(...frames);
    expect(await verified(cut(stream, 1, 20, 200, 301))).toEqual({ items: ["one", "two", "three"], error: undefined });
    const verifier = new EventVerifier(signing);
    const together = await Promise.all(frames.map((frame) => verifier.verify(decodeMessage(frame))));
    expect(names(together.filter((message) => message !== undefined))).toEqual(["one", "two", "three"]);
    await verifier.finish();
  });

  test("a payload that was tampered with", async () => {
    const frames = await signed();
    frames[1] = altered(frames[1]!, { payload: encodeEvent({ event: "E", text: "twO" }) });
    const { items, error } = await verified(frames);
    expect(items).toEqual(["one"]);
    expect(error).toMatchObject({ code: "signature_mismatch", messageIndex: 1 });
  });

  test("any bit of the payload, the date or the signature that was flipped", async () => {
    const [frame] = await signed();
    const { headers, payload } = decodeMessage(frame);
    const date = headers.get(":date")!.value as bigint;
    const signature = headers.get(":chunk-signature")!.value as Uint8Array;
    const refuse = async (change: MessageInput) => {
      const call = new EventVerifier(signing).verify(altered(frame, change));
      await expect(call).rejects.toMatchObject({ code: "signature_mismatch", messageIndex: 0 });
    };
    for (let bit = 0; bit < 8 * payload.length; bit++) {
      const flipped = payload.slice();
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      await refuse({ payload: flipped });
    }
    for (let bit = 0n; bit < 64n; bit++) {
      const value = BigInt.asIntN(64, date ^ (1n << bit));
      await refuse({ headers: { ":date": { type: "timestamp", value }, ":chunk-signature": signature } });
    }
    for (let bit = 0; bit < 256; bit++) {
      const flipped = signature.slice();
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      await refuse({ headers: { ":date": { type: "timestamp", value: date }, ":chunk-signature": flipped } });
    }
  });

  test.each([
    ["exchanged", [1, 0, 2, 3], []],
    ["repeated", [0, 0, 1, 2, 3], ["one"]],
    ["left out", [0, 2, 3], ["one"]],
    ["left out before the end", [0, 1, 3], ["one", "two"]],
  ])("events that were %s", async (_, order, delivered) => {
    const frames = await signed();
    const { items, error } = await verified(order.map((index) => frames[index]!));
    expect(items).toEqual(delivered);
    expect(error).toMatchObject({ code: "signature_mismatch", messageIndex: delivered.length });
  });

  test.each([
    ["prior signature", { priorSignature: "00".repeat(32) }],
    ["secret", { credentials: { secretAccessKey: "another" } }],
    ["region", { region: "eu-west-1" }],
    ["service", { service: "transcribe" }],
  ])("another %s", async (_, change) => {
    const frames = await signed();
    expect(await verified(frames, { ...signing, ...change })).toMatchObject({
      items: [],
      error: { code: "signature_mismatch", messageIndex: 0 },
    });
    expect((await verified(await signed({ ...signing, ...change }))).error).toMatchObject({
      code: "signature_mismatch",
    });
  });

  test("an end that is missing", async () => {
    const frames = await signed();
    expect(await verified(frames.slice(0, 3))).toMatchObject({
      items: ["one", "two", "three"],
      error: { code: "signing_end_missing", messageIndex: 3 },
    });
    expect(await verified([])).toMatchObject({ error: { code: "signing_end_missing", messageIndex: 0 } });
    expect(await verified([concat(...frames).subarray(0, -1)])).toMatchObject({
      items: ["one", "two", "three"],
      error: { code: "truncated" },
    });
  });

  test("an event after the end", async () => {
    const frames = await signed();
    for (const extra of [frames[3]!, frames[0], encodeEvent({ event: "E" })]) {
      expect(await verified([...frames, extra])).toMatchObject({
        items: ["one", "two", "three"],
        error: { code: "signing_ended", messageIndex: 4 },
      });
    }
  });

  test("events without a signature", async () => {
    const [frame] = await signed();
    const { headers } = decodeMessage(frame);
    const [date, signature] = [headers.get(":date")!, headers.get(":chunk-signature")!];
    const envelopes: MessageInput["headers"][] = [
      {},
      { ":date": date },
      { ":chunk-signature": signature },
      { ":date": { type: "long", value: date.value as bigint }, ":chunk-signature": signature },
      { ":date": date, ":chunk-signature": toHex(signature.value as Uint8Array) },
      { ":date": date, ":chunk-signature": (signature.value as Uint8Array).subarray(1) },
      { ":date": date, ":chunk-signature": new Uint8Array(33) },
    ];
    for (const envelope of envelopes) {
      const call = new EventVerifier(signing).verify(altered(frame, { headers: envelope }));
      await expect(call).rejects.toMatchObject({ code: "signature_missing", messageIndex: 0 });
    }
  });

  test("a signed payload that is no message", async () => {
    const payload = inner.slice(0, -1);
    const signature = await smithySignature(0n, payload, signing.priorSignature, signing);
    const headers = { ":date": new Date(0), ":chunk-signature": hex(signature) };
    expect(await verified([encodeMessage({ headers, payload })])).toMatchObject({ error: { code: "truncated" } });
  });

  test("and it throws the same error from then on, in the order of the calls", async () => {
    const frames = await signed();
    const verifier = new EventVerifier(signing);
    const calls = [frames[0], frames[2]!, frames[1]!].map((frame) => verifier.verify(frame));
    expect(await calls[0]).toBeDefined();
    const error: unknown = await calls[1]!.catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "signature_mismatch", messageIndex: 1 });
    await expect(calls[2]).rejects.toBe(error);
    await expect(verifier.finish()).rejects.toBe(error);
  });

  test("without telling the right signature, which the platform compares in constant time", async () => {
    const [frame] = await signed();
    const signature = new Uint8Array(32);
    const headers = { ":date": decodeMessage(frame).headers.get(":date")!, ":chunk-signature": signature };
    const compare = vi.spyOn(crypto.subtle, "verify");
    try {
      const error: unknown = await new EventVerifier(signing)
        .verify(altered(frame, { headers }))
        .catch((e: unknown) => e);
      expect(error).toMatchObject({ code: "signature_mismatch" });
      expect(JSON.stringify({ ...(error as object), text: String(error) })).not.toContain(signatureOf(frame));
      expect(compare).toHaveBeenCalledExactlyOnceWith("HMAC", expect.anything(), signature, expect.anything());
    } finally {
      compare.mockRestore();
    }
  });
});

test("streams are signed and verified as they come, and end as they should", async () => {
  const steps: string[] = [];
  async function* events() {
    for (const text of ["one", "two"]) {
      steps.push(`made ${text}`);
      yield { headers: { text }, payload: text };
    }
    await Promise.resolve();
  }
  for await (const { headers } of verifyEvents(signEvents(events(), signing), signing)) {
    steps.push(`read ${headers.string("text")}`);
  }
  expect(steps).toEqual(["made one", "read one", "made two", "read two"]);
});

test("a source that fails leaves no signed end", async () => {
  const error = new Error("The microphone is gone");
  async function* events() {
    yield inner;
    await Promise.reject(error);
  }
  const frames = await outcome(signEvents(events(), signing));
  expect(frames.items.map(signatureOf)).toEqual([signature1]);
  expect(frames.error).toBe(error);
});

test("leaving the loop cancels the source", async () => {
  const signer = new EventSigner(signing);
  const frame = await signer.sign(inner);
  let cancelled = 0;
  const source = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(frame),
    cancel: () => void (cancelled += 1),
  });
  for await (const message of verifyEvents(source, signing)) {
    expect(message.headers.string("some-header")).toBe("value");
    break;
  }
  expect(cancelled).toBe(1);
});

test("an abort ends a verified stream that waits", async () => {
  const abort = new AbortController();
  const source = new ReadableStream<Uint8Array>();
  const read = verifyEvents(source, { ...signing, signal: abort.signal }).next();
  abort.abort(new Error("Enough"));
  await expect(read).rejects.toThrow("Enough");
});

test("a verifier checks sizes as a service does, unless told otherwise", async () => {
  const message = { headers: { v: "x".repeat(32_768) }, payload: "" };
  const frame = await new EventSigner({ ...signing, limits: "wire" }).sign(message);
  await expect(new EventSigner(signing).sign(message)).rejects.toMatchObject({ code: "encode_limit" });
  await expect(new EventVerifier(signing).verify(frame)).rejects.toMatchObject({ code: "value_length" });
  await expect(new EventVerifier({ ...signing, role: "client" }).verify(frame)).resolves.toBeDefined();
  await expect(new EventVerifier({ ...signing, limits: "wire" }).verify(frame)).resolves.toBeDefined();
  const capped = { ...signing, maxMessageBytes: 100 };
  await expect(new EventVerifier(capped).verify(frame)).rejects.toMatchObject({ code: "too_large" });
  expect((await outcome(verifyEvents([frame], capped))).error).toMatchObject({ code: "too_large", offset: 0 });
});

test("signing that only a verifier has are checked at once too", () => {
  const refused = expect.objectContaining({ code: "invalid_argument" });
  expect(() => new EventVerifier({ ...signing, maxMessageBytes: -1 })).toThrow(refused);
  expect(() => verifyEvents([], { ...signing, role: "server" as "client" })).toThrow(refused);
  expect(() => verifyEvents(5 as unknown as Uint8Array, signing)).toThrow(refused);
});

test("an envelope may have headers that nobody signed, of any size that the format has", async () => {
  const [date, large] = [253_402_300_799_999n, new Uint8Array(65_535)];
  const signature = hex(await smithySignature(date, inner, signing.priorSignature, signing));
  const headers = { ":date": timestamp(date), ":chunk-signature": signature, large };
  const bytes = encodeMessage({ headers, payload: inner }, { limits: "wire" });
  const given = { ...signing, limits: "wire" } as const;
  await expect(new EventVerifier(given).verify(bytes)).resolves.toBeDefined();
  await expect(new EventVerifier(given).verify(decodeMessage(bytes))).resolves.toBeDefined();
});
