import { createHash } from "node:crypto";
import type { Exchange } from "@eventstream-kit/cassette";
import { createRecorder, exchangeChunks, formatCassette, parseCassette } from "@eventstream-kit/cassette";
import type { HeaderLine } from "@eventstream-kit/service";
import { describe, expect, test } from "vitest";
import { concat, utf8 } from "./support/bytes.ts";
import { cassetteOf, eventStream, recorded, requestOf } from "./support/exchanges.ts";
import { chunkFrame, completeFrame, frame } from "./support/frames.ts";
import { thrown } from "./support/thrown.ts";
import { schemaProblems } from "./support/schema.ts";

/** Records chunks that arrive at these times, the request at 0 and the head at the first of them. */
function timed(times: readonly number[], chunks: readonly Uint8Array[]): Exchange {
  const clock = [0, ...times];
  const recording = createRecorder({ now: () => clock.shift()! }).start(requestOf());
  recording.head({ status: 200, headers: [eventStream] });
  for (const chunk of chunks) recording.chunk(chunk);
  return recording.end();
}

const frames = [chunkFrame("Hel"), chunkFrame("lo"), completeFrame()];

describe("time", () => {
  test("the head counts from the request, the first chunk from the head, the others from the one before", () => {
    const { timing } = timed([389.2, 801.8, 852.7, 853.1], frames);
    expect(timing?.res).toBe(389.2);
    expect(timing?.chunks.map(({ dt }) => dt)).toEqual([412.6, 50.9, 0.4]);
  });

  test("rounding to a tenth never adds up: every sum is right to a twentieth", () => {
    const gap = 1 / 3;
    const count = 3000;
    const times = Array.from({ length: count + 1 }, (_, index) => 5 + index * gap);
    const chunks = Array.from({ length: count }, (_, index) => Uint8Array.of(index));
    const { timing } = timed(times, chunks);
    let sum = 0;
    const worst = timing!.chunks.map(({ dt }, index) => Math.abs((sum += dt) - (index + 1) * gap));
    expect(Math.max(...worst)).toBeLessThan(0.0501);
    expect(new Set(timing!.chunks.map(({ dt }) => dt))).toEqual(new Set([0.3, 0.4]));
  });

  test("a clock that stands still gives gaps of 0", () => {
    expect(timed([0, 0, 0, 0], frames).timing).toMatchObject({ res: 0, chunks: [{ dt: 0 }, { dt: 0 }, { dt: 0 }] });
  });

  test("a clock that goes back gives gaps of 0 until it has caught up", () => {
    const { timing } = timed([10, 30, 15, 31], frames);
    expect(timing).toMatchObject({ res: 10, chunks: [{ dt: 20 }, { dt: 0 }, { dt: 1 }] });
  });

  test.each([1e16, 1e308, Infinity, NaN])("a clock that says %d gives a cassette that can be read", (time) => {
    for (const at of [0, 1, 2, 3]) {
      const exchange = timed([10, 20, 30, 40].with(at, time), frames);
      expect(exchange.timing!.chunks.map(({ paused }) => paused)).toEqual([undefined, undefined, undefined]);
      expect(parseCassette(formatCassette(cassetteOf([exchange]))).exchanges).toEqual([exchange]);
    }
  });

  test("ten minutes with silences of a minute", () => {
    const times = [100, ...Array.from({ length: 10 }, (_, index) => 60_000.04 * (index + 1) + 100)];
    const { timing } = timed(
      times,
      Array.from({ length: 10 }, () => chunkFrame("tick")),
    );
    const sum = timing!.chunks.reduce((total, { dt }) => total + dt, 0);
    expect(sum).toBeCloseTo(600_000.4, 1);
  });
});

/** Where each chunk ends: so many items, so many bytes of the next. */
function entries(chunks: readonly Uint8Array[]): [item: number, extra: number][] {
  return recorded(chunks).timing!.chunks.map(({ item, extra }) => [item, extra]);
}

