import { once } from "node:events";
import type http from "node:http";
import { join } from "node:path";
import { encodeEvent } from "@eventstream-kit/codec";
import type { ServiceRequest } from "@eventstream-kit/service";
import { describe, expect, test } from "vitest";
import { createRecordingProxy, type RecordingProxyOptions } from "../src/recording-proxy.ts";
import { eventstream, start, tempDir, urlOf } from "./eventstream.ts";
import { call, frame, head, heldUpstream, until } from "./held-upstream.ts";
import { cassetteIn, files, reportFile, workplace } from "./recording.ts";
import { authorization, servedProxy, target } from "./served-proxy.ts";
import { ownEnvironment } from "./upstream-lambda.ts";

/** The proxy that reads on, with a promise of each client's leaving. */
async function finishing(url: string, options: Partial<RecordingProxyOptions> = {}) {
  const gone: Promise<unknown>[] = [];
  const proxy = await servedProxy(url, {
    onAbort: "finish",
    watch: ({ signal }) => gone.push(new Promise((resolve) => signal!.addEventListener("abort", resolve))),
    ...options,
  });
  return { ...proxy, left: async (request: http.ClientRequest) => (request.destroy(), await gone[0]) };
}

describe("A client that leaves a recorder that is to finish", () => {
  test("does not end the call: the rest is read, and the exchange is recorded whole", async () => {
    const { url, called } = await heldUpstream();
    const proxy = await finishing(url);
    const request = call(proxy.url);
    const socket = await called();
    socket.write(head);
    socket.write(frame);
    const [response] = (await once(request, "response")) as [http.IncomingMessage];
    await once(response, "data");
    await proxy.left(request);
    socket.end(frame);
    await until(() => proxy.exchanges.length > 0);
    expect(proxy.exchanges[0]).toMatchObject({ end: { how: "eof", items: 2 }, meta: { clientLeft: true } });
  });

  test("before the answer has begun is no different", async () => {
    const { url, called } = await heldUpstream();
    const proxy = await finishing(url);
    const request = call(proxy.url);
    const socket = await called();
    await proxy.left(request);
    socket.end(Buffer.concat([Buffer.from(head), frame]));
    await until(() => proxy.exchanges.length > 0);
    expect(proxy.exchanges[0]).toMatchObject({ end: { how: "eof", items: 1 }, meta: { clientLeft: true } });
  });

  test("has held the stream up by not reading: now it goes on", async () => {
    const { url, called } = await heldUpstream();
    const proxy = await finishing(url);
    const request = call(proxy.url);
    const socket = await called();
    const long = encodeEvent({ event: "PayloadChunk", payload: new Uint8Array(1024 * 1024) });
    socket.write(head);
    for (let i = 0; i < 32; i++) socket.write(long);
    const [response] = (await once(request, "response")) as [http.IncomingMessage];
    response.pause();
    await proxy.left(request);
    socket.end();
    await until(() => proxy.exchanges.length > 0);
    expect(proxy.exchanges[0]!.end).toMatchObject({ how: "eof", items: 32 });
  });

  test("does not hide that the upstream broke off afterwards", async () => {
    const { url, called } = await heldUpstream();
    const proxy = await finishing(url);
    const request = call(proxy.url);
    const socket = await called();
    socket.write(head);
    socket.write(frame);
    await once(request, "response");
    await proxy.left(request);
    socket.resetAndDestroy();
    await until(() => proxy.exchanges.length > 0);
    expect(proxy.exchanges[0]!.end.how).toBe("reset");
  });

  test.each(["with its client", "without it"])("does so until it is told to stop: a call %s", async (name) => {
    const { url, called } = await heldUpstream();
    const stop = new AbortController();
    const proxy = await finishing(url, { signal: stop.signal });
    const request = call(proxy.url);
    const socket = await called();
    socket.write(head);
    socket.write(frame);
    const [response] = (await once(request, "response")) as [http.IncomingMessage];
    await once(response, "data");
    if (name === "without it") await proxy.left(request);
    const closed = once(socket, "close");
    stop.abort();
    await closed;
    expect(proxy.exchanges[0]!.end).toMatchObject({ how: "client-abort", items: 1 });
    expect(proxy.exchanges[0]!.meta).not.toHaveProperty("clientLeft");
  });

  test("and has never read the reply, which is no server's", async () => {
    const { url, called } = await heldUpstream();
    const proxy = createRecordingProxy({
      upstream: url,
      onAbort: "finish",
      credentials: () => Promise.resolve({ accessKeyId: "AKIDOWN", secretAccessKey: "secret" }),
      observe: () => ({ recorded: (exchange) => (recorded = exchange.end) }),
    });
    let recorded: unknown;
    const sent: ServiceRequest = {
      method: "POST",
      target,
      headers: [["authorization", authorization]],
      body: Buffer.from("{}"),
    };
    const reply = proxy.handle(sent);
    const socket = await called();
    socket.write(head);
    const { body } = (await reply)!;
    await (body as AsyncIterable<unknown>)[Symbol.asyncIterator]().return!();
    expect(recorded).toBeUndefined();
    socket.end(frame);
    await until(() => recorded !== undefined);
    expect(recorded).toMatchObject({ how: "eof", items: 1 });
  });
});

