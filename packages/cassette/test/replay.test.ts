import type { Exchange, ReplayMiss, ReplayOptions } from "@eventstream-kit/cassette";
import { CassetteError, replay } from "@eventstream-kit/cassette";
import { decodeStream } from "@eventstream-kit/codec";
import type { Fault, Reply } from "@eventstream-kit/service";
import { firstOf, formatFault, randomFault, ServiceError, toResponse } from "@eventstream-kit/service";
import { describe, expect, test } from "vitest";
import { concat, hexOf, utf8 } from "./support/bytes.ts";
import { cassetteOf, eventStream, invokePath, notedDelay, play, recorded, requestOf } from "./support/exchanges.ts";
import { chunkFrame, completeFrame } from "./support/frames.ts";
import { keyId } from "./support/secrets.ts";
import { thrown } from "./support/thrown.ts";

const frames = [chunkFrame("Hel"), chunkFrame("lo"), completeFrame()];
const text = async (reply: Reply | undefined) => new TextDecoder().decode(concat(...(await play(reply)).chunks));

/** A response that says which it is. */
function numbered(number: number, request = requestOf()): Exchange {
  return recorded([utf8(String(number))], { request, headers: [["content-type", "text/plain"]] });
}

describe("the reply", () => {
  test("has the status, headers, bytes and chunks recorded", async () => {
    const headers = [eventStream, ["X-Amz-Executed-Version", "$LATEST"]] as const;
    const chunks = [frames[0]!.subarray(0, 7), concat(frames[0]!.subarray(7), frames[1]!), frames[2]!];
    const reply = await replay(cassetteOf([recorded(chunks, { headers })])).handle(requestOf());
    expect(reply?.status).toBe(200);
    expect(reply?.headers).toEqual([
      ["content-type", "application/vnd.amazon.eventstream"],
      ["x-amz-executed-version", "$LATEST"],
    ]);
    const played = await play(reply);
    expect(played.chunks.map(hexOf)).toEqual(chunks.map(hexOf));
    expect(played).toMatchObject({ waits: [], reset: false });
  });

  test("can be read twice", async () => {
    const reply = await replay(cassetteOf([recorded(frames)])).handle(requestOf());
    expect((await play(reply)).chunks.map(hexOf)).toEqual((await play(reply)).chunks.map(hexOf));
  });

  test.each([
    ["eof", false],
    ["reset", true],
    ["timeout", true],
    ["client-abort", true],
    ["limit", true],
  ] as const)("after %s", async (how, reset) => {
    const exchange = recorded(frames);
    const cut = { ...exchange, end: { ...exchange.end, how } };
    const played = await play(await replay(cassetteOf([cut])).handle(requestOf()));
    expect(played.chunks).toHaveLength(3);
    expect(played.reset).toBe(reset);
  });

  test("a length is that of the body there is", async () => {
    const headers = [["Content-Length", "99"]] as const;
    const error = recorded([utf8("{}")], { status: 400, headers });
    expect((await replay(cassetteOf([error])).handle(requestOf()))?.headers).toEqual([["content-length", "2"]]);
    const head = recorded([], { headers, request: requestOf({ method: "HEAD" }) });
    const reply = await replay(cassetteOf([head])).handle(requestOf({ method: "HEAD" }));
    expect(reply?.headers).toEqual([["content-length", "99"]]);
    const broken = recorded([utf8("{}")], { headers, how: "reset" });
    expect((await replay(cassetteOf([broken])).handle(requestOf()))?.headers).toEqual([["content-length", "99"]]);
  });

  test("is refused when chunks and items do not fit, as in an exchange made by hand", async () => {
    const exchange = recorded(frames);
    const timing = { ...exchange.timing!, chunks: [{ dt: 0, item: 2, extra: 0 }] };
    const answer = replay(cassetteOf([{ ...exchange, timing }])).handle(requestOf());
    await expect(answer).rejects.toMatchObject({ code: "integrity", field: "timing.chunks" });
  });

  test.each([
    [-1, 0, "[1]"],
    [0.5, 0, "[1]"],
    [NaN, 0, "[1]"],
    [1, -2, "[2]"],
    [1, 0.5, "[2]"],
    [1, NaN, "[2]"],
  ])("nor does a chunk that ends with item %d and %d bytes", async (item, extra, member) => {
    const exchange = recorded(frames);
    const timing = { ...exchange.timing!, chunks: [{ dt: 0, item, extra }, ...exchange.timing!.chunks.slice(1)] };
    const answer = replay(cassetteOf([{ ...exchange, timing }])).handle(requestOf());
    await expect(answer).rejects.toMatchObject({ code: "integrity", field: `timing.chunks[0]${member}` });
  });
});

