import {
  assertNoSecretsInExchange,
  createRecorder,
  formatCassette,
  formatCassetteText,
  parseCassette,
  redactExchange,
  replay,
  type Exchange,
} from "@eventstream-kit/cassette";
import type { HeaderLine } from "@eventstream-kit/service";
import { describe, expect, test } from "vitest";
import { cassetteOf, eventStream, recorded, requestOf } from "./support/exchanges.ts";
import { golden } from "./support/golden.ts";
import { thrown } from "./support/thrown.ts";

const keyId = ["AKIA", "QYTH7VN2ABCDEFGH"].join("");

function recordedWith(trailers: readonly HeaderLine[], how: Exchange["end"]["how"] = "eof", maxBytes = 100): Exchange {
  const recording = createRecorder({ maxBytes }).start(requestOf());
  recording.head({ status: 200, headers: [eventStream] });
  recording.chunk(new Uint8Array(10));
  return recording.end(how, {}, trailers);
}

describe("Trailers are recorded", () => {
  test("as headers are: those that matter, in lower case and masked; the others are counted", () => {
    const { trailers, meta } = recordedWith([
      ["X-Amzn-Remapped-Sum", "1"],
      ["x-amzn-remapped-sum", keyId],
      ["X-Unknown", "nobody knows"],
      ["Content-Length", "10"],
    ]);
    expect(trailers).toEqual([
      ["x-amzn-remapped-sum", "1"],
      ["x-amzn-remapped-sum", `AKIA${"X".repeat(16)}`],
    ]);
    expect(meta!["redacted"]).toEqual({ headers: 2, "aws-access-key-id": 1 });
  });

  test.each(["reset", "timeout", "client-abort"] as const)("not after %s", (how) => {
    expect(recordedWith([["retry-after", "1"]], how)).not.toHaveProperty("trailers");
  });

  test("not when there are none that matter, or the body is too long to be kept", () => {
    expect(recordedWith([])).not.toHaveProperty("trailers");
    expect(recordedWith([["x-unknown", "1"]])).not.toHaveProperty("trailers");
    expect(recordedWith([["retry-after", "1"]], "eof", 5)).not.toHaveProperty("trailers");
  });
});

describe("A line of trailers", () => {
  const text = golden("trailers");
  const line = text.split("\n").findIndex((one) => one.includes("trailers")) + 1;
  const { exchanges } = parseCassette(text);
  const { trailers } = exchanges[0]!;

  test("is read, and written as it was", () => {
    expect(trailers).toEqual([
      ["x-amzn-bedrock-output-token-count", "12"],
      ["x-amzn-remapped-checksum", "a"],
      ["x-amzn-remapped-checksum", "b"],
    ]);
    expect(formatCassette(parseCassette(text))).toBe(text);
    const strange = text
      .replace('{"k":"trailers","headers":', '{"later":1, "headers": ')
      .replace('"b"]]}', '"b"]],"k":"trailers"}');
    expect(formatCassetteText(strange)).toBe(text.replace('"b"]]}', '"b"]],"later":1}'));
  });

  const moved = (to: (lines: string[], trailers: string) => void) => {
    const lines = text.split("\n");
    const [taken] = lines.splice(line - 1, 1);
    to(lines, taken!);
    return lines.join("\n");
  };

  test.each([
    ["no headers", text.replace('"k":"trailers","headers"', '"k":"trailers","lines"'), "field", "trailers.headers"],
    ["a value with a line end", text.replace('"12"]', '"1\\r\\n2"]'), "field", "trailers.headers[0][1]"],
    ["behind the end", moved((lines, taken) => lines.splice(line, 0, taken)), "order", "k"],
    ["before the last item", moved((lines, taken) => lines.splice(line - 2, 0, taken)), "order", "k"],
    ["twice", text.replace(/^(\{"k":"trailers".*)$/m, "$1\n$1"), "order", "k"],
  ])("is refused with %s", (_, bad, code, field) => {
    expect(thrown(() => parseCassette(bad))).toMatchObject({ code, field });
  });

  test("is masked, and checked for secrets", () => {
    const exchange = { ...exchanges[0]!, trailers: [["retry-after", keyId]] } as const;
    expect(() => assertNoSecretsInExchange(exchange, [keyId])).toThrow(expect.objectContaining({ code: "secret" }));
    expect(redactExchange(exchange).trailers).toEqual([["retry-after", `AKIA${"X".repeat(16)}`]]);
    expect(redactExchange(exchanges[0]!)).toBe(exchanges[0]);
  });
});

test("Trailers are replayed, and an answer without any says nothing of them", async () => {
  const exchange = { ...recorded([new Uint8Array(3)]), trailers: [["retry-after", "1"]] } as const;
  expect((await replay(cassetteOf([exchange])).handle(requestOf()))!.trailers).toEqual([["retry-after", "1"]]);
  const without = await replay(cassetteOf([recorded([])])).handle(requestOf());
  expect(without).not.toHaveProperty("trailers");
});
