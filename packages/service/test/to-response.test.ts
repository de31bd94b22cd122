import { describe, expect, test } from "vitest";
import { reset, ServiceError, toResponse, wait } from "@eventstream-kit/service";
import type { Body, Step } from "@eventstream-kit/service";
import { Gate, replyOf, utf8 } from "./support.ts";

async function* stuck() {
  yield utf8("one");
  await new Promise(() => {});
}

describe("toResponse", () => {
  test("gives status, headers and body", async () => {
    const response = toResponse(replyOf([utf8("Hel"), utf8("lo")], [["X-A", "1"]], 202));
    expect(response.status).toBe(202);
    expect(response.headers.get("x-a")).toBe("1");
    expect(await response.text()).toBe("Hello");
  });

  test("joins lines of one name with a comma and keeps set-cookie lines apart", () => {
    const { headers } = toResponse(
      replyOf(
        [],
        [
          ["Vary", "Origin"],
          ["set-cookie", "a=1"],
          ["vary", "Accept"],
          ["Set-Cookie", "b=2"],
        ],
      ),
    );
    expect(headers.get("vary")).toBe("Origin, Accept");
    expect(headers.getSetCookie()).toEqual(["a=1", "b=2"]);
  });

  test.each([204, 205, 304])("gives %i no body and lets the reply's body clean up", async (status) => {
    let returned = false;
    const body = {
      [Symbol.iterator]: () => ({
        next: (): IteratorResult<Step> => ({ done: true, value: undefined }),
        return: (): IteratorResult<Step> => {
          returned = true;
          return { done: true, value: undefined };
        },
      }),
    };
    const response = toResponse(replyOf(body, [], status));
    expect(response.status).toBe(status);
    expect(response.body).toBeNull();
    expect(returned).toBe(true);
  });

  test.each([100, 101, 199, 600, 200.5, Number.NaN])("refuses the status %d", (status) => {
    expect(() => toResponse(replyOf([], [], status))).toThrow(expect.objectContaining({ code: "reply_status" }));
  });

  test.each([
    ["a name that is no token", "x y", "1"],
    ["a line break in a value", "x", "1\r\ny: 2"],
    ["a value outside Latin-1", "x", "€"],
  ])("refuses %s", (_what, name, value) => {
    expect(() => toResponse(replyOf([], [[name, value]]))).toThrow(expect.objectContaining({ code: "reply_header" }));
  });

  test("delivers each step before the next one exists", async () => {
    const acknowledged = [new Gate(), new Gate()];
    async function* body() {
      yield utf8("one");
      await acknowledged[0]!.promise;
      yield utf8("two");
      await acknowledged[1]!.promise;
      yield utf8("three");
    }
    const reader = toResponse(replyOf(body())).body!.getReader();
    for (const [i, expected] of ["one", "two", "three"].entries()) {
      const { value } = await reader.read();
      expect(value).toEqual(utf8(expected));
      acknowledged[i]?.open();
    }
    expect((await reader.read()).done).toBe(true);
  });

  test("pulls a step only when somebody reads", async () => {
    let pulled = 0;
    function* body() {
      for (; pulled < 100;) {
        pulled++;
        yield utf8("x");
      }
    }
    const reader = toResponse(replyOf(body())).body!.getReader();
    expect(pulled).toBe(0);
    await reader.read();
    await reader.read();
    expect(pulled).toBe(2);
  });

  test("copies bytes, so a body may reuse its buffer and a receiver may change what it got", async () => {
    const buffer = new Uint8Array(1);
    function* body() {
      for (const byte of [1, 2, 3]) {
        buffer[0] = byte;
        yield buffer;
      }
    }
    expect(await toResponse(replyOf(body())).bytes()).toEqual(Uint8Array.of(1, 2, 3));
  });

  test("skips steps of no bytes", async () => {
    const reader = toResponse(replyOf([new Uint8Array(), utf8("a"), new Uint8Array()])).body!.getReader();
    expect((await reader.read()).value).toEqual(utf8("a"));
    expect((await reader.read()).done).toBe(true);
  });

  test("waits through the given delay, in order", async () => {
    const log: unknown[] = [];
    const response = toResponse(replyOf([utf8("a"), wait(50), wait(7), utf8("b")]), {
      delay: async (ms) => {
        log.push(ms);
      },
    });
    for await (const chunk of response.body!) log.push(Buffer.from(chunk).toString());
    expect(log).toEqual(["a", 50, 7, "b"]);
  });

  test("delivers what came before a reset, then errors", async () => {
    let cleaned = false;
    async function* body() {
      try {
        yield utf8("one");
        yield utf8("two");
        yield reset();
        yield utf8("never");
      } finally {
        cleaned = true;
      }
    }
    const reader = toResponse(replyOf(body())).body!.getReader();
    expect((await reader.read()).value).toEqual(utf8("one"));
    expect((await reader.read()).value).toEqual(utf8("two"));
    const error: unknown = await reader.read().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ServiceError);
    expect(error).toHaveProperty("code", "connection_reset");
    expect(error).toHaveProperty("cause.code", "ECONNRESET");
    expect(cleaned).toBe(true);
  });

  test("errors with what the body threw, after what came before", async () => {
    const trouble = new Error("trouble");
    function* body() {
      yield utf8("one");
      throw trouble;
    }
    const reader = toResponse(replyOf(body())).body!.getReader();
    expect((await reader.read()).value).toEqual(utf8("one"));
    await expect(reader.read()).rejects.toBe(trouble);
  });

  test.each([
    ["a string", "text", "reply_step"],
    ["a number, as a Uint8Array for a body would", 1, "reply_step"],
    ["an unknown kind", { kind: "sleep" }, "reply_step"],
    ["null", null, "reply_step"],
    ["a negative wait", { kind: "wait", ms: -1 }, "wait_range"],
    ["an endless wait", { kind: "wait", ms: Infinity }, "wait_range"],
    ["a wait without a time", { kind: "wait" }, "wait_range"],
  ])("errors at a step that is %s, and lets the body clean up", async (_what, step, code) => {
    let cleaned = false;
    function* body() {
      try {
        yield step as unknown as Step;
      } finally {
        cleaned = true;
      }
    }
    await expect(toResponse(replyOf(body())).text()).rejects.toHaveProperty("code", code);
    expect(cleaned).toBe(true);
  });

  test.each([undefined, null, "text", 1, {}])("refuses the body %j", (body) => {
    expect(() => toResponse(replyOf(body as Body))).toThrow(expect.objectContaining({ code: "reply_step" }));
  });

  test("calls return() of the body when the stream is cancelled", async () => {
    let cleaned = false;
    async function* body() {
      try {
        yield utf8("one");
        yield utf8("two");
      } finally {
        cleaned = true;
      }
    }
    const reader = toResponse(replyOf(body())).body!.getReader();
    await reader.read();
    await reader.cancel();
    expect(cleaned).toBe(true);
  });

  test("ends a wait when the stream is cancelled", async () => {
    const waiting = new Gate<AbortSignal>();
    const body = [utf8("one"), wait(60_000), utf8("two")];
    const response = toResponse(replyOf(body), {
      delay: (_ms, signal) =>
        new Promise((_resolve, reject) => {
          signal!.addEventListener("abort", () => reject(signal!.reason as Error));
          waiting.open(signal!);
        }),
    });
    const reader = response.body!.getReader();
    await reader.read();
    const pending = reader.read();
    const signal = await waiting.promise;
    await reader.cancel("enough");
    expect(signal.aborted).toBe(true);
    expect((await pending).done).toBe(true);
  });

  test("cancels at once a body that is stuck in its own code", async () => {
    const reader = toResponse(replyOf(stuck())).body!.getReader();
    await reader.read();
    const pending = reader.read();
    await reader.cancel();
    expect((await pending).done).toBe(true);
  });

  test("errors with the signal's reason when the client goes, and the body cleans up", async () => {
    const client = new AbortController();
    const cleaned = new Gate();
    async function* body() {
      try {
        yield utf8("one");
        yield utf8("two");
      } finally {
        cleaned.open();
      }
    }
    const reader = toResponse(replyOf(body()), { signal: client.signal }).body!.getReader();
    await reader.read();
    client.abort(new Error("gone"));
    await expect(reader.read()).rejects.toThrow("gone");
    await cleaned.promise;
  });

  test("reads nothing for a client that had gone before", async () => {
    let pulled = false;
    function* body() {
      pulled = true;
      yield utf8("one");
    }
    const response = toResponse(replyOf(body()), { signal: AbortSignal.abort(new Error("gone")) });
    await expect(response.text()).rejects.toThrow("gone");
    expect(pulled).toBe(false);
  });
});
