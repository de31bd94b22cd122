import http from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { RuntimeApi } from "../src/node/runtime-api.ts";
import type { Delay } from "@eventstream-kit/service";
import type { RemoteInvocation } from "../src/remote-code.ts";
import { Signal } from "./function-url-client.ts";

/** A Runtime API, and what a runtime does with it. */
async function startApi(delay: Delay) {
  const api = await RuntimeApi.listen({ now: Date.now, delay, onReady: () => {} });
  onTestFinished(() => api.close());
  const base = `http://${api.address}/2018-06-01/runtime/invocation`;
  const next = async () => {
    const answer = await fetch(`${base}/next`);
    return [answer.status, answer.headers.get("lambda-runtime-aws-request-id")];
  };
  return { api, base, next };
}

/** An invocation that says when the first part of its response has arrived. */
function invocation(requestId: string) {
  const written = new Signal();
  const input = { requestId, functionName: "f", version: "$LATEST", invokedFunctionArn: "arn", event: {} };
  const remote: RemoteInvocation = {
    input,
    memorySize: 128,
    timedOut: new AbortController().signal,
    begin: () => {},
    remaining: () => 1000,
    open: () => {},
    write: async () => written.happen(),
    output: () => {},
  };
  return { remote, written: written.happened };
}

function streamTo(url: string): http.ClientRequest {
  const headers = { "Lambda-Runtime-Function-Response-Mode": "streaming", "Transfer-Encoding": "chunked" };
  return http.request(url, { method: "POST", agent: false, headers }).on("response", (response) => response.resume());
}

test("a runtime may ask for the next invocation before its stream has ended", async () => {
  const { api, base, next } = await startApi(() => Promise.reject(new Error("nothing waits")));
  const [first, second] = [invocation("first"), invocation("second")];
  const ended = api.invoke(first.remote);
  expect(await next()).toEqual([200, "first"]);
  const stream = streamTo(`${base}/first/response`);
  stream.write("part");
  await first.written;
  const asked = next();
  stream.end();
  expect(await ended).toEqual({ kind: "success" });
  void api.invoke(second.remote);
  expect(await asked).toEqual([200, "second"]);
});

test("one that has overtaken its answer on another connection waits for it", async () => {
  const overtaken = new Signal();
  const { api, base, next } = await startApi((_ms, signal) => {
    overtaken.happen();
    return new Promise((_resolve, reject) => signal!.addEventListener("abort", () => reject(signal!.reason as Error)));
  });
  const [first, second] = [invocation("first"), invocation("second")];
  const ended = api.invoke(first.remote);
  expect(await next()).toEqual([200, "first"]);
  const asked = next();
  await overtaken.happened;
  streamTo(`${base}/first/response`).end("all");
  expect(await ended).toEqual({ kind: "success" });
  void api.invoke(second.remote);
  expect(await asked).toEqual([200, "second"]);
});

test("one that does not answer is refused", async () => {
  const { api, next } = await startApi(async () => {});
  void api.invoke(invocation("first").remote);
  expect(await next()).toEqual([200, "first"]);
  expect(await next()).toEqual([403, null]);
});
