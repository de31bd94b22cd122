import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

/** Something that people import, and what it may cost them. */
export interface Bundle {
  readonly name: string;
  /** The module to bundle. */
  readonly code: string;
  /** Bytes, minified and gzipped. */
  readonly limit: number;
  /** What was hoped for, where it is less than the limit. */
  readonly goal?: number;
}

const only = (name: string) => `export { ${name} } from "@eventstream-kit/codec";`;
const all = (subpath: string) => `export * from "@eventstream-kit/codec${subpath}";`;

/**
 * One list of limits. They are a little above what is measured: whoever makes something larger raises its limit here, on
 * purpose, and says why in the commit.
 */
export const bundles: readonly Bundle[] = [
  { name: ".", code: all(""), limit: 16_800, goal: 6000 },
  { name: "./crc32", code: all("/crc32"), limit: 2050 },
  { name: "./lambda", code: all("/lambda"), limit: 11_500 },
  { name: "./signing", code: all("/signing"), limit: 14_650 },
  { name: "decodeMessage", code: only("decodeMessage"), limit: 6300, goal: 3500 },
  { name: "encodeMessage", code: only("encodeMessage"), limit: 6600 },
  { name: "MessageDecoder", code: only("MessageDecoder"), limit: 7450 },
  { name: "decodeEvents", code: only("decodeEvents"), limit: 10_000 },
  { name: "encodeEvent", code: only("encodeEvent"), limit: 7150 },
  { name: "FrameSplitter", code: only("FrameSplitter"), limit: 4850 },
];

export interface Measured {
  readonly minified: number;
  readonly gzipped: number;
  /** Source files with something in the bundle, such as `crc32.ts`, and how many minified bytes. */
  readonly files: ReadonlyMap<string, number>;
}

/** Bundles a module as applications do: for browsers, minified, without what nobody uses. */
export async function measure(code: string): Promise<Measured> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: code, resolveDir: fileURLToPath(new URL("../..", import.meta.url)) },
    conditions: ["@eventstream-kit/source"],
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2023",
    logLevel: "silent",
    write: false,
    metafile: true,
  });
  const [output] = Object.values(metafile.outputs);
  const files = new Map<string, number>();
  for (const [path, { bytesInOutput }] of Object.entries(output!.inputs)) {
    if (bytesInOutput > 0 && path !== "<stdin>") files.set(path.split(/(?:^|\/)src\//).at(-1)!, bytesInOutput);
  }
  const { contents } = outputFiles[0]!;
  return { minified: contents.length, gzipped: gzipSync(contents, { level: 9 }).length, files };
}

/** All bundles beside their limits. */
export async function sizeTable(): Promise<string> {
  const rows = [["import", "minified", "gzipped", "limit", "goal"]];
  for (const { name, code, limit, goal } of bundles) {
    const { minified, gzipped } = await measure(code);
    rows.push([name, String(minified), String(gzipped), String(limit), goal === undefined ? "" : String(goal)]);
  }
  return rows.map((row) => row.map(cell).join("").trimEnd()).join("\n");
}

function cell(text: string, column: number): string {
  return column === 0 ? text.padEnd(15) : text.padStart(9);
}
