import { afterEach, describe, expect, test, vi } from "vitest";
import { SecretGate } from "../src/secret-gate.ts";
import { TextGate } from "../src/text-gate.ts";
import { hexOf, utf8 } from "./support/bytes.ts";
import { thrown } from "./support/thrown.ts";

const key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
/** How many bytes are looked at together, and how many of them come in the window after them again. */
const [windowBytes, overlap] = [122_880, 65_536];

const forms: [name: string, form: string][] = [
  ["as it is", key],
  ["as base64 of base64", btoa(btoa(key))],
  ["every character escaped", hexOf(utf8(key)).replace(/../g, "\\u00$&")],
  ["every byte percent-encoded twice", hexOf(utf8(key)).replace(/../g, "%25$&")],
];
const fillers: [name: string, filler: string][] = [
  ["ASCII", "."],
  ["characters of three bytes", "語"],
  ["characters of four bytes", "\u{1F600}"],
];

/** So many bytes of a character, and dots for what is left. */
function filled(filler: string, bytes: number): string {
  const size = utf8(filler).length;
  return filler.repeat(Math.floor(bytes / size)) + ".".repeat(bytes % size);
}

describe.each(fillers)("between %s", (_, filler) => {
  describe.each(forms)("a secret %s", (_form, form) => {
    const size = form.length;
    const seams = [windowBytes, 2 * windowBytes - overlap, 3 * windowBytes - 2 * overlap];
    const places = seams.flatMap((seam) => [0, 1, 7, size >> 1, size - 1, size].map((before) => seam - before));

    test.each([997, 65_000, 1_000_000])("is found at the seams of windows, in pieces of %i", (piece) => {
      for (const place of places) {
        const text = filled(filler, place) + form + filled(filler, 70_000);
        const bytes = utf8(text);
        const asText = new TextGate(["unlike it", key]);
        const asBytes = new TextGate(["unlike it", key]);
        const found = thrown(() => {
          for (let at = 0; at < text.length; at += piece) asText.text(text.slice(at, at + piece));
          asText.check();
        });
        expect(found.code).toBe("secret");
        const foundInBytes = thrown(() => {
          for (let at = 0; at < bytes.length; at += piece) asBytes.bytes(bytes.subarray(at, at + piece));
          asBytes.check();
        });
        expect(foundInBytes.message).toBe(found.message);
        expect(foundInBytes.found).toEqual(found.found);
        expect(found.found).toMatchObject({ index: 1, in: "text" });
      }
    });
  });

  test("without one: let through", () => {
    const gate = new TextGate([key]);
    const look = () => {
      for (let index = 0; index < 40; index++) gate.text(filled(filler, 10_000) + key.slice(index + 1));
      gate.check();
      gate.clear();
      gate.text(key.slice(0, 20));
      gate.clear();
      gate.bytes(utf8(key.slice(20)));
      gate.check();
    };
    expect(look).not.toThrow();
  });
});

test("lines are counted over all windows", () => {
  const lines = Array.from({ length: 9000 }, (_, index) => `line ${String(index)} of many é\n`);
  for (const at of [0, 1, 4000, 5000, 8999]) {
    const gate = new TextGate([key]);
    const found = thrown(() => {
      for (const [index, line] of lines.entries()) gate.text(index === at ? `${key} ${line}` : line);
      gate.check();
    });
    expect(found.line).toBe(at + 1);
    expect(found.found).toEqual({ index: 0, form: "plain", in: "text" });
    expect(found.message).toContain(` on line ${String(at + 1)};`);
  }
});

const raw = (bytes: Uint8Array) => ({ kind: "raw", why: "not_event_stream", bytes }) as const;

describe("items", () => {
  test("are copied: their memory may be used again at once", () => {
    const gate = new SecretGate([key]);
    const memory = new Uint8Array(20);
    for (const half of [key.slice(0, 20), key.slice(20)]) {
      memory.set(utf8(half));
      gate.item(raw(memory));
    }
    expect(thrown(() => gate.itemsEnded()).code).toBe("secret");
  });

  test("of two exchanges are not one text", () => {
    const gate = new SecretGate([key]);
    const look = () => {
      for (const half of [key.slice(0, 20), key.slice(20)]) {
        gate.item(raw(utf8(half)));
        gate.itemsEnded();
      }
      gate.finish();
    };
    expect(look).not.toThrow();
  });

  test.each([
    ["in a long one, at every seam", 400_000],
    ["longer than the window", 3_000_000],
  ])("%s", (_, length) => {
    for (const at of [0, windowBytes - 10, 1_048_576 - 10, length - key.length]) {
      const bytes = new Uint8Array(length).fill(0x2e);
      bytes.set(utf8(key), Math.min(at, length - key.length));
      const gate = new SecretGate([key]);
      expect(thrown(() => [gate.item(raw(bytes)), gate.itemsEnded()]).code).toBe("secret");
    }
  });

  test.each([0, 1_000_000, 1_048_000, 1_048_576])("JSON around a seam of items: %i bytes before it", (before) => {
    const gate = new SecretGate([key]);
    const halves = [key.slice(0, 20), key.slice(20)].map((d) => raw(utf8(`${JSON.stringify({ d })}\n`)));
    const found = thrown(() => {
      for (let at = 0; at < before; at += 1000) gate.item(raw(new Uint8Array(Math.min(1000, before - at)).fill(0x0a)));
      gate.item(halves[0]!);
      for (let at = 0; at < 40_000; at += 1000) gate.item(raw(new Uint8Array(1000).fill(0x0a)));
      gate.item(halves[1]!);
      gate.itemsEnded();
    });
    expect(found.message).toContain("in what requests and frames carry");
  });
});

afterEach(() => vi.restoreAllMocks());

test("no text is longer than what V8 has among what is short-lived, however long the items and lines are", () => {
  const decode = vi.spyOn(TextDecoder.prototype, "decode");
  const gate = new SecretGate([key]);
  for (let index = 0; index < 100; index++) {
    const bytes = new Uint8Array(index % 10 === 0 ? 500_000 : 40_000).fill(0x2e);
    gate.item(raw(bytes));
    gate.text(`${".".repeat(bytes.length)}\n`);
  }
  gate.itemsEnded();
  gate.finish();
  const lengths = decode.mock.calls.map(([bytes]) => bytes!.byteLength);
  expect(Math.max(...lengths)).toBeLessThan(131_072);
  const all = 2 * (90 * 40_000 + 10 * 500_000) + 100;
  expect(lengths.reduce((sum, length) => sum + length, 0)).toBeLessThan(2.5 * all);
});

test("an item longer than the window is not looked at again with each of those behind it", () => {
  const decode = vi.spyOn(TextDecoder.prototype, "decode");
  const gate = new SecretGate([key]);
  const long = utf8(JSON.stringify({ text: ".".repeat(1_500_000) }));
  gate.item(raw(long));
  for (let index = 0; index < 50; index++) gate.item(raw(utf8(JSON.stringify({ text: "short" }))));
  gate.itemsEnded();
  const looked = decode.mock.calls.reduce((sum, [bytes]) => sum + bytes!.byteLength, 0);
  // In a JSON value of its own, as a line, and as what is carried: each twice at most, and the overlaps of windows.
  expect(looked).toBeLessThan(16 * long.length);
});
