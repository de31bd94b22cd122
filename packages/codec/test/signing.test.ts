import type { MessageInput } from "@eventstream-kit/codec";
import { decodeMessage, encodeEvent, encodeMessage, EventStreamError } from "@eventstream-kit/codec";
import type { SignerOptions } from "@eventstream-kit/codec/signing";
import { EventSigner, EventVerifier, requestSignature, signEvents, verifyEvents } from "@eventstream-kit/codec/signing";
import process from "node:process";
import { describe, expect, test, vi } from "vitest";
import { hex, toHex } from "./support/bytes.ts";
import { outcome } from "./support/outcome.ts";
import { plain } from "./support/plain.ts";
import { dateOf, inner, signature1, signature2, signatureOf, signing, smithyChain } from "./support/signing-vector.ts";
import { smithySignature } from "./support/smithy-signature.ts";

describe("format case 73: the published vector", () => {
  test("both signatures, and both frames", async () => {
    const signer = new EventSigner(signing);
    const [event, end] = [await signer.sign(inner), await signer.end()];
    expect([event.length, end.length]).toEqual([131, 83]);
    expect([event, end].map(signatureOf)).toEqual([signature1, signature2]);
    expect(toHex(event.subarray(12, 27))).toBe("053a64617465080000001cbe991a08");
    expect(plain(decodeMessage(event))).toEqual({
      headers: [
        [":date", "timestamp", "123456789000"],
        [":chunk-signature", "binary", signature1],
      ],
      payload: toHex(inner),
    });
    expect(plain(decodeMessage(decodeMessage(event).payload))).toEqual({
      headers: [["some-header", "string", "value"]],
      payload: Buffer.from("test payload").toString("hex"),
    });
    expect(plain(decodeMessage(end))).toEqual({
      headers: [
        [":date", "timestamp", "123456789000"],
        [":chunk-signature", "binary", signature2],
      ],
      payload: "",
    });
    expect(await smithyChain([event, end], signing)).toEqual([signature1, signature2]);
  });

  test("a message gives what its bytes give", async () => {
    const message: MessageInput = { headers: { "some-header": "value" }, payload: "test payload" };
    expect(toHex(await new EventSigner(signing).sign(message))).toBe(toHex(await new EventSigner(signing).sign(inner)));
  });

  test("a verifier takes it", async () => {
    const signer = new EventSigner(signing);
    const verifier = new EventVerifier(signing);
    expect(plain((await verifier.verify(await signer.sign(inner)))!)).toEqual(plain(decodeMessage(inner)));
    expect(await verifier.verify(await signer.end())).toBeUndefined();
    await verifier.finish();
  });
});

describe("format case 74: the end of the stream", () => {
  test("is signed over nothing, not over an empty message", async () => {
    const end = await new EventSigner(signing).end();
    const emptyMessage = await new EventSigner(signing).sign({});
    expect(decodeMessage(end).payload).toHaveLength(0);
    expect(decodeMessage(emptyMessage).payload).toHaveLength(16);
    expect(await smithyChain([end], signing)).toEqual([signatureOf(end)]);
    expect(signatureOf(emptyMessage)).not.toBe(signatureOf(end));
  });

  test("nothing can be signed after it, even while it is being signed", async () => {
    const signer = new EventSigner(signing);
    const end = signer.end();
    const late = [signer.sign(inner), signer.end()];
    for (const call of late) await expect(call).rejects.toMatchObject({ code: "signing_ended" });
    await expect(end).resolves.toHaveLength(83);
    await expect(signer.sign(inner)).rejects.toBeInstanceOf(EventStreamError);
  });
});

test("an end that could not be signed can be signed again, or more before it", async () => {
  let time = Number.NaN;
  const signer = new EventSigner({ ...signing, now: () => time });
  const end = signer.end();
  await expect(signer.sign(inner)).rejects.toMatchObject({ code: "signing_ended" });
  await expect(end).rejects.toMatchObject({ code: "invalid_argument" });
  time = signing.now();
  expect([await signer.sign(inner), await signer.end()].map(signatureOf)).toEqual([signature1, signature2]);
  await expect(signer.end()).rejects.toMatchObject({ code: "signing_ended" });
});

