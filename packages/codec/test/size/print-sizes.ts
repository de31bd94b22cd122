/** `npm run size`: bytes of what people import. With a name, such as `decodeMessage`: which file they are from. */
import process from "node:process";
import { bundles, measure, sizeTable } from "./bundles.ts";

const [name] = process.argv.slice(2);
if (name === undefined) console.log(await sizeTable());
else {
  const bundle = bundles.find((candidate) => candidate.name === name);
  const code = bundle?.code ?? `export { ${name} } from "@eventstream-kit/codec";`;
  const { files, gzipped, minified } = await measure(code);
  const sorted = [...files].toSorted(([, a], [, b]) => b - a);
  for (const [file, bytes] of sorted) console.log(`${String(bytes).padStart(7)}  ${file}`);
  console.log(`${String(minified).padStart(7)}  minified, ${gzipped} gzipped`);
}
