/**
 * `npm run test:consumers`: compiles the type tests of the codec against its packed tarball as users would, with every
 * TypeScript that is supported, for browsers, Node and workers, and with `skipLibCheck: false`.
 */
import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { makeSite, root } from "./runtimes/site.ts";
import { Skip, start } from "./runtimes/start.ts";

const { values } = parseArgs({
  options: { help: { type: "boolean", short: "h" }, only: { type: "string", multiple: true } },
});
if (values.help) {
  console.log(`Usage: npm run test:consumers [-- --only <version>[,<version>...]]

Compiles packages/codec/test/types against the packed package with TypeScript 5.7, 5.9, 6.0 and 7.0, which are installed
into .cache/consumers on first use.

Example: npm run test:consumers -- --only 5.7`);
  process.exit(0);
}

const cache = join(root, ".cache/consumers");
const versions = ["5.7", "5.9", "6.0", "7.0"];

/** Ways to use the package. */
const file = "codec.test-d.ts";
const consumers: Readonly<Record<string, object>> = {
  "browser, bundler": {
    module: "ESNext",
    moduleResolution: "Bundler",
    lib: ["ES2023", "DOM", "DOM.Iterable", "DOM.AsyncIterable"],
    types: [],
  },
  "Node without DOM": { module: "NodeNext", moduleResolution: "NodeNext", lib: ["ES2023"], types: ["node"] },
  "worker without DOM": {
    module: "ESNext",
    moduleResolution: "Bundler",
    lib: ["ES2023"],
    types: ["@cloudflare/workers-types"],
  },
};

/** Installs a TypeScript, and the types of platforms without DOM, unless they are there. */
async function installed(version: string): Promise<string> {
  const folder = join(cache, `typescript-${version}`);
  if (!existsSync(join(folder, "node_modules/.bin/tsc"))) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
    const packages = [`typescript@~${version}.0`, "@types/node@22", "@cloudflare/workers-types"];
    try {
      await start("npm", ["install", "--no-audit", "--no-fund", "--no-package-lock", ...packages], { cwd: folder });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Skip(`npm install failed: ${reason.split("\n").slice(0, 3).join(" ")}`);
    }
  }
  return folder;
}

const wanted = values.only?.flatMap((list) => list.split(","));
const site = makeSite();
for (const version of versions.filter((known) => !wanted || wanted.includes(known))) {
  for (const [name, options] of Object.entries(consumers)) {
    const label = `TypeScript ${version}, ${name}`;
    try {
      const folder = await installed(version);
      const inside = join(folder, "node_modules/@eventstream-kit");
      rmSync(inside, { recursive: true, force: true });
      mkdirSync(inside, { recursive: true });
      await start("cp", ["-r", join(site.folder, "node_modules/@eventstream-kit/codec"), inside]);
      copyFileSync(join(root, "packages/codec/test/types", file), join(folder, file));
      const compilerOptions = { target: "ES2022", strict: true, noEmit: true, skipLibCheck: false, ...options };
      writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: [file] }));
      await start(join(folder, "node_modules/.bin/tsc"), ["-p", "tsconfig.json"], { cwd: folder });
      console.log(`✓ ${label}`);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      console.log(`${error instanceof Skip ? "–" : "✗"} ${label}\n${message.replaceAll(/^/gm, "    ")}`);
      if (!(error instanceof Skip)) process.exitCode = 1;
    }
  }
}
