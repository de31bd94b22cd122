import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createServer, get } from "node:http";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { promisify } from "node:util";
import { decodeEvents, decodeStream, encodeEvent, encodeException, MessageDecoderStream } from "@eventstream-kit/codec";
import type { StreamSource } from "@eventstream-kit/codec";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { concat } from "./support/bytes.ts";
import { outcome } from "./support/outcome.ts";
import { readable } from "./support/readable.ts";

const texts = Array.from({ length: 20 }, (_, i) => "x".repeat(i * 7));
const stream = concat(...texts.map((text) => encodeEvent({ event: "chunk", text })));
const eventStream = { "content-type": "application/vnd.amazon.eventstream" };

function pieces(size: number): Uint8Array<ArrayBuffer>[] {
  return Array.from({ length: Math.ceil(stream.length / size) }, (_, i) => stream.slice(i * size, (i + 1) * size));
}

describe("format case 71: any source, in any runtime", () => {
  const server = createServer((_request, response) => {
    response.writeHead(200, eventStream);
    Readable.from(pieces(100)).pipe(response);
  });
  let url: string;
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.close();
    server.closeAllConnections();
  });

  test.each<[string, () => StreamSource | Promise<StreamSource>]>([
    ["a Response of fetch", () => fetch(url)],
    ["its body", async () => (await fetch(url)).body!],
    ["an IncomingMessage of node:http", () => new Promise<IncomingMessage>((resolve) => get(url, resolve))],
    ["a Readable of Buffers", () => Readable.from(pieces(13).map((piece) => Buffer.from(piece)))],
    ["a ReadableStream", () => readable(pieces(50))],
    ["a Blob's stream", () => new Blob([stream]).stream()],
    [
      "an async generator",
      async function* () {
        for (const piece of pieces(7)) yield piece;
      },
    ],
    [
      "a generator",
      function* () {
        for (const piece of pieces(1)) yield piece;
      },
    ],
    ["an array", () => pieces(1000)],
    ["an array of Buffers from the pool", () => pieces(9).map((piece) => Buffer.from(piece))],
    ["a Set", () => new Set(pieces(21))],
    ["all bytes", () => stream],
    ["a Buffer", () => Buffer.from(stream)],
  ])("%s", async (_, make) => {
    const { items, error } = await outcome(decodeEvents(await make()));
    expect(error).toBeUndefined();
    expect(items.map((event) => event.text())).toEqual(texts);
    expect((await outcome(decodeStream(await make()))).items).toHaveLength(texts.length);
  });

  test.each([
    ["undefined", undefined],
    ["null", null],
    ["a string", "text"],
    ["a number", 5],
    ["an object", {}],
    ["a function", () => stream],
    ["a response without headers", { status: 200, body: stream }],
    ["a response whose headers are a plain object", { status: 200, headers: eventStream, body: stream }],
    ["an array of larger numbers", new Uint16Array(4)],
    ["a Request, which has a body but no status", new Request("http://localhost", { method: "POST", body: stream })],
    [
      "a response of axios, which calls its body data",
      { status: 200, headers: new Headers(eventStream), data: stream },
    ],
  ])("%s is no source", (_, source) => {
    for (const decode of [decodeStream, decodeEvents]) {
      expect(() => decode(source as unknown as StreamSource)).toThrow(
        expect.objectContaining({
          code: "invalid_argument",
          message: expect.stringContaining("expected a Response") as string,
        }),
      );
    }
  });

  test("a ReadableStream is unlocked when it has been read", async () => {
    const source = readable(pieces(50));
    expect((await outcome(decodeStream(source))).items).toHaveLength(texts.length);
    expect(source.locked).toBe(false);
    const left = readable(pieces(50));
    const messages = decodeStream(left);
    await messages.next();
    expect(left.locked).toBe(true);
    await messages.return?.();
    expect(left.locked).toBe(false);
  });

  test("a Node stream that has been read to its end is no empty one", async () => {
    const source = Readable.from(pieces(50));
    await source.toArray();
    expect(await outcome(decodeStream(source))).toMatchObject({ items: [], error: { code: "invalid_argument" } });
  });

  test.each([
    ["an asynchronous one", { [Symbol.asyncIterator]: () => undefined }],
    ["a synchronous one", { [Symbol.iterator]: () => ({ nxt: 5 }) }],
  ])("an iterator that is none is an error of the call: %s", async (_, source) => {
    const { items, error } = await outcome(decodeStream(source as never));
    expect(items).toEqual([]);
    expect(error).toMatchObject({ code: "invalid_argument", message: expect.stringContaining("next()") as string });
  });

  test("calls of next() that do not wait for each other are answered in order", async () => {
    for (const source of [readable(pieces(10)), pieces(10), Readable.from(pieces(10))]) {
      const events = decodeEvents(source);
      const results = await Promise.all(Array.from({ length: texts.length + 2 }, () => events.next()));
      const values = results.map((result) => (result.done ? undefined : result.value.text()));
      expect(values).toEqual([...texts, undefined, undefined]);
    }
  });

  test("calls of next() that do not wait see an error once the good events are out", async () => {
    const events = decodeEvents([concat(stream, encodeException({ exception: "oops" }), stream)]);
    const results = await Promise.allSettled(Array.from({ length: texts.length + 2 }, () => events.next()));
    expect(results.map(({ status }) => status)).toEqual([...texts.map(() => "fulfilled"), "rejected", "rejected"]);
  });

  const folder = new URL("../src/", import.meta.url);
  const files = readdirSync(folder, { encoding: "utf8", recursive: true }).filter((name) => name.endsWith(".ts"));
  const code = (name: string) =>
    readFileSync(new URL(name, folder), "utf8")
      .replaceAll(/\/\*[\s\S]*?\*\//g, "")
      .replaceAll(/(^|\s)\/\/.*$/gm, "");

  test.each(files)("%s imports nothing but its neighbours, and has no Buffer, process or require", (name) => {
    const text = code(name);
    for (const [, specifier] of text.matchAll(/\b(?:from|import)\s*\(?\s*"([^"]*)"/g))
      expect(specifier).toMatch(/^\.\.?\//);
    // Asks for what is not there in browsers in a way that does no harm there.
    const asked = name === "crc32-native.ts" ? text.replaceAll(/\bprocess\?|\?\.\("node:zlib"\)/g, "") : text;
    expect(asked).not.toMatch(/\b(?:Buffer|process|require|setImmediate|__dirname)\b|"node:/);
  });

  test("there are no dependencies", () => {
    const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as object;
    expect(manifest).toMatchObject({ dependencies: {} });
    expect(Object.keys(manifest)).not.toContain("peerDependencies");
    expect(Object.keys(manifest)).not.toContain("optionalDependencies");
  });

  test("it works without what only Node has", async () => {
    const script = `
      const headers = ${JSON.stringify(eventStream)};
      const print = process.stdout.write.bind(process.stdout);
      // Node's own fetch needs them when it is first used.
      const response = new Response(new Blob(), { headers });
      for (const name of ["Buffer", "process", "global", "setImmediate", "clearImmediate"]) delete globalThis[name];

      const codec = await import("@eventstream-kit/codec");
      const { readLambdaStream } = await import("@eventstream-kit/codec/lambda");
      const frames = [
        codec.encodeEvent({ event: "PayloadChunk", payload: Uint8Array.of(255, 0) }),
        codec.encodeEvent({ event: "InvokeComplete", json: {} }),
      ];
      const lines = [typeof Buffer];
      for await (const message of codec.decodeStream(frames)) {
        const json = codec.messageToJson(message);
        codec.encodeMessage(codec.messageFromJson(json));
        lines.push(JSON.stringify(json));
      }
      for await (const event of codec.decodeEvents(response)) lines.push("none");
      for await (const event of codec.decodeEvents(new Response(new Blob(frames), { headers }))) lines.push(event.name);
      lines.push((await readLambdaStream(frames).bytes()).join());
      print(lines.join("\\n"));`;
    const args = ["--conditions=@eventstream-kit/source", "--input-type=module", "--eval", script];
    const cwd = new URL("..", import.meta.url);
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd });
    expect(stdout.split("\n")).toEqual([
      "undefined",
      '{"k":"frame","event":"PayloadChunk","ct":"application/octet-stream","b64":"/wA="}',
      '{"k":"frame","event":"InvokeComplete","ct":"application/json","json":{}}',
      "PayloadChunk",
      "InvokeComplete",
      "255,0",
    ]);
  });

  test("MessageDecoderStream fits a fetch body", async () => {
    const { body } = await fetch(url);
    const { items } = await outcome(body!.pipeThrough(new MessageDecoderStream()));
    expect(items).toHaveLength(texts.length);
  });
});
