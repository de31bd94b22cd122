import { runInNewContext } from "node:vm";
import { build } from "esbuild";
import { expect, test } from "vitest";

/** All of the package as one script that makes a global `codec`, for a world that we choose. */
async function script(): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      contents: ["", "/crc32", "/lambda", "/signing"]
        .map((name) => `export * from "@eventstream-kit/codec${name}";`)
        .join(""),
      resolveDir: import.meta.dirname,
    },
    conditions: ["@eventstream-kit/source"],
    bundle: true,
    format: "iife",
    globalName: "codec",
    target: "es2023",
    write: false,
  });
  return outputFiles[0]!.text;
}

// Not everything that runs JavaScript has streams, Web Crypto or fetch. Whoever does not use them must not need them.
test("loads and codes messages with nothing but ECMAScript and the two UTF-8 coders", async () => {
  const world = { TextDecoder, TextEncoder };
  const coded = `(() => {
    const { decodeMessage, encodeEvent, encodeMessage, crc32, MessageDecoder, messageToJson } = codec;
    const bytes = encodeEvent({ event: "chunk", json: { text: "Zoë" }, headers: { id: 7n } });
    const [message] = new MessageDecoder().push(bytes);
    const same = encodeMessage(decodeMessage(bytes)).every((byte, at) => byte === bytes[at]);
    return JSON.stringify([same, crc32(bytes), messageToJson(message).json]);
  })()`;
  expect(runInNewContext(`${await script()}; ${coded}`, world)).toMatch(/^\[true,\d+,\{"text":"Zoë"\}\]$/);
});

test("reads events of chunks in an array there, too", async () => {
  const read = `(async () => {
    const { decodeEvents, encodeEvent, readLambdaStream } = codec;
    let found = "";
    for await (const event of decodeEvents([encodeEvent({ event: "chunk", text: "Hello" })])) found += event.text();
    const frames = [encodeEvent({ event: "PayloadChunk", text: ", world" }), encodeEvent({ event: "InvokeComplete" })];
    return found + (await readLambdaStream(frames).text());
  })()`;
  const world = { TextDecoder, TextEncoder };
  expect(await (runInNewContext(`${await script()}; ${read}`, world) as Promise<string>)).toBe("Hello, world");
});