describe("chunks relative to items", () => {
  test("one frame a chunk", () => {
    expect(entries(frames)).toEqual([
      [1, 0],
      [2, 0],
      [3, 0],
    ]);
  });

  test("frames that come together", () => {
    expect(entries([concat(...frames)])).toEqual([[3, 0]]);
  });

  test("chunks that end inside frames", () => {
    const [first, second] = frames;
    expect(
      entries([first!.subarray(0, 5), concat(first!.subarray(5), second!.subarray(0, 9)), second!.subarray(9)]),
    ).toEqual([
      [0, 5],
      [1, 9],
      [2, 0],
    ]);
  });

  test("a chunk with more frames than a call can have arguments", () => {
    const empty = frame([], "");
    const count = 200_000;
    const { items } = recorded([Uint8Array.from({ length: count * 16 }, (_, at) => empty[at % 16]!)]);
    expect(items).toHaveLength(count);
  });

  test("a chunk without bytes is none", () => {
    const empty = new Uint8Array();
    expect(entries([empty, frames[0]!, empty])).toEqual([[1, 0]]);
  });

  test("a chunk that waited for the client is marked", () => {
    const recording = createRecorder().start(requestOf());
    recording.head({ status: 200, headers: [eventStream] });
    recording.chunk(frames[0]!);
    recording.chunk(frames[1]!, { paused: true });
    const exchange = recording.end();
    expect(exchange.timing!.chunks.map(({ paused }) => paused)).toEqual([undefined, true]);
    const text = formatCassette(cassetteOf([exchange]));
    expect(schemaProblems(text)).toEqual([]);
    expect(text).toMatch(/,2,0,"p"]]}\n/);
    expect(parseCassette(text).exchanges).toEqual([exchange]);
  });
});

describe("the end", () => {
  test.each(["eof", "reset", "timeout", "client-abort"] as const)("%s", (how) => {
    const bytes = concat(...frames);
    expect(recorded([bytes], { how }).end).toEqual({
      how,
      items: 3,
      bytes: bytes.length,
      sha256: createHash("sha256").update(bytes).digest("hex"),
    });
  });

  test("node:crypto can do the hashing", () => {
    const options = { sha256: () => createHash("sha256") };
    expect(recorded(frames, { options }).end).toEqual(recorded(frames).end);
  });

  test("at the limit the bytes up to it are kept, and that they are not all is said", () => {
    const exchange = recorded(frames, { options: { maxBytes: frames[0]!.length + 9 } });
    expect(exchange.end).toMatchObject({ how: "limit", items: 2, bytes: frames[0]!.length + 9 });
    expect(exchange.items[1]).toMatchObject({ kind: "raw", why: "truncated" });
    expect(exchangeChunks(exchange).map((chunk) => chunk.length)).toEqual([frames[0]!.length, 9]);
  });

  test("an option that there is not is refused", () => {
    const error = thrown(() => createRecorder({ redakt: { off: [] } } as object));
    expect([error.code, error.message]).toEqual([
      "option",
      expect.stringContaining("found redakt; expected one of now"),
    ]);
  });

  test.each([
    [-1, "-1"],
    [Number.NaN, "NaN"],
    [5n as never, "5n"],
  ])("a limit of %s is refused", (maxBytes, shown) => {
    const error = thrown(() => createRecorder({ maxBytes }));
    expect(error.code).toBe("option");
    expect(error.message).toContain(`maxBytes is ${shown}; expected`);
  });

  test("a limit of 0 keeps the head only", () => {
    expect(recorded(frames, { options: { maxBytes: 0 } })).toMatchObject({
      items: [],
      end: { how: "limit", bytes: 0 },
    });
  });

  test("a body of exactly the limit is whole", () => {
    const options = { maxBytes: concat(...frames).length };
    expect(recorded(frames, { options }).end).toMatchObject({ how: "eof", items: 3 });
  });
});

