import { decodeMessage, MessageDecoder } from "@eventstream-kit/codec";
import { describe, expect, test } from "vitest";
import { applyFaults, headerValue, longestWait, parseFault, reset, wait } from "@eventstream-kit/service";
import type { ApplyFaultsOptions, Body, Reply, ServiceError, Step } from "@eventstream-kit/service";
import { eventStreamLine, frames, replyOf, stepsOf, utf8 } from "./support.ts";

const [one, two, three, complete] = frames as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
const whole = join(...frames);

function join(...pieces: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(pieces));
}

function inverted(bytes: Uint8Array, index: number): Uint8Array {
  return bytes.map((byte, i) => (i === index ? byte ^ 0xff : byte));
}

function stream(body: Body): Reply {
  return replyOf(body, [eventStreamLine]);
}

function faulty(body: Body, faults: readonly string[], options?: ApplyFaultsOptions): Promise<(Step | Error)[]> {
  return stepsOf(applyFaults(stream(body), faults, options).body);
}

/** Ways to cut the stream into writes, each with what is special about it. */
const chunkings: readonly (readonly [string, readonly Uint8Array[]])[] = [
  ["a write a frame", frames],
  ["one write", [whole]],
  ["a write a byte", [...whole].map((byte) => Uint8Array.of(byte))],
  ["writes of 7 bytes", slices(7)],
  ["writes of 100 bytes", slices(100)],
];

function slices(size: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(whole.byteLength / size) }, (_, i) => whole.subarray(i * size, (i + 1) * size));
}

/** Bytes up to the first step that is none, and that step. */
function ended(steps: readonly (Step | Error)[]): { bytes: Uint8Array; end?: Exclude<Step, Uint8Array> | Error } {
  const at = steps.findIndex((step) => !(step instanceof Uint8Array));
  const bytes = join(...(steps.slice(0, at === -1 ? undefined : at) as Uint8Array[]));
  return at === -1 ? { bytes } : { bytes, end: steps[at] as Exclude<Step, Uint8Array> | Error };
}

