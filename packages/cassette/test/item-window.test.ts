import { decodeMessage, encodeEvent } from "@eventstream-kit/codec";
import { expect, test } from "vitest";
import type { Item } from "../src/cassette.ts";
import { ItemWindow } from "../src/item-window.ts";
import { utf8 } from "./support/bytes.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

function itemOf(event: string, payload: string): Item {
  return { kind: "frame", message: decodeMessage(encodeEvent({ event, text: payload })) };
}

/** What an item counts for besides its payload. */
const itemCost = 64;

function sizeOf(payloads: readonly string[]): number {
  return payloads.reduce((sum, { length }) => sum + length + itemCost, 0);
}

test("has the last items, however often others were forgotten", () => {
  const window = new ItemWindow(1000);
  let expected: string[] = [];
  for (let index = 0; index < 500; index++) {
    const payload = `${index};`.repeat(index % 50);
    window.add(itemOf("chunk", payload));
    expected.push(payload);
    const kept = index % 7 === 6 ? 600 : Infinity;
    while (sizeOf(expected.slice(1)) >= kept) expected = expected.slice(1);
    window.forget(kept);
    expect(window.size).toBe(sizeOf(expected));
    expect([...window.payloads()].map(text)).toEqual(expected);
    expect(text(window.whole())).toBe(expected.join(""));
  }
  window.clear();
  expect([[...window.payloads()], window.size, window.whole().length]).toEqual([[], 0, 0]);
});

test("tells types apart that have others in between, also when some were forgotten", () => {
  const window = new ItemWindow(1000);
  const scattered = () => window.scattered().map((parts) => parts.map(text));
  for (const [event, payload] of ["records r1", "records r2", "progress p1"].map((given) => given.split(" "))) {
    window.add(itemOf(event!, payload!));
  }
  expect(scattered()).toEqual([]);
  window.add(itemOf("records", "r3"));
  expect(scattered()).toEqual([["r1", "r2", "r3"]]);
  window.forget(2 * (2 + itemCost));
  expect(scattered()).toEqual([]);
  window.add({ kind: "raw", why: "truncated", bytes: utf8("raw") });
  window.add(itemOf("progress", "p2"));
  expect(scattered()).toEqual([["p1", "p2"]]);
});
