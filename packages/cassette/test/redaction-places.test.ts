import { formatExchange, itemBytes } from "@eventstream-kit/cassette";
import { encodeMessage } from "@eventstream-kit/codec";
import { describe, expect, test } from "vitest";
import { concat } from "./support/bytes.ts";
import { eventStream, recorded, requestOf } from "./support/exchanges.ts";
import { chunkFrame, duplicateFrame, frameAround, wireHeader } from "./support/frames.ts";
import { keyId } from "./support/secrets.ts";
import { base64, counts, cut, expectSameShape, payloads } from "./support/redacted.ts";

describe("everywhere else", () => {
  test("in the path, as it is and percent-encoded", () => {
    const arn = "arn:aws:lambda:eu-west-1:123456789012:function:chat";
    const target = `/functions/${encodeURIComponent(arn)}/x?key=${keyId.replaceAll("A", "%41")}&arn=${arn}`;
    const { request, meta } = recorded([], { request: requestOf({ target }) });
    const zeros = arn.replace("123456789012", "000000000000");
    expect(request.path).toMatch(/^\/functions\/[^/]+\/x\?key=%41KI%41X+&arn=/);
    expect(request.path).toHaveLength(target.length);
    expect(request.path).toContain(encodeURIComponent(zeros));
    expect(request.path).toContain(zeros);
    expect(meta!["redacted"]).toEqual({ headers: 0, "aws-access-key-id": 1, "aws-account-id": 2 });
  });

  test("in Lambda's partial ARN", () => {
    const target = "/2021-11-15/functions/123456789012:function:chat/response-streaming-invocations";
    const { request } = recorded([], { request: requestOf({ target }) });
    expect(request.path).toBe(target.replace("123456789012", "000000000000"));
  });

  test("in headers that are stored, of request and response", () => {
    const headers: [string, string][] = [["x-amz-target", `a ${keyId}`]];
    const exchange = recorded([], {
      request: requestOf({ headers }),
      headers: [eventStream, ["x-amzn-remapped-note", `b ${keyId}`]],
    });
    expect(exchange.request.headers).toEqual([["x-amz-target", "a AKIAXXXXXXXXXXXXXXXX"]]);
    expect(exchange.response.headers[1]).toEqual(["x-amzn-remapped-note", "b AKIAXXXXXXXXXXXXXXXX"]);
  });

  test("in the headers of a frame", () => {
    const headers = { ":message-type": "error", ":error-code": "Denied", ":error-message": `not for ${keyId}` };
    const frame = encodeMessage({ headers, payload: "" });
    const exchange = recorded([frame]);
    expect(formatExchange(exchange)).toContain('[":error-message","string","not for AKIAXXXXXXXXXXXXXXXX"]');
    expectSameShape(exchange, [frame], [frame]);
  });

  test("in the headers of a frame, whose length in bytes stays also where characters have several", () => {
    const headers = { ":message-type": "error", ":error-code": "Denied", ":error-message": "für Zoë 東京 \u{1F600}." };
    const frame = encodeMessage({ headers, payload: "" });
    const exchange = recorded([frame.subarray(0, 20), frame.subarray(20)], {
      options: { redact: { regex: [/Zoë 東京 \u{1F600}/u], find: () => ["Denied"] } },
    });
    expect(formatExchange(exchange)).toContain(`"für ${"X".repeat(16)}."`);
    expect(formatExchange(exchange)).toContain('[":error-code","string","XXXXXX"]');
    expectSameShape(exchange, [frame], [frame.subarray(0, 20), frame.subarray(20)]);
  });

  test("in the body of a request, and what was given is not touched", () => {
    const body = Buffer.from(JSON.stringify({ a: keyId, b: base64(`text ${keyId}`) }));
    const given = body.toString();
    const { request } = recorded([], { request: requestOf({ body }) });
    expect(Buffer.from(request.body).toString()).toBe(
      JSON.stringify({ a: "AKIAXXXXXXXXXXXXXXXX", b: base64("text AKIAXXXXXXXXXXXXXXXX") }),
    );
    expect(body.toString()).toBe(given);
  });

  test("in the log that a buffered invocation has in a header", () => {
    const exchange = recorded([], { headers: [["X-Amz-Log-Result", base64(`START\nthe key is ${keyId}\nEND`)]] });
    const log = base64(`START\nthe key is AKIA${"X".repeat(16)}\nEND`);
    expect(exchange.response.headers).toEqual([["x-amz-log-result", log]]);
    expect(counts(exchange)).toEqual({ headers: 0, "aws-access-key-id": 1 });
  });

  test("in a response that is no event stream, over its chunks", () => {
    const text = JSON.stringify({ message: `no ${keyId}` });
    const exchange = recorded(
      cut(text, 9).map((piece) => Buffer.from(piece)),
      { status: 403, headers: [["content-type", "application/json"]] },
    );
    expect(payloads(exchange).join("")).toBe('{"message":"no AKIAXXXXXXXXXXXXXXXX"}');
  });

  test("in frames after damage, which are raw", () => {
    const exchange = recorded([duplicateFrame(), chunkFrame(keyId).subarray(0, -3)]);
    expect(exchange.items.map(({ kind }) => kind)).toEqual(["raw", "raw"]);
    expect(payloads(exchange)[1]).toContain("AKIAXXXXXXXXXXXXXXXX");
  });

  test.each([1, 50_000, 120_000])(
    "in a frame that the codec refuses: its checksum is right again (%i bytes before)",
    (n) => {
      const one = wireHeader("a", 4, Uint8Array.of(0, 0, 0, 1));
      const around = (text: string) =>
        frameAround(concat(one, one), new TextEncoder().encode(`${"-".repeat(n)} ${text}`));
      const exchange = recorded([around(keyId), chunkFrame("after"), around(keyId)]);
      const masked = around(`AKIA${"X".repeat(16)}`);
      expect(Buffer.concat(exchange.items.map(itemBytes))).toEqual(
        Buffer.concat([masked, chunkFrame("after"), masked]),
      );
      expect(exchange.items.filter(({ kind }) => kind === "frame")).toHaveLength(1);
    },
  );

  test("not in what is compressed, which would only break", () => {
    const bytes = Buffer.from(`gzip of ${keyId}`);
    const exchange = recorded([bytes], { headers: [eventStream, ["content-encoding", "gzip"]] });
    expect(payloads(exchange)).toEqual([bytes.toString()]);
  });

  describe("by a rule for JSON, however frames cut several documents, and whatever a piece looks like alone", () => {
    const rule = { options: { redact: { json: ["$.name"] } } };
    test.each<[what: string, pieces: string[]]>([
      ["one", ['{"name":', '"Ada"', "}"]],
      ["lines", ['{"name":', '"Ada"', '}\n{"name":"Bob"}\n']],
      ["lines with line ends in them", ['{\n "name":', '"Ada"\n', '}\n{\n"name": "Bob"\n}']],
      ["several lines in one piece", ['{\n "name": "Ada"\n}\n{\n "name": "Bob"\n}\n']],
      ["server-sent events", ['data: {"name":', '"Ada"', '}\n\ndata: {"name":"Bob"}\n\n']],
      ["without anything between them", ['{"name":', '"Ada"', '}{"name":"Bob"}']],
      ["a piece that follows on words", ["well: ", '{"name":"Ada"}', ' {"name":"Bob"} and so on']],
      ["a line in a piece that follows on words", ["well: ", 'data: {"name":"Ada"}\n\ndata: {"name":"Bob"}\n\n']],
      ["with a byte order mark", ['\u{feff}{"name":', '"Ada"}', '\n{"name":"Bob"}']],
      ["after a bracket without end", ["[see\n", '{"name":"Ada"}\n{"name":', '"Bob"', "}\n"]],
      // What has a rule of its own only as a part of something else is not touched.
      ["a list of them", ['{"list":[', '{"name":"Eve"}', '],"name":"Ada"}\n', '{"name":"Bob"}']],
      ["prose", ['"name": ', '"Eve"', '\n"{" and {"name":"Eve"}']],
    ])("%s", (_, pieces) => {
      const masked = pieces.join("").replaceAll(/Ada|Bob/g, "XXX");
      expect(payloads(recorded(pieces.map(chunkFrame), rule)).join("")).toBe(masked);
    });

    test("base64 in a document that frames cut", () => {
      const [before, after] = ['{"a":', '}\n{"a":"b"}\n'];
      const exchange = recorded([before, JSON.stringify(base64(`the key is ${keyId}`)), after].map(chunkFrame));
      const masked = JSON.stringify(base64(`the key is AKIA${"X".repeat(16)}`));
      expect(payloads(exchange)).toEqual([before, masked, after]);
    });
  });

  test("in a document of JSON with line ends that frames cut", () => {
    const text = JSON.stringify({ a: { SecretKey: "s3cr3t" }, list: [1] }, null, 2);
    const frames = cut(text, 4).map(chunkFrame);
    const exchange = recorded(frames, { options: { redact: { json: ["$.a.SecretKey"] } } });
    expect(payloads(exchange).join("")).toBe(text.replace("s3cr3t", "XXXXXX"));
  });
});