test.each(["wait", 5n])("What is to become of left calls is refused when it is neither, but %s", (neither) => {
  const onAbort = neither as never;
  const options = { credentials: () => Promise.reject(new Error("asked")), onAbort };
  expect(() => createRecordingProxy(options)).toThrow(
    expect.objectContaining({ code: "usage", message: expect.stringContaining("onAbort") as string }),
  );
});

/** A program that leaves after the first chunk. */
const hasty = `
  const { request } = require("node:http");
  const call = request(process.env.AWS_ENDPOINT_URL_LAMBDA + ${JSON.stringify(target)}, {
    method: "POST",
    headers: { authorization: ${JSON.stringify(authorization)} },
  });
  call.on("response", (response) => response.once("data", () => process.exit(3)));
  call.end("{}");
`;

describe("record --on-abort finish", () => {
  test("waits for what its command has left, and exits with the command's code", async () => {
    const { url, called } = await heldUpstream();
    const cwd = workplace();
    const args = ["record", "--on-abort", "finish", "--upstream", url, "--", process.execPath, "-e", hasty];
    const recorder = start(args, { env: ownEnvironment, cwd });
    const socket = await called();
    socket.write(head);
    socket.write(frame);
    await recorder.until(/1 call goes on without its client; Ctrl-C leaves it/, "stderr");
    socket.end(frame);
    const { code } = await recorder.done;
    expect(code).toBe(3);
    expect(files(join(cwd, "cassettes"))).toEqual([reportFile]);
    expect(cassetteIn(join(cwd, "cassettes"), reportFile).exchanges[0]!.end).toMatchObject({ how: "eof", items: 2 });
  });

  test("until an interrupt: after that, such a call is one that was left, too", async () => {
    const { url, called } = await heldUpstream();
    const cwd = tempDir();
    const recorder = start(["record", "--json", "--on-abort", "finish", "--upstream", url], {
      env: ownEnvironment,
      cwd,
    });
    const request = call(await urlOf(recorder));
    const socket = await called();
    socket.write(head);
    socket.write(frame);
    const [response] = (await once(request, "response")) as [http.IncomingMessage];
    await once(response, "data");
    request.destroy();
    recorder.process.kill("SIGINT");
    const { code } = await recorder.done;
    expect(code).toBe(130);
    expect(files(join(cwd, "cassettes"))).toEqual([`${reportFile}.partial`]);
  });

  test("is one of two words", async () => {
    const { code, stderr } = await eventstream(["record", "--on-abort", "wait"]);
    expect(code).toBe(2);
    expect(stderr).toContain("Allowed choices are stop, finish");
  });
});
