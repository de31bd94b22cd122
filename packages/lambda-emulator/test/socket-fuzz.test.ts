import { serve } from "@eventstream-kit/service/node";
import { expect, test } from "vitest";
import { chunks, createLambda } from "../src/index.ts";
import { seeded } from "./seeded.ts";
import { rawRequest, sendRaw } from "./raw-socket.ts";

/** How many connections, and where their bytes begin: for a longer run, and to repeat one. */
const connections = Number(process.env["EVENTSTREAM_SOCKET_FUZZ"] ?? 300);
const seed = Number(process.env["EVENTSTREAM_SOCKET_FUZZ_SEED"] ?? 20_230_407);

const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0", "latin1");
const samples = [
  rawRequest(),
  rawRequest({ target: "/2015-03-31/functions/f/invocations?Qualifier=1" }),
  rawRequest({ lines: ["Transfer-Encoding: chunked"], body: "2\r\n{}\r\n0\r\n\r\n" }),
  rawRequest({ method: "GET", target: "/2021-10-31/functions/f/urls?MaxItems=1&Marker=abc" }),
  rawRequest({ target: "/2021-10-31/functions/f/url", body: '{"AuthType":"NONE","Cors":{"MaxAge":5}}' }),
  rawRequest({ target: "/2015-03-31/functions", body: '{"FunctionName":"n","Code":{"ZipFile":"UEsFBg=="}}' }),
  rawRequest({ lines: ["X-Amz-Client-Context: e30=", "X-Amz-Log-Type: Tail", "Expect: 100-continue"] }),
  rawRequest({ method: "OPTIONS", target: "/lambda-url/abc/", lines: ["Origin: http://x", "Upgrade: h2c"] }),
].map((text) => Buffer.from(text, "latin1"));
const words = [
  "\r\n",
  "\r\n\r\n",
  ": ",
  "%",
  "%2F",
  "..",
  "//",
  "\0",
  "-1",
  "9".repeat(30),
  "HTTP/1.1",
  "Host: a\r\n",
  "chunked",
];

/** Bytes of a client that has gone wrong: noise, or a request or two with some of it damaged. */
function damaged(random: () => number): Buffer {
  const below = (limit: number) => Math.floor(random() * limit);
  const noise = (most: number) => Buffer.from(Array.from({ length: below(most) }, () => below(256)));
  if (random() < 0.1) return noise(400);
  if (random() < 0.2) return Buffer.concat([preface, noise(200)]);
  let bytes = Buffer.concat([
    samples[below(samples.length)]!,
    ...(random() < 0.3 ? [samples[below(samples.length)]!] : []),
  ]);
  for (let changes = below(4); changes >= 0; changes--) {
    const at = below(bytes.length);
    const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
    const put = random() < 0.5 ? Buffer.from(words[below(words.length)]!, "latin1") : noise(4);
    bytes = Buffer.concat([before, put, after.subarray(below(random() < 0.2 ? after.length : 3))]);
  }
  return bytes;
}

test("no bytes on the socket make anything throw, hang, or end the server", { timeout: 120_000 }, async () => {
  const random = seeded(seed);
  const errors: unknown[] = [];
  const uncaught: unknown[] = [];
  const note = (error: unknown) => void uncaught.push(error);
  process.on("uncaughtException", note).on("unhandledRejection", note);
  const lambda = createLambda({ functions: { f: chunks("fine") }, limits: { functionPendingMs: 0 } });
  const server = await serve(lambda, { onError: (error) => errors.push(error) });
  const statuses = new Map<number | undefined, number>();
  try {
    for (let left = connections; left > 0; left -= 10) {
      const batch = Array.from({ length: Math.min(10, left) }, () => damaged(random));
      for (const { status } of await Promise.all(batch.map((bytes) => sendRaw(server.port, bytes)))) {
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
      expect(errors).toEqual([]);
    }
    expect((await sendRaw(server.port, rawRequest())).status).toBe(200);
  } finally {
    await server.close();
    process.off("uncaughtException", note).off("unhandledRejection", note);
  }
  expect(uncaught).toEqual([]);
  // The noise was not all refused at the door.
  for (const status of [200, 400, 404, undefined]) expect(statuses.get(status)).toBeGreaterThan(0);
  expect([...statuses.keys()].filter((status) => (status ?? 0) >= 500)).toEqual([]);
});