describe("record case 23: headers and queries keep nothing that is not known to be harmless", () => {
  const secret = "AKIAIOSFODNN7EXAMPLE";
  const sent: HeaderLine[] = [
    ["Host", "lambda.eu-west-1.amazonaws.com"],
    ["Authorization", `AWS4-HMAC-SHA256 Credential=${secret}/20230407/eu-west-1/lambda/aws4_request`],
    ["X-Amz-Security-Token", "token"],
    ["X-Amz-Date", "20230407T000000Z"],
    ["Cookie", "session=1"],
    ["User-Agent", "aws-sdk-js/3"],
    ["amz-sdk-invocation-id", "01234567-89ab-cdef-0123-456789abcdef"],
    ["X-Amz-Client-Context", "e30="],
    ["Accept", "application/vnd.amazon.eventstream"],
    ["X-Amz-Log-Type", "Tail"],
    ["X-Amz-Invocation-Type", "RequestResponse"],
    ["X-Amz-Target", "Logs_20140328.StartLiveTail"],
    ["Content-Type", "application/json"],
    ["X-My-Own", "secret"],
  ];
  const answered: HeaderLine[] = [
    eventStream,
    ["Set-Cookie", "session=2"],
    ["Date", "Fri, 07 Apr 2023 00:00:00 GMT"],
    ["X-Amzn-RequestId", "f5d2a6d0-1d4f-4b0c-a1f2-3e4d5c6b7a89"],
    ["X-Amzn-Trace-Id", "root=1-642f5c00-000000000000000000000001"],
    ["X-Amz-Cf-Id", "e30="],
    ["X-Amz-Executed-Version", "$LATEST"],
    ["X-Amzn-Remapped-Content-Type", "text/plain"],
    ["X-Amzn-Remapped-Authorization", "Basic dXNlcjpwYXNz"],
    ["x-amzn-remapped-set-cookie", "session=1"],
    ["x-amzn-remapped-date", "today"],
    ["x-amzn-remapped-user-agent", "me"],
    ["Transfer-Encoding", "chunked"],
    ["X-My-Own", "secret"],
  ];
  const exchange = recorded(frames, { request: requestOf({ headers: sent }), headers: answered });

  test("of the request", () => {
    expect(exchange.request.headers).toEqual([
      ["accept", "application/vnd.amazon.eventstream"],
      ["x-amz-log-type", "Tail"],
      ["x-amz-invocation-type", "RequestResponse"],
      ["x-amz-target", "Logs_20140328.StartLiveTail"],
      ["content-type", "application/json"],
    ]);
  });

  test("of the response; the ids of the request and its trace are there, but never the real ones", () => {
    expect(exchange.response.headers).toEqual([
      ["content-type", "application/vnd.amazon.eventstream"],
      ["x-amzn-requestid", "00000000-0000-0000-0000-000000000000"],
      ["x-amzn-trace-id", "Root=1-00000000-000000000000000000000000"],
      ["x-amz-executed-version", "$LATEST"],
      ["x-amzn-remapped-content-type", "text/plain"],
    ]);
  });

  test("what is left out is counted", () => {
    expect(exchange.meta).toEqual({ auth: "sigv4", redacted: { headers: 9 + 11 } });
  });

  test.each([
    ["/f?X-Amz-Signature=abc", "/f", 1],
    ["/f?Qualifier=prod&X-Amz-Credential=AKIA&x-amz-date=1", "/f?Qualifier=prod", 2],
    [
      "/f?X-Amz-Algorithm=A&X-Amz-Expires=9&X-Amz-SignedHeaders=h&X-Amz-Security-Token=t&X-Amz-Content-Sha256=x&a=b",
      "/f?a=b",
      5,
    ],
    ["/f?X%2DAmz%2DSignature=abc&a", "/f?a", 1],
    ["/f?X-Amz-Signature", "/f", 1],
    ["/f?a=1#part", "/f?a=1", undefined],
    ["https://host.example:8443/f?X-Amz-Signature=abc#part", "/f", 1],
    ["/arn%3Aaws%3Alambda/a%20b?x=%zz&y=?", "/arn%3Aaws%3Alambda/a%20b?x=%zz&y=?", undefined],
  ])("the query of %s", (target, path, query) => {
    const { request, meta } = recorded(frames, { request: requestOf({ target }) });
    expect(request.path).toBe(path);
    expect(meta!["redacted"]).toEqual({ headers: 0, ...(query === undefined ? {} : { query }) });
  });

  test.each([
    ["AWS4-HMAC-SHA256 Credential=a", "/", "sigv4"],
    ["AWS4-ECDSA-P256-SHA256 Credential=a", "/", "sigv4a"],
    ["Bearer abc", "/", "bearer"],
    ["Basic abc", "/", "other"],
    [undefined, "/?X-Amz-Signature=1", "sigv4-query"],
    [undefined, "/", "none"],
  ])("of the authorization %s only the kind", (value, target, auth) => {
    const headers: HeaderLine[] = value === undefined ? [] : [["authorization", value]];
    const exchangeWith = recorded(frames, { request: requestOf({ headers, target }) });
    expect(exchangeWith.meta).toMatchObject({ auth });
    expect(formatCassette(cassetteOf([exchangeWith]))).not.toContain("abc");
  });

  test.each([
    ["attempt=1; max=3", undefined],
    ["attempt=2; max=3", 2],
    ["attempt=soon", undefined],
  ])("of the retries in %s which attempt it is, unless the first", (value, attempt) => {
    const exchangeWith = recorded([], { request: requestOf({ headers: [["Amz-Sdk-Request", value]] }) });
    expect(exchangeWith.meta!["attempt"]).toBe(attempt);
  });
});