describe("format case 75: calls that overlap", () => {
  test("give the chain that calls one after the other give", async () => {
    const events = ["one", "two", "three", "four"].map((text) => encodeEvent({ event: "E", text }));
    const overlapping = new EventSigner(signing);
    const together = await Promise.all([...events.map((event) => overlapping.sign(event)), overlapping.end()]);
    const patient = new EventSigner(signing);
    const apart = [];
    for (const event of events) apart.push(await patient.sign(event));
    apart.push(await patient.end());
    expect(together.map(toHex)).toEqual(apart.map(toHex));
    expect(await smithyChain(together, signing)).toEqual(together.map(signatureOf));
  });

  test("what fails between them is not part of the chain", async () => {
    const signer = new EventSigner(signing);
    const calls = [signer.sign(inner), signer.sign({ headers: { "": "no name" } }), signer.sign(inner.subarray(1))];
    const next = signer.end();
    await expect(calls[1]).rejects.toMatchObject({ code: "encode_limit" });
    await expect(calls[2]).rejects.toMatchObject({
      code: "invalid_argument",
      cause: expect.any(EventStreamError) as EventStreamError,
    });
    expect([await calls[0]!, await next].map(signatureOf)).toEqual([signature1, signature2]);
  });

  test("bytes may be overwritten once the call has returned", async () => {
    const bytes = Buffer.from(inner);
    const signer = new EventSigner(signing);
    const frame = signer.sign(bytes);
    bytes.fill(0xff);
    expect(signatureOf(await frame)).toBe(signature1);
    const verifier = new EventVerifier(signing);
    const received = (await frame).slice();
    const message = verifier.verify(received);
    received.fill(0xff);
    expect(plain((await message)!)).toEqual(plain(decodeMessage(inner)));
  });
});

describe("format case 76: the time of each event", () => {
  test("a stream that crosses midnight uses the new day's scope and key", async () => {
    let time = Date.UTC(2026, 7, 13, 23, 59, 59, 999);
    const given = { ...signing, now: () => (time += 1) - 1 };
    const frames = [];
    const signer = new EventSigner(given);
    for (let i = 0; i < 3; i++) frames.push(await signer.sign(inner));
    frames.push(await signer.end());
    const [before, after] = [Date.UTC(2026, 7, 13, 23, 59, 59), Date.UTC(2026, 7, 14)].map(BigInt);
    expect(frames.map(dateOf)).toEqual([before, after, after, after]);
    expect(await smithyChain(frames, given)).toEqual(frames.map(signatureOf));
    await expect(outcome(verifyEvents(frames, signing))).resolves.toMatchObject({ items: [{}, {}, {}] });
  });

  test.each([300_000, -300_000, 0, 86_400_000, 1])(
    "a clock offset of %i ms goes into both dates",
    async (clockOffset) => {
      const time = Date.UTC(2026, 0, 1, 0, 2, 3, 456);
      const given = { ...signing, now: () => time, clockOffset };
      const frame = await new EventSigner(given).sign(inner);
      expect(dateOf(frame)).toBe(BigInt(Math.floor((time + clockOffset) / 1000) * 1000));
      expect(await smithyChain([frame], given)).toEqual([signatureOf(frame)]);
    },
  );

  test("without a clock it is the present", async () => {
    const { now: _, ...given } = signing;
    const [before, frame, after] = [Date.now(), await new EventSigner(given).sign(inner), Date.now()];
    expect(Number(dateOf(frame))).toBeGreaterThan(before - 1000);
    expect(Number(dateOf(frame))).toBeLessThanOrEqual(after);
  });

  test.each([
    ["before the epoch", -1, "1969-12-31T23:59:59.000Z"],
    ["in the year 0", -62_167_219_200_000, "0000-01-01T00:00:00.000Z"],
    ["at the end of the year 9999", 253_402_300_799_999, "9999-12-31T23:59:59.000Z"],
  ])("a time %s", async (_, time, expected) => {
    const given = { ...signing, now: () => time };
    const frame = await new EventSigner(given).sign(inner);
    expect(new Date(Number(dateOf(frame))).toISOString()).toBe(expected);
    await expect(new EventVerifier(signing).verify(frame)).resolves.toBeDefined();
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, -62_167_219_200_001, 253_402_300_800_000, "123456789000", 5n])(
    "a clock that shows %o is refused",
    async (time) => {
      await expect(new EventSigner({ ...signing, now: () => time as number }).sign(inner)).rejects.toMatchObject({
        code: "invalid_argument",
      });
    },
  );

  test("milliseconds in the date of another signer are hashed, though its string to sign has none", async () => {
    const date = 123_456_789_123n;
    const signature = hex(await smithySignature(date, inner, signing.priorSignature, signing));
    const signed = encodeMessage({
      headers: { ":chunk-signature": signature, ":date": { type: "timestamp", value: date } },
      payload: inner,
    });
    await expect(new EventVerifier(signing).verify(signed)).resolves.toBeDefined();
  });
});