/** What is waited for, before the head and between the chunks. Recorded: 10 ms each. */
async function waits(options: ReplayOptions): Promise<{ head: number[]; body: readonly number[] }> {
  const { delay, waited } = notedDelay();
  const reply = await replay(cassetteOf([recorded(frames)]), { delay, ...options }).handle(requestOf());
  return { head: waited, body: (await play(reply)).waits };
}

describe("speed", () => {
  test.each<[name: string, options: ReplayOptions, head: number[], body: number[]]>([
    ["no waits unless asked for", {}, [], []],
    ["max: no waits", { speed: "max" }, [], []],
    ["recorded", { speed: "recorded" }, [10], [10, 10, 10]],
    ["1", { speed: 1 }, [10], [10, 10, 10]],
    ["twice as fast", { speed: 2 }, [5], [5, 5, 5]],
    ["half as fast", { speed: 0.5 }, [20], [20, 20, 20]],
    ["no gap longer than", { speed: "recorded", maxGap: 4 }, [4], [4, 4, 4]],
    ["the limit applies after the speed", { speed: 5, maxGap: 4 }, [2], [2, 2, 2]],
    ["no gap shorter than", { speed: 5, minGap: 4 }, [4], [4, 4, 4]],
    ["no gap shorter than, although nothing waits", { minGap: 4 }, [4], [4, 4, 4]],
    ["a gap of one length", { speed: "recorded", minGap: 7, maxGap: 7 }, [7], [7, 7, 7]],
    ["a limit of 0", { speed: "recorded", maxGap: 0 }, [], []],
    ["no timer is asked to wait longer than it can", { speed: 1e-12 }, [2_147_483_647], Array(3).fill(2_147_483_647)],
  ])("%s", async (_, options, head, body) => {
    expect(await waits(options)).toEqual({ head, body });
  });

  test("a client that goes away ends the wait for the head", async () => {
    const controller = new AbortController();
    const service = replay(cassetteOf([recorded(frames)]), { speed: 1e-6 });
    const answer = service.handle({ ...requestOf(), signal: controller.signal });
    controller.abort(new Error("gone"));
    await expect(answer).rejects.toThrow("gone");
  });

  test.each<[string, object]>([
    ["speed", { speed: 0 }],
    ["speed", { speed: -1 }],
    ["speed", { speed: Number.NaN }],
    ["speed", { speed: Infinity }],
    ["speed", { speed: "fast" }],
    ["maxGap", { maxGap: -1 }],
    ["minGap", { minGap: -1 }],
    ["minGap", { minGap: 2, maxGap: 1 }],
    ["minGap", { minGap: Number.NaN }],
    ["seed", { seed: 0.5 }],
    ["seed", { seed: 1, fault: "merge" }],
    ["maxGap", { maxGap: Number.NaN }],
    ["maxGap", { maxGap: 5n }],
    ["minGap", { minGap: 5n }],
    ["minGap", { minGap: "5" }],
    ["faults", { faults: "merge" }],
    ["match.headers", { match: { headers: "x-id" } }],
    ["match.headers", { match: { headers: [5n] } }],
    ["match.ignore", { match: { ignore: "/id" } }],
    ["match.ignore", { match: { ignore: [5n] } }],
    ["redact.json", { redact: { json: "$.id" } }],
    ["redact.regex", { redact: { regex: /id/ } }],
    ["redact.off", { redact: { off: 5n } }],
    ["redact.normalize", { redact: { normalize: null } }],
    ["afterLast", { afterLast: "stop" }],
    ["miss", { miss: "ignore" }],
  ])("an option that cannot be: %s", (name, options) => {
    const error = thrown(() => replay(cassetteOf([]), options));
    expect(error.code).toBe("option");
    expect(error.message).toContain(`${name} is`);
  });

  test.each<[string, object | null]>([
    ["found spede; expected one of speed, ", { spede: "max" }],
    ["found match.header; expected one of headers, body, ignore", { match: { header: ["x-id"] } }],
    ["found redact.pattern; expected one of off, json, regex, find, normalize", { redact: { pattern: [/a/] } }],
    ["redact is null; expected an object", { redact: null }],
    ["what was given is null; expected an object", null],
  ])("an option that there is not: %s", (message, options) => {
    const error = thrown(() => replay(cassetteOf([]), options as never));
    expect([error.code, error.message]).toEqual(["option", expect.stringContaining(message)]);
  });

  test.each<[string, unknown]>([
    ['"chat.cassette.jsonl"', "chat.cassette.jsonl"],
    ["undefined", undefined],
    ["undefined", [cassetteOf([]), undefined]],
    ["null", null],
    ["{}", {}],
  ])("what is no cassette: %s", (found, cassettes) => {
    const error = thrown(() => replay(cassettes as never));
    const message = `a cassette is ${found}; expected what parseCassette or loadCassette returns`;
    expect([error.code, error.message]).toEqual(["option", `Reading the options: ${message}`]);
  });
});

