import { describe, expect, test } from "vitest";
import { createLambda } from "../src/index.ts";
import { awslambda } from "../src/runtime.ts";
import { Signal, readEvent, request, streamTarget } from "./invoke-client.ts";

/** A function of three writes that says how far it came. */
function counted() {
  const reached: string[] = [];
  const ended = new Signal();
  const lambda = createLambda({
    functions: {
      f: async function* () {
        for (const part of ["a", "b", "c"]) {
          reached.push(part);
          yield part;
        }
        reached.push("end");
        ended.happen();
      },
      writer: awslambda.streamifyResponse(async (_event, responseStream) => {
        for (const part of ["a", "b", "c"]) {
          reached.push(part);
          await new Promise<void>((resolve) => responseStream.write(part, () => resolve()));
        }
        responseStream.end();
        reached.push("end");
        ended.happen();
      }),
      endless: {
        timeout: 0.05,
        handler: async function* () {
          for (;;) yield "x";
        },
      },
    },
  });
  return { lambda, reached, ended: ended.happened };
}

describe("lambda case 35: the client goes away", () => {
  test.each(["f", "writer"])("%s: after the first chunk; the function runs to its end", async (name) => {
    const { lambda, reached, ended } = counted();
    const reply = await request(lambda, "POST", streamTarget(name));
    for await (const step of reply.body) {
      expect(readEvent(step as Uint8Array).text).toBe("a");
      break;
    }
    await ended;
    expect(reached).toEqual(["a", "b", "c", "end"]);
    expect(await lambda.invocations[0]!.ended).toEqual({ kind: "success" });
  });

  test.each(["f", "writer"])("%s: before the body was touched", async (name) => {
    const { lambda, ended } = counted();
    const reply = await request(lambda, "POST", streamTarget(name));
    const body = reply.body as AsyncIterable<unknown>;
    expect(await body[Symbol.asyncIterator]().return!()).toEqual({ done: true, value: undefined });
    await ended;
    expect(await lambda.invocations[0]!.ended).toEqual({ kind: "success" });
  });

  test.each(["f", "writer"])("%s: told by the request's signal alone", async (name) => {
    const { lambda, ended } = counted();
    const controller = new AbortController();
    await lambda.handle({
      method: "POST",
      target: streamTarget(name),
      headers: [],
      body: new Uint8Array(),
      signal: controller.signal,
    });
    controller.abort();
    await ended;
    expect(await lambda.invocations[0]!.ended).toEqual({ kind: "success" });
  });

  test("before the first write", async () => {
    const goOn = new Signal();
    const started = new Signal();
    const lambda = createLambda({
      functions: {
        f: async function* () {
          started.happen();
          await goOn.happened;
          yield "a";
          yield "b";
        },
      },
    });
    const controller = new AbortController();
    const pending = lambda.handle({
      method: "POST",
      target: streamTarget("f"),
      headers: [],
      body: new Uint8Array(),
      signal: controller.signal,
    });
    await started.happened;
    controller.abort();
    goOn.happen();
    expect((await pending)!.status).toBe(200);
    expect(await lambda.invocations[0]!.ended).toEqual({ kind: "success" });
  });

  test("an endless function is ended by its timeout", async () => {
    const { lambda } = counted();
    const reply = await request(lambda, "POST", streamTarget("endless"));
    for await (const _step of reply.body) break;
    expect(await lambda.invocations[0]!.ended).toEqual({ kind: "timeout", seconds: 0.05 });
  });
});

test("a generator is pulled by demand: it is one write ahead of its reader, not more", async () => {
  const { lambda, reached } = counted();
  const reply = await request(lambda, "POST", streamTarget("f"));
  const iterator = (reply.body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
  expect(reached).toEqual(["a"]);
  await iterator.next();
  expect(reached).toEqual(["a"]);
  await iterator.next();
  expect(reached).toEqual(["a", "b"]);
  await iterator.next();
  expect(reached).toEqual(["a", "b", "c"]);
  expect(readEvent((await iterator.next()).value as Uint8Array).type).toBe("InvokeComplete");
  expect(reached).toEqual(["a", "b", "c", "end"]);
});
