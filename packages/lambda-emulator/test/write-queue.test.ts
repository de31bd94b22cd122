import { describe, expect, test } from "vitest";
import type { GiveWrite } from "../src/invocation.ts";
import { WriteQueue } from "../src/write-queue.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

describe("writes to a reader that waits", () => {
  test("are finished at once when it asks for more while it takes one, and nobody is told to wait", () => {
    const waits: boolean[] = [];
    const queue = new WriteQueue((waiting) => waits.push(waiting));
    const taken: (Uint8Array | undefined)[] = [];
    const take: GiveWrite = (value) => {
      taken.push(value);
      if (taken.length < 2) queue.take(take);
    };
    queue.take(take);
    expect(queue.write(bytes("one"))).toBe(true);
    expect(waits).toEqual([]);

    expect(queue.write(bytes("two"))).toBeInstanceOf(Promise);
    expect(waits).toEqual([true]);
    expect(taken).toEqual([bytes("one"), bytes("two")]);
  });

  test("are finished when it leaves while it takes one", () => {
    const queue = new WriteQueue();
    queue.take(() => queue.leave());
    expect(queue.write(bytes("one"))).toBe(true);
  });

  test("wait until it asks for more, later", async () => {
    const queue = new WriteQueue();
    queue.take(() => undefined);
    let finished = false;
    const written = Promise.resolve(queue.write(bytes("one"))).then(() => (finished = true));
    await new Promise(setImmediate);
    expect(finished).toBe(false);
    queue.take(() => undefined);
    await written;
  });
});