describe("several recordings of one request", () => {
  const cassette = cassetteOf([numbered(1), numbered(2), numbered(3)]);

  test("are played in order, then the last one again", async () => {
    const service = replay(cassette);
    const seen: string[] = [];
    for (let call = 0; call < 5; call++) seen.push(await text(await service.handle(requestOf())));
    expect(seen).toEqual(["1", "2", "3", "3", "3"]);
    expect(service.usage().map(({ played }) => played)).toEqual([1, 1, 3]);
  });

  test("are played once each to calls at one time", async () => {
    const service = replay(cassette, { speed: "recorded", delay: notedDelay().delay });
    const replies = await Promise.all([1, 2, 3].map(() => service.handle(requestOf())));
    expect(await Promise.all(replies.map(text))).toEqual(["1", "2", "3"]);
  });

  test("over several cassettes", async () => {
    const service = replay([cassetteOf([numbered(1)]), cassetteOf([numbered(2)])]);
    expect(await text(await service.handle(requestOf()))).toBe("1");
    expect(await text(await service.handle(requestOf()))).toBe("2");
  });

  test("among those of other requests", async () => {
    const other = requestOf({ body: "other" });
    const service = replay(cassetteOf([numbered(1), numbered(2, other), numbered(3)]));
    expect(await text(await service.handle(other))).toBe("2");
    expect(await text(await service.handle(requestOf()))).toBe("1");
    expect(await text(await service.handle(requestOf()))).toBe("3");
    expect(await text(await service.handle(other))).toBe("2");
  });

  test("can end in a miss instead", async () => {
    const misses: ReplayMiss[] = [];
    const service = replay(cassette, { afterLast: "miss", onMiss: (miss) => misses.push(miss) });
    for (let call = 0; call < 3; call++) await service.handle(requestOf());
    expect((await service.handle(requestOf()))?.status).toBe(404);
    expect(misses).toMatchObject([{ reason: "used-up", nearest: { exchange: cassette.exchanges[0] } }]);
    expect(misses[0]!.message).toBe(
      `No recording is left for POST ${invokePath}: found 3, all played, the first one exchange 1`,
    );
  });

  test("begin anew after reset()", async () => {
    const service = replay(cassette);
    await service.handle(requestOf());
    service.reset();
    expect(service.usage().map(({ played }) => played)).toEqual([0, 0, 0]);
    expect(await text(await service.handle(requestOf()))).toBe("1");
  });
});