describe.each(chunkings)("in %s", (_name, chunks) => {
  test.each<[string, Uint8Array]>([
    ["eof", new Uint8Array()],
    ["eof@frame:1", new Uint8Array()],
    ["eof@frame:2", one],
    ["eof@frame:4", join(one, two, three)],
    ["eof@frame:5", whole],
    ["eof@byte:1", whole.subarray(0, 1)],
    ["eof@byte:130", whole.subarray(0, 130)],
    [`eof@byte:${String(whole.byteLength)}`, whole],
    ["truncate@frame:1+0", new Uint8Array()],
    ["truncate@frame:1+3", one.subarray(0, 3)],
    ["truncate@frame:3+0", join(one, two)],
    ["truncate@frame:3+5", join(one, two, three.subarray(0, 5))],
    ["truncate@frame:3+12", join(one, two, three.subarray(0, 12))],
    ["truncate@frame:3+20", join(one, two, three.subarray(0, 20))],
    ["truncate@frame:4+102", whole],
    ["drop@frame:1", join(two, three, complete)],
    ["drop@frame:2", join(one, three, complete)],
    ["drop@frame:4", join(one, two, three)],
    ["dup@frame:1", join(one, whole)],
    ["dup@frame:3", join(one, two, three, three, complete)],
    ["dup@frame:4", join(whole, complete)],
    ["corrupt@frame:1:payload:0", join(inverted(one, 12 + 90), two, three, complete)],
    ["corrupt@frame:2:payload:2", join(one, inverted(two, 12 + 90 + 2), three, complete)],
    ["corrupt@frame:4:payload:1", join(one, two, three, inverted(complete, 12 + 84 + 1))],
    ["corrupt@frame:2:prelude-crc", join(one, inverted(two, 8), three, complete)],
    ["corrupt@frame:2:message-crc", join(one, inverted(two, two.byteLength - 4), three, complete)],
    ["omit-complete", join(one, two, three)],
    ["merge", whole],
    ["rechunk:1", whole],
    ["rechunk:1000", whole],
    ["bandwidth:1000000000", whole],
  ])("%s", async (text, expected) => {
    expect(ended(await faulty(chunks, [text]))).toEqual({ bytes: expected });
  });

  test.each<[string, Uint8Array]>([
    ["reset", new Uint8Array()],
    ["reset@frame:1", new Uint8Array()],
    ["reset@frame:3", join(one, two)],
    ["reset@frame:5", whole],
    ["reset@byte:13", whole.subarray(0, 13)],
    ["reset@byte:300", whole.subarray(0, 300)],
  ])("%s", async (text, expected) => {
    const steps = await faulty(chunks, [text]);
    expect(ended(steps)).toEqual({ bytes: expected, end: reset() });
    expect(steps.at(-1)).toEqual(reset());
  });

  test.each<[string, Uint8Array, number]>([
    ["stall@frame:1:30s", new Uint8Array(), 30_000],
    ["stall@frame:4:250ms", join(one, two, three), 250],
    ["stall@frame:5:1s", whole, 1000],
    ["stall@byte:0:5ms", new Uint8Array(), 5],
    ["stall@byte:200:5ms", whole.subarray(0, 200), 5],
  ])("%s", async (text, before, ms) => {
    const steps = await faulty(chunks, [text]);
    expect(ended(steps)).toEqual({ bytes: before, end: wait(ms) });
    expect(join(...steps.filter((step) => step instanceof Uint8Array))).toEqual(whole);
    expect(steps.filter((step) => !(step instanceof Uint8Array))).toHaveLength(1);
  });

  test("exception@frame:2 sends an exception in place of frame 2 and ends", async () => {
    const { bytes, end } = ended(await faulty(chunks, ["exception@frame:2:ThrottlingException:Slow down"]));
    expect(end).toBeUndefined();
    expect(bytes.subarray(0, one.byteLength)).toEqual(one);
    const message = decodeMessage(bytes.subarray(one.byteLength));
    expect([...message.headers].map(([name, { value }]) => [name, value])).toEqual([
      [":exception-type", "ThrottlingException"],
      [":content-type", "application/json"],
      [":message-type", "exception"],
    ]);
    expect(JSON.parse(Buffer.from(message.payload).toString())).toEqual({ message: "Slow down" });
  });

  test("error@frame:1 sends an error first of all and ends", async () => {
    const { bytes, end } = ended(await faulty(chunks, ["error@frame:1:InternalFailure"]));
    expect(end).toBeUndefined();
    const message = decodeMessage(bytes);
    expect([...message.headers].map(([name, { value }]) => [name, value])).toEqual([
      [":error-code", "InternalFailure"],
      [":error-message", "Injected by a fault in place of frame 1"],
      [":message-type", "error"],
    ]);
    expect(message.payload).toEqual(new Uint8Array());
  });

  test.each([1, 2, 4])(
    "corrupt@frame:%i:header-len is a header length that cannot be, under right checksums",
    async (frame) => {
      const { bytes } = ended(await faulty(chunks, [`corrupt@frame:${String(frame)}:header-len`]));
      const at = frames.slice(0, frame - 1).reduce((sum, { byteLength }) => sum + byteLength, 0);
      const original = frames[frame - 1]!;
      const changed = bytes.subarray(at, at + original.byteLength);
      expect(new DataView(changed.buffer, changed.byteOffset).getUint32(4)).toBe(original.byteLength - 15);
      // Everything but the length and the two checksums is as it was.
      const other = [...original.keys()].filter((i) => i < 4 || (i >= 12 && i < original.byteLength - 4));
      expect(other.map((i) => changed[i])).toEqual(other.map((i) => original[i]));
      expect(join(bytes.subarray(0, at), original, bytes.subarray(at + original.byteLength))).toEqual(whole);
      // The checksums do not give it away: the length relation does.
      expect(() => decodeMessage(changed)).toThrow(expect.objectContaining({ code: "length_relation" }));
    },
  );

  test("what is not reached is an error after the whole body", async () => {
    for (const text of ["reset@frame:6", "eof@byte:10000", "drop@frame:5", "corrupt@frame:4:payload:2"]) {
      const { bytes, end } = ended(await faulty(chunks, [text]));
      expect(bytes).toEqual(whole);
      expect(end).toMatchObject({ name: "ServiceError", code: "fault_unreached" });
    }
  });
});