describe("bodies that are not taken for frames", () => {
  const cases: [name: string, headers: HeaderLine[], why: string][] = [
    ["JSON", [["Content-Type", "application/json"]], "not_event_stream"],
    ["nothing said", [], "not_event_stream"],
    ["another type with that beginning", [["Content-Type", "application/vnd.amazon.eventstreams"]], "not_event_stream"],
    ["compressed frames", [eventStream, ["Content-Encoding", "gzip"]], "content_encoding"],
    [
      "compressed JSON",
      [
        ["content-type", "application/json"],
        ["content-encoding", "br"],
      ],
      "content_encoding",
    ],
  ];
  test.each(cases)("%s", (_, headers, why) => {
    const { items } = recorded(frames, { headers });
    expect(items).toEqual([{ kind: "raw", why, bytes: concat(...frames) }]);
  });

  test.each([
    ["a parameter", "application/vnd.amazon.eventstream; charset=utf-8", undefined],
    ["upper case", "Application/VND.amazon.EventStream", undefined],
    ["identity", "application/vnd.amazon.eventstream", "identity"],
  ])("frames with %s are frames", (_, type, encoding) => {
    const headers: HeaderLine[] = [["content-type", type]];
    if (encoding !== undefined) headers.push(["content-encoding", encoding]);
    expect(recorded(frames, { headers }).items.map(({ kind }) => kind)).toEqual(["frame", "frame", "frame"]);
  });
});

test("what is given is not held: memory may be used again", () => {
  const body = Buffer.from("request");
  const recording = createRecorder().start(requestOf({ body }));
  body.fill(0);
  recording.head({ status: 200, headers: [eventStream] });
  expect(recording.end().request.body).toEqual(utf8("request"));
});

test("meta has what the recorder knows, what the end adds, and what was left out", () => {
  const recording = createRecorder({ meta: { recorder: "me", http: "1.1" } }).start(requestOf());
  recording.head({ status: 200, headers: [] });
  expect(recording.end("eof", { http: "2", boundary: "node:data" }).meta).toEqual({
    recorder: "me",
    http: "2",
    boundary: "node:data",
    auth: "none",
    redacted: { headers: 0 },
  });
});

test("recordings of one recorder do not mix", () => {
  const recorder = createRecorder();
  const recordings = Array.from({ length: 1000 }, (_, index) =>
    recorder.start(requestOf({ target: `/${String(index)}` })),
  );
  for (const recording of recordings) recording.head({ status: 200, headers: [eventStream] });
  for (let round = 0; round < 100; round++) {
    for (const [index, recording] of recordings.entries()) recording.chunk(Uint8Array.of(index, index >> 8));
  }
  for (const [index, recording] of recordings.entries()) {
    const exchange = recording.end();
    expect(exchange.request.path).toBe(`/${String(index)}`);
    const chunk = Uint8Array.of(index, index >> 8);
    expect(concat(...exchangeChunks(exchange))).toEqual(concat(...Array.from({ length: 100 }, () => chunk)));
  }
});

const begin = () => createRecorder().start(requestOf());

describe("what is told out of order is refused", () => {
  const head = { status: 200, headers: [eventStream] };
  test.each<[string, () => unknown]>([
    ["a chunk before the head", () => begin().chunk(frames[0]!)],
    ["an end before the head", () => begin().end()],
    [
      "a second head",
      () => {
        const recording = begin();
        recording.head(head);
        recording.head(head);
      },
    ],
    [
      "a chunk after the end",
      () => {
        const recording = begin();
        recording.head(head);
        recording.end();
        recording.chunk(frames[0]!);
      },
    ],
    [
      "a second end",
      () => {
        const recording = begin();
        recording.head(head);
        recording.end();
        recording.end();
      },
    ],
  ])("%s", (_, call) => {
    expect(thrown(call).code).toBe("state");
  });
});