describe("a request without recording", () => {
  const cassette = cassetteOf(
    [
      numbered(1, requestOf({ target: "/functions/talk", body: '{"user":"ada"}' })),
      numbered(2, requestOf({ target: "/functions/chat", body: '{"user":"ada","n":1}' })),
      numbered(3, requestOf({ method: "GET", target: "/functions/chat" })),
    ],
    { title: "two functions" },
  );

  test("is answered with an error that SDKs raise and do not try again", async () => {
    const reply = await replay(cassette).handle(requestOf({ target: "/functions/chat", body: '{"user":"bob","n":1}' }));
    expect(reply?.status).toBe(404);
    expect(Object.fromEntries(reply!.headers)).toMatchObject({ "x-amzn-errortype": "ReplayMissError" });
    expect(JSON.parse(await text(reply))).toEqual({
      message:
        'No recording matches POST /functions/chat: the nearest of 3, exchange 2 of "two functions", differs in body/user: recorded "ada", received "bob"',
    });
  });

  test.each([
    ["the nearest has the same path", requestOf({ target: "/functions/chat", body: "1" }), 2, "body"],
    ["or the longest common beginning of it", requestOf({ target: "/functions/chats" }), 2, "path"],
    ["a method in common is the least", requestOf({ method: "GET", target: "/functions/talk" }), 3, "path"],
  ])("%s", async (_, request, number, field) => {
    const misses: ReplayMiss[] = [];
    await replay(cassette, { onMiss: (miss) => misses.push(miss) }).handle(request);
    expect(misses).toHaveLength(1);
    expect(misses[0]).toMatchObject({ reason: "no-match", request, nearest: { cassette, difference: { field } } });
    expect(misses[0]!.nearest!.exchange).toBe(cassette.exchanges[number - 1]);
  });

  test("with no recordings at all", async () => {
    const reply = await replay([]).handle(requestOf({ target: "/x" }));
    expect(await text(reply)).toBe('{"message":"No recording matches POST /x: there are none"}');
  });

  test("long values are cut in the message", async () => {
    const reply = await replay(cassette).handle(
      requestOf({ target: "/functions/talk", body: JSON.stringify({ user: "x".repeat(5000) }) }),
    );
    expect((await text(reply)).length).toBeLessThan(400);
  });

  test("can be left to another service, and is told about all the same", async () => {
    const misses: string[] = [];
    const service = replay(cassette, { miss: "pass", onMiss: ({ message }) => misses.push(message) });
    const fallback = { handle: () => Promise.resolve({ status: 418, headers: [], body: [] }) };
    const reply = await firstOf([service, fallback]).handle(requestOf());
    expect(reply?.status).toBe(418);
    expect(misses).toHaveLength(1);
  });
});

test("usage tells what nobody asked for", async () => {
  const first = cassetteOf([numbered(1), numbered(2, requestOf({ target: "/other" }))]);
  const second = cassetteOf([numbered(3, requestOf({ target: "/third" }))]);
  const service = replay([first, second]);
  await service.handle(requestOf());
  const unused = service.usage().filter(({ played }) => played === 0);
  expect(unused).toEqual([
    { cassette: first, exchange: first.exchanges[1], played: 0 },
    { cassette: second, exchange: second.exchanges[0], played: 0 },
  ]);
});

const whole = cassetteOf([recorded([concat(...frames)])]);
const handle = async (...faults: string[]) => replay(whole, { faults }).handle(requestOf());

async function messages(reply: Reply | undefined): Promise<string[]> {
  const all: string[] = [];
  for await (const message of decodeStream(toResponse(reply!))) all.push(hexOf(message.payload));
  return all;
}

describe("faults", () => {
  test("a reset after a frame", async () => {
    const played = await play(await handle("reset@frame:2"));
    expect(hexOf(concat(...played.chunks))).toBe(hexOf(frames[0]!));
    expect(played.reset).toBe(true);
  });

  test("another status", async () => {
    expect((await handle("status:503"))?.status).toBe(503);
  });

  test("one alone, and together with others, which follow it", async () => {
    const one = await play(await replay(whole, { fault: "reset@frame:2" }).handle(requestOf()));
    expect(one).toEqual(await play(await handle("reset@frame:2")));
    const given = { fault: "drop@frame:1", faults: ["reset@frame:2"] };
    const both = await play(await replay(whole, given).handle(requestOf()));
    expect(both).toEqual(await play(await handle("drop@frame:1", "reset@frame:2")));
    expect(both).not.toEqual(one);
  });

  test("are checked when the replay is made", () => {
    expect(() => replay(whole, { fault: "explode" })).toThrow(ServiceError);
    expect(() => replay(whole, { faults: [{ kind: "status", status: 99 }] })).toThrow(ServiceError);
    expect(() => replay(whole, { faults: ["explode"] })).toThrow(ServiceError);
    expect(() => replay(whole, { faults: ["explode"] })).not.toThrow(CassetteError);
  });
});