describe("what the codec says of a corrupt frame", () => {
  test.each([
    ["corrupt@frame:2:payload:0", "message_crc"],
    ["corrupt@frame:2:message-crc", "message_crc"],
    ["corrupt@frame:2:prelude-crc", "prelude_crc"],
    ["corrupt@frame:2:header-len", "length_relation"],
    ["truncate@frame:2+5", "truncated"],
  ])("%s: %s, after the frames before it", async (text, code) => {
    const { bytes } = ended(await faulty(frames, [text]));
    const decoder = new MessageDecoder();
    let messages = 0;
    const decode = () => {
      for (const _message of decoder.push(bytes)) messages++;
      decoder.finish();
    };
    expect(decode).toThrow(expect.objectContaining({ code }));
    expect(messages).toBe(1);
  });
});

describe("writes and waits", () => {
  const paced = [whole.subarray(0, 50), wait(1), whole.subarray(50, 200), wait(2), whole.subarray(200)];

  test("keep their places where no fault cuts", async () => {
    expect(await faulty(paced, ["corrupt@frame:4:message-crc"])).toEqual([
      ...paced.slice(0, 4),
      inverted(whole.subarray(200), whole.byteLength - 204),
    ]);
    expect(await faulty(paced, ["omit-complete"])).toEqual([...paced.slice(0, 4), join(one, two, three).subarray(200)]);
  });

  test("a write goes on its own when everything else of it was dropped", async () => {
    expect(await faulty([one, wait(1), two, three], ["drop@frame:2"])).toEqual([one, wait(1), three]);
  });

  test("a duplicate is a write of its own", async () => {
    expect(await faulty([join(one, two), three], ["dup@frame:1"])).toEqual([one, one, two, three]);
  });

  test("a stall cuts the write it falls into", async () => {
    expect(await faulty([join(one, two)], ["stall@frame:2:1s"])).toEqual([one, wait(1000), two]);
    expect(await faulty([one, two], ["stall@frame:2:1s"])).toEqual([one, wait(1000), two]);
  });

  test("an end comes as soon as its place is there, not with the bytes after it", async () => {
    for (const text of ["eof@frame:2", "reset@frame:2", "exception@frame:2:X", "truncate@frame:2+0"]) {
      let further = false;
      const body = (async function* () {
        yield one;
        further = true;
        yield two;
      })();
      await faulty(body, [text]);
      expect(further).toBe(false);
    }
  });

  test("rechunk splits each write and merges none", async () => {
    const steps = await faulty([utf8("abcde"), wait(1), utf8("fg"), reset()], ["rechunk:2"]);
    expect(steps).toEqual([utf8("ab"), utf8("cd"), utf8("e"), wait(1), utf8("fg"), reset()]);
  });

  test("bandwidth lets each write wait for its bytes, and loses nothing by rounding", async () => {
    const seven = [utf8("ab"), utf8("cde"), utf8(""), utf8("fg")];
    const expected = [wait(666), seven[0], wait(1000), seven[1], seven[2], wait(667), seven[3]];
    expect(await faulty(seven, ["bandwidth:3"])).toEqual(expected);
    const bytes = Array.from({ length: 9 }, () => utf8("x"));
    const waits = (await faulty([join(...bytes)], ["rechunk:1", "bandwidth:7"])).filter((step) => "kind" in step);
    expect(waits).toEqual([142, 143, 143, 143, 143, 143, 143, 142, 143].map((ms) => wait(ms)));
  });

  test("bandwidth waits longer than one timer can, and keeps the waits there are", async () => {
    const large = new Uint8Array(3_000_000);
    const expected = [wait(5), wait(longestWait), wait(3_000_000_000 - longestWait), large];
    expect(await faulty([wait(5), large], ["bandwidth:1"])).toEqual(expected);
  });

  test("merge makes one write, after the waits and before a reset", async () => {
    expect(await faulty(paced, ["merge"])).toEqual([wait(1), wait(2), whole]);
    expect(await faulty([one, wait(1), two, reset()], ["merge"])).toEqual([wait(1), join(one, two), reset()]);
    expect(await faulty([], ["merge"])).toEqual([]);
  });

  test("merge and omit-complete pass on what they hold when the body throws", async () => {
    for (const text of ["merge", "omit-complete"]) {
      const body = (function* () {
        yield whole.subarray(0, 130);
        throw new Error("trouble");
      })();
      const { bytes, end } = ended(await faulty(body, [text]));
      expect(bytes).toEqual(whole.subarray(0, 130));
      expect((end as Error).message).toBe("trouble");
    }
  });
});