describe("format case 77: credentials that rotate", () => {
  test("a stream keeps those it began with", async () => {
    let calls = 0;
    const credentials = () => Promise.resolve({ secretAccessKey: `secret ${++calls}` });
    const given = { ...signing, credentials };
    const frames = [];
    let time = signing.now();
    const signer = new EventSigner({ ...given, now: () => (time += 86_400_000) });
    expect(calls).toBe(1);
    for (let i = 0; i < 3; i++) frames.push(await signer.sign(inner));
    frames.push(await signer.end());
    expect(calls).toBe(1);
    const first = { ...signing, credentials: { secretAccessKey: "secret 1" } };
    expect(await smithyChain(frames, first)).toEqual(frames.map(signatureOf));
  });

  test("so do credentials that are changed in place", async () => {
    const credentials = { secretAccessKey: signing.credentials.secretAccessKey };
    const signer = new EventSigner({ ...signing, credentials });
    credentials.secretAccessKey = "rotated";
    expect(signatureOf(await signer.sign(inner))).toBe(signature1);
  });

  test("a provider's error is its own, for each event", async () => {
    const error = new Error("The token has expired");
    const signer = new EventSigner({ ...signing, credentials: () => Promise.reject(error) });
    await expect(signer.sign(inner)).rejects.toBe(error);
    await expect(signer.end()).rejects.toBe(error);
    const thrown = new EventSigner({
      ...signing,
      credentials: () => {
        throw error;
      },
    });
    await expect(thrown.sign(inner)).rejects.toBe(error);
  });
});

test.each([
  ["priorSignature", { priorSignature: signing.priorSignature.toUpperCase() }],
  ["priorSignature", { priorSignature: `${signing.priorSignature}00` }],
  ["priorSignature", { priorSignature: `0${signing.priorSignature}` }],
  ["priorSignature", { priorSignature: [signing.priorSignature] }],
  ["priorSignature", { priorSignature: undefined }],
  ["region", { region: "" }],
  ["region", { region: "us-east-1/s3" }],
  ["service", { service: undefined }],
  ["credentials", { credentials: { secretAccessKey: "" } }],
  ["credentials", { credentials: undefined }],
])("an option that is none is refused at once: %s", (name, change) => {
  const given = { ...signing, ...change } as unknown as SignerOptions;
  const refused = expect.objectContaining({
    code: "invalid_argument",
    message: expect.stringContaining(name) as string,
  });
  expect(() => new EventSigner(given)).toThrow(refused);
  expect(() => new EventVerifier(given)).toThrow(refused);
  expect(() => signEvents([], given)).toThrow(refused);
  expect(() => verifyEvents([], given)).toThrow(refused);
});

