import { describe, expect, test } from "vitest";
import { chunks, createLambda } from "../src/index.ts";
import { awslambda } from "../src/runtime.ts";
import { Signal, invokeTarget, readEvent, request, send, stream, streamTarget } from "./invoke-client.ts";

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

/** A function that stops after its first write until it is let go on. */
function halfway() {
  const [started, goOn] = [new Signal(), new Signal()];
  const writes = async function* () {
    yield "first";
    await goOn.happened;
    yield "second";
  };
  const whole = async () => {
    started.happen();
    await goOn.happened;
  };
  return { lambda: createLambda({ functions: { writes, whole } }), started: started.happened, goOn: goOn.happen };
}

async function* failing() {
  yield "a";
  throw new Error("boom");
}

describe("what becomes of the answer is recorded", () => {
  test("a client that leaves its stream: by its body", async () => {
    const { lambda, goOn } = halfway();
    const reply = await request(lambda, "POST", streamTarget("writes"));
    const [invocation] = lambda.invocations;
    expect(invocation!.delivery).toBeUndefined();
    for await (const _first of reply.body) break;
    expect(await invocation!.delivered).toBe("client_left");
    expect(invocation!.delivery).toBe("client_left");
    // The function does not hear of it.
    expect(invocation!.outcome).toBeUndefined();
    goOn();
    expect(await invocation!.ended).toEqual({ kind: "success" });
  });

  test("a client that leaves its stream: by the request's signal alone", async () => {
    const { lambda, goOn } = halfway();
    const controller = new AbortController();
    await request(lambda, "POST", streamTarget("writes"), { signal: controller.signal });
    controller.abort();
    expect(await lambda.invocations[0]!.delivered).toBe("client_left");
    goOn();
    expect(await lambda.invocations[0]!.ended).toEqual({ kind: "success" });
  });

  test.each([
    ["Invoke", invokeTarget("whole")],
    ["InvokeWithResponseStream", streamTarget("whole")],
  ])("a client that leaves before the answer of %s", async (_operation, target) => {
    const { lambda, started, goOn } = halfway();
    const controller = new AbortController();
    const pending = request(lambda, "POST", target, { signal: controller.signal }).catch(() => "nobody waits");
    await started;
    controller.abort();
    expect(await lambda.invocations[0]!.delivered).toBe("client_left");
    expect(lambda.invocations[0]!.outcome).toBeUndefined();
    goOn();
    expect(await lambda.invocations[0]!.ended).toEqual({ kind: "success" });
    await pending;
  });

  test("a client that read to the end was answered, however the function ended", async () => {
    const lambda = createLambda({ functions: { failing, ordinary: () => 1 } });
    await stream(lambda, "failing");
    await send(lambda, "POST", invokeTarget("failing"));
    await send(lambda, "POST", invokeTarget("ordinary"));
    await send(lambda, "POST", invokeTarget("ordinary"), { headers: [["X-Amz-Invocation-Type", "Event"]] });
    expect(lambda.invocations).toHaveLength(4);
    for (const { delivered } of lambda.invocations) expect(await delivered).toBe("complete");
  });

  test.each(["reset@frame:2", "reset@byte:0", "drop@frame:9"])(
    "an answer that %s breaks off is broken",
    async (fault) => {
      const lambda = createLambda({ functions: { f: { handler: chunks("a", "b"), faults: [fault] } } });
      await stream(lambda, "f").catch(() => "broken off");
      expect(await lambda.invocations[0]!.delivered).toBe("broken");
    },
  );
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