describe("record case 34: cutting and merging chunks never changes what is decoded", () => {
  test("a seed breaks each answer in its own way, and the same calls in the same ways", async () => {
    const error = numbered(1, requestOf({ target: "/error" }));
    const run = async (seed: number) => {
      const told: string[] = [];
      const onFault = (fault: Fault) => void told.push(formatFault(fault));
      const service = replay(cassetteOf([recorded(frames), error]), { seed, onFault });
      const answers: unknown[] = [];
      for (let call = 0; call < 20; call++) {
        const { chunks, reset } = await play(await service.handle(requestOf()));
        answers.push([chunks.map(hexOf), reset]);
      }
      // There are no frames to break in an answer that has none.
      expect(await text(await service.handle(requestOf({ target: "/error" })))).toBe("1");
      service.reset();
      const again = await play(await service.handle(requestOf()));
      expect([again.chunks.map(hexOf), again.reset]).toEqual(answers[0]);
      return { answers, told };
    };
    const seven = await run(7);
    expect(await run(7)).toEqual(seven);
    expect(seven.told.slice(0, 20)).toEqual(
      Array.from({ length: 20 }, (_, call) => formatFault(randomFault(7 + call, { frames: 3 }))),
    );
    expect(seven.told).toHaveLength(21);
    expect(new Set(seven.told).size).toBeGreaterThan(5);
    expect((await run(8)).answers).not.toEqual(seven.answers);
  });

  test("a seed chooses only what a stream has", async () => {
    const told: string[] = [];
    const onFault = ({ kind }: Fault) => void told.push(kind);
    const service = replay(cassetteOf([recorded(frames.slice(0, 2))]), { seed: 1, onFault });
    for (let call = 0; call < 100; call++) await play(await service.handle(requestOf()));
    expect(told).toHaveLength(100);
    expect(new Set(told).size).toBe(10);
    expect(told).not.toContain("omit-complete");
  });

  test.each(["rechunk:1", "rechunk:7", "merge"])("%s", async (fault) => {
    const faulty = await handle(fault);
    expect(await messages(faulty)).toEqual(await messages(await handle()));
    expect((await play(await handle(fault))).chunks.length).toBe(
      fault === "merge" ? 1 : Math.ceil(concat(...frames).length / Number(fault.slice("rechunk:".length))),
    );
  });
});

describe("requests with something secret", () => {
  const secretBody = { token: keyId, user: { email: "ada@example.com" } };
  const request = requestOf({
    target: "/functions/arn:aws:lambda:eu-west-1:210987654321:function:f/x?key=AKIAQWERTYUIOPASDFGH",
    headers: [["x-amz-target", `f ${keyId}`]],
    body: JSON.stringify(secretBody),
  });

  test("match what was recorded of them, and so do those with another secret of the same length", async () => {
    const service = replay(cassetteOf([recorded([chunkFrame("a")], { request })]), { afterLast: "repeat" });
    expect((await service.handle(request))?.status).toBe(200);
    const other = { ...secretBody, token: "AKIAQWERTYUIOPASDFGH" };
    expect((await service.handle({ ...request, body: utf8(JSON.stringify(other)) }))?.status).toBe(200);
  });

  test("match with the user's rules when replay knows them", async () => {
    const redact = { json: ["$.user.email"] };
    const cassette = cassetteOf([recorded([chunkFrame("a")], { request, options: { redact } })]);
    expect((await replay(cassette, { redact }).handle(request))?.status).toBe(200);
    const missed = await replay(cassette).handle(request);
    expect(missed?.status).toBe(404);
  });

  test("match what was recorded without redaction, too", async () => {
    const cassette = cassetteOf([recorded([chunkFrame("a")], { request, options: { redact: false } })]);
    expect((await replay(cassette).handle(request))?.status).toBe(200);
    expect((await replay(cassette, { redact: false }).handle(request))?.status).toBe(200);
  });

  test("do not show it when they miss", async () => {
    const misses: string[] = [];
    const cassette = cassetteOf([recorded([chunkFrame("a")], { request: { ...request, body: utf8("{}") } })]);
    await replay(cassette, { onMiss: ({ message }) => misses.push(message) }).handle(request);
    expect(misses.join()).toContain("differs in body/token");
    expect(misses.join()).not.toContain(keyId.slice(4));
  });
});