describe("several faults", () => {
  test("apply in order, each to what the one before has left", async () => {
    expect(ended(await faulty(frames, ["drop@frame:1", "eof@frame:2"]))).toEqual({ bytes: two });
    expect(ended(await faulty(frames, ["eof@frame:2", "dup@frame:1"]))).toEqual({ bytes: join(one, one) });
    expect(ended(await faulty(frames, ["dup@frame:1", "drop@frame:3"]))).toEqual({
      bytes: join(one, one, three, complete),
    });
    expect(await faulty(frames, ["merge", "rechunk:100", "eof@byte:150"])).toEqual([
      whole.subarray(0, 100),
      whole.subarray(100, 150),
    ]);
  });

  test("find frames behind one that is corrupt", async () => {
    const steps = await faulty(frames, ["corrupt@frame:1:prelude-crc", "corrupt@frame:2:header-len", "eof@frame:4"]);
    expect(ended(steps).bytes.byteLength).toBe(join(one, two, three).byteLength);
  });

  test("as data or as text, and none at all", async () => {
    const reply = stream(frames);
    expect(applyFaults(reply, [])).toBe(reply);
    expect(await stepsOf(applyFaults(reply, [parseFault("drop@frame:1"), "eof@frame:2"]).body)).toEqual([two]);
  });

  test("equal input gives equal steps, as often as the body can be read", async () => {
    const { body } = applyFaults(stream(frames), ["dup@frame:2", "corrupt@frame:3:header-len", "rechunk:9"]);
    expect(await stepsOf(body)).toEqual(await stepsOf(body));
  });

  test("are all checked before anything is read", () => {
    const body = (function* () {
      yield one;
    })();
    expect(() => applyFaults(stream(body), ["drop@frame:1", "nonsense"])).toThrow(
      expect.objectContaining({ code: "fault_syntax" }),
    );
    expect(() => applyFaults(stream(body), [{ kind: "drop", frame: 0 }])).toThrow(
      expect.objectContaining({ code: "fault_range" }),
    );
    expect(body.next().value).toBe(one);
  });

  test.each([
    ["reset", '"reset"'],
    [{ kind: "reset" }, '{"kind":"reset"}'],
    [null, "null"],
    [5n, "5n"],
    [{ frame: 5n }, "an object that JSON has no text for"],
  ])("are a list, which %o is not", (faults, shown) => {
    expect(() => applyFaults(stream(frames), faults as never)).toThrow(
      expect.objectContaining({
        code: "fault_syntax",
        message: `Could not read the faults ${shown}; expected a list, like ["reset@frame:2"]`,
      }),
    );
  });
});

describe("what was not reached", () => {
  test("says where the body ended", async () => {
    const { end } = ended(await faulty(frames, ["reset@frame:9"]));
    expect((end as Error).message).toBe(
      `The fault reset@frame:9 did not happen: the body has 4 frames, ${String(whole.byteLength)} bytes`,
    );
  });

  test("goes to onUnreached instead, and the body ends cleanly", async () => {
    const errors: ServiceError[] = [];
    const onUnreached = (error: ServiceError) => errors.push(error);
    expect(ended(await faulty(frames, ["drop@frame:9"], { onUnreached }))).toEqual({ bytes: whole });
    expect(errors.map(({ code }) => code)).toEqual(["fault_unreached"]);
  });

  test("is a frame of a body that is no event stream", async () => {
    const { bytes, end } = ended(await stepsOf(applyFaults(replyOf([utf8("text")]), ["drop@frame:1"]).body));
    expect(bytes).toEqual(utf8("text"));
    expect((end as Error).message).toBe(
      "The fault drop@frame:1 did not happen: the body has 4 bytes, and is no event stream",
    );
  });

  test("is a frame after a length that cannot be", async () => {
    const garbage = new Uint8Array(40);
    const { bytes, end } = ended(await faulty([one, garbage], ["dup@frame:3"]));
    expect(bytes).toEqual(join(one, garbage));
    expect(end).toHaveProperty("code", "fault_unreached");
  });
});

