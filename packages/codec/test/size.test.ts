import * as codec from "@eventstream-kit/codec";
import { expect, test } from "vitest";
import { bundles, measure, sizeTable } from "./size/bundles.ts";

test("every bundle is within its limit", { timeout: 60_000 }, async () => {
  const tooLarge: string[] = [];
  for (const { name, code, limit } of bundles) {
    const { gzipped } = await measure(code);
    if (gzipped > limit) tooLarge.push(`${name} has ${gzipped} bytes, expected at most ${limit}`);
  }
  const table = tooLarge.length > 0 ? await sizeTable() : "";
  expect(tooLarge, `\n${table}`).toEqual([]);
});

test("limits are not left far above what is measured", { timeout: 60_000 }, async () => {
  for (const { name, code, limit } of bundles) {
    const { gzipped } = await measure(code);
    expect(gzipped, `${name}: lower its limit of ${limit}`).toBeGreaterThan(limit * 0.9 - 100);
  }
});

/** What is in the bundle of one export. */
async function filesOf(name: string): Promise<readonly string[]> {
  return [...(await measure(`export { ${name} } from "@eventstream-kit/codec";`)).files.keys()];
}

test("crc32 brings nothing of messages along", async () => {
  const strangers = (await filesOf("crc32")).filter((file) => !/^(?:crc32.*|bytes|errors)\.ts$/.test(file));
  expect(strangers).toEqual([]);
});

const halves = {
  decodeMessage: /encode|write-|event|stream|json|lambda|signing|decoder/,
  MessageDecoder: /encode|write-|event|stream|json|lambda|signing/,
  encodeMessage: /decode|read-|event|stream|json|lambda|signing|assembler/,
  FrameSplitter: /encode|header|event|stream|json|lambda|signing|utf8/,
  decodeStream: /encode|write-|event|json|lambda|signing/,
  decodeEvents: /encode|write-|message-json|lambda|signing/,
  encodeEvent: /decode|read-|stream|json|lambda|signing|assembler/,
};
test.for(Object.entries(halves))("%s brings only its own half along", async ([name, others], context) => {
  expect(Object.keys(codec)).toContain(name);
  context.expect((await filesOf(name)).filter((file) => others.test(file))).toEqual([]);
});

test("what nobody uses costs nothing", async () => {
  const names = ["codec", "codec/crc32", "codec/lambda", "codec/signing"];
  const code = names.map((name) => `import "@eventstream-kit/${name}";`).join("\n");
  expect(await measure(code)).toMatchObject({ minified: 0 });
});