test.each<[string, object]>([
  ["now", { now: 5 }],
  ["clockOffset", { clockOffset: "5" }],
  ["clockOffset", { clockOffset: 1n }],
  ["limits", { limits: "none" }],
])("so is one of the signer: %s", (name, change) => {
  const given = { ...signing, ...change } as unknown as SignerOptions;
  const message = expect.stringContaining(name) as string;
  expect(() => new EventSigner(given)).toThrow(expect.objectContaining({ code: "invalid_argument", message }));
});

test.each([5, null, undefined, {}, { [Symbol.asyncIterator]: 5 }])(
  "what holds no events is refused at once: %o",
  (bad) => {
    const refused = expect.objectContaining({ code: "invalid_argument" });
    expect(() => signEvents(bad as never, signing)).toThrow(refused);
  },
);

test.each([
  ["region", "us-east-1"],
  ["service", "transcribe"],
])("an empty %s is answered with an example: %s", (name, example) => {
  expect(() => new EventSigner({ ...signing, [name]: "" })).toThrow(`expected a name such as ${example}`);
});

test("a provider of nothing useful is a typed error, which does not show what it gave", async () => {
  const given = { secretaccesskey: "hush" } as unknown as { secretAccessKey: string };
  const credentials = () => given;
  const error: unknown = await new EventSigner({ ...signing, credentials }).sign(inner).catch((e: unknown) => e);
  expect(error).toMatchObject({ code: "invalid_argument" });
  expect(String(error)).not.toContain("hush");
});

test("a provider whose error nobody asks for stays quiet", async () => {
  const unhandled = vi.fn<() => void>();
  process.on("unhandledRejection", unhandled);
  try {
    const signer = new EventSigner({ ...signing, credentials: () => Promise.reject(new Error("Expired")) });
    for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
    expect(signer).toBeInstanceOf(EventSigner);
    expect(unhandled).not.toHaveBeenCalled();
  } finally {
    process.off("unhandledRejection", unhandled);
  }
});

test("a day's key is made once, and cannot be taken out", async () => {
  const importKey = vi.spyOn(crypto.subtle, "importKey");
  try {
    const signer = new EventSigner(signing);
    for (let i = 0; i < 3; i++) await signer.sign(inner);
    // The secret, and one for each of day, region, service and the constant at the end.
    expect(importKey).toHaveBeenCalledTimes(5);
    const keys = await Promise.all(importKey.mock.results.map(({ value }) => value as Promise<CryptoKey>));
    expect(keys.map(({ extractable }) => extractable)).toEqual([false, false, false, false, false]);
  } finally {
    importKey.mockRestore();
  }
});

test.each([[{}], [undefined]])("without Web Crypto there is no signer: %o", (crypto) => {
  vi.stubGlobal("crypto", crypto);
  try {
    expect(() => new EventSigner(signing)).toThrow(expect.objectContaining({ code: "invalid_argument" }));
  } finally {
    vi.unstubAllGlobals();
  }
});

describe("the signature of a request", () => {
  const signature = signing.priorSignature;
  const scope = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260813/us-east-1/transcribe/aws4_request";
  test.each([
    ["an authorization header", `${scope}, SignedHeaders=host;x-amz-date, Signature=${signature}`],
    ["one without blanks", `${scope},SignedHeaders=host,Signature=${signature}`],
    ["a presigned URL", `wss://host/path?X-Amz-SignedHeaders=host&X-Amz-Signature=${signature}&X-Amz-Expires=5`],
    ["a URL object", new URL(`https://host/?X-Amz-Signature=${signature}#hash`)],
  ])("in %s", (_, text) => {
    expect(requestSignature(text)).toBe(signature);
  });

  test.each([
    "",
    scope,
    `Signature=${signature.slice(1)}`,
    `Signature=${signature}0`,
    `Signature=${signature.toUpperCase()}`,
    undefined,
    5,
    Object.create(null) as object,
  ])("is not in %j", (text) => {
    expect(() => requestSignature(text as string)).toThrow(expect.objectContaining({ code: "invalid_argument" }));
  });
});