describe("the reply around the body", () => {
  const lines = [["Content-Length", "12"], eventStreamLine, ["x-amzn-RequestId", "id-1"]] as const;
  const reply = replyOf(frames, lines);

  test.each([
    "eof@frame:2",
    "truncate@frame:1+2",
    "drop@frame:1",
    "dup@frame:1",
    "exception@frame:1:X",
    "error@frame:1:X",
    "omit-complete",
  ])("%s takes the content-length line away", (text) => {
    expect(applyFaults(reply, [text]).headers).toEqual(lines.slice(1));
  });

  test.each(["reset@frame:2", "stall@frame:2:1s", "corrupt@frame:2:prelude-crc", "rechunk:1", "merge", "bandwidth:9"])(
    "%s leaves it",
    (text) => {
      expect(applyFaults(reply, [text]).headers).toEqual(lines);
    },
  );

  test("status:503 puts a JSON error in its place, keeps the request id, and lets the body clean up", async () => {
    let released = false;
    const body = {
      [Symbol.iterator]: () => ({
        next: (): IteratorResult<Step> => ({ done: true, value: undefined }),
        return: (): IteratorResult<Step> => {
          released = true;
          return { done: true, value: undefined };
        },
      }),
    };
    const failed = applyFaults(replyOf(body, lines), ["status:503"]);
    expect(failed.status).toBe(503);
    const [bytes] = (await stepsOf(failed.body)) as [Uint8Array];
    expect(failed.headers).toEqual([
      ["Content-Type", "application/json"],
      ["Content-Length", String(bytes.byteLength)],
      ["x-amzn-RequestId", "id-1"],
    ]);
    expect(JSON.parse(Buffer.from(bytes).toString())).toEqual({ message: "Injected by the fault status:503" });
    expect(released).toBe(true);
  });

  test("status:429 with a type and a text is the error that SDKs throw", async () => {
    const failed = applyFaults(replyOf(frames, lines), ["status:429:TooManyRequestsException:Rate exceeded"]);
    expect(failed.headers.slice(2)).toEqual([
      ["x-amzn-RequestId", "id-1"],
      ["x-amzn-ErrorType", "TooManyRequestsException"],
    ]);
    const [bytes] = (await stepsOf(failed.body)) as [Uint8Array];
    expect(JSON.parse(Buffer.from(bytes).toString())).toEqual({ message: "Rate exceeded" });
  });

  test("faults at a frame pass an error reply by, faults at a byte do not", async () => {
    const error = replyOf([utf8('{"message":"no"}')], [["content-type", "application/json"]], 404);
    expect(applyFaults(error, ["drop@frame:1", "exception@frame:2:X", "omit-complete"])).toBe(error);
    expect(await stepsOf(applyFaults(error, ["eof@byte:3"]).body)).toEqual([utf8('{"m')]);
    expect(headerValue(applyFaults(error, ["status:429"]).headers, "content-type")).toBe("application/json");
  });

  test("reading less calls the body's return()", async () => {
    for (const text of ["drop@frame:3", "rechunk:5", "stall@byte:0:1ms"]) {
      let cleaned = false;
      const body = (async function* () {
        try {
          yield* frames;
        } finally {
          cleaned = true;
        }
      })();
      const iterator = applyFaults(stream(body), [text]).body as AsyncIterable<Step>;
      for await (const step of iterator) {
        if (step instanceof Uint8Array) break;
      }
      expect(cleaned).toBe(true);
    }
  });
});
