import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

export const root = resolve(import.meta.dirname, "../../../..");
/** Git-ignored. Runtimes stay in it; everything else is made anew. */
export const cache = join(root, ".cache/runtimes");

const codec = join(root, "packages/codec");

/** A folder with the conformance file and the packed package, as a stranger would have them. */
export interface Site {
  readonly folder: string;
  /** All modules: how they are imported, and where they are in the folder. */
  readonly modules: ReadonlyMap<string, string>;
}

interface Vector {
  readonly name: string;
  readonly hex: string;
}

export function makeSite(): Site {
  const folder = join(cache, "site");
  rmSync(folder, { recursive: true, force: true });
  const inside = "node_modules/@eventstream-kit/codec";
  mkdirSync(join(folder, inside), { recursive: true });

  execFileSync("tsc", ["-p", join(codec, "tsconfig.build.json")], { stdio: ["ignore", "inherit", "inherit"] });
  const packed = execFileSync("npm", ["pack", "--json", "--pack-destination", folder], { cwd: codec, stdio: "pipe" });
  const [{ filename }] = JSON.parse(packed.toString()) as [{ filename: string }];
  execFileSync("tar", ["-xzf", join(folder, filename), "--strip-components=1", "-C", join(folder, inside)]);

  const conformance = readdirSync(join(codec, "conformance")).filter((name) => name.endsWith(".mjs"));
  for (const name of conformance) cpSync(join(codec, "conformance", name), join(folder, name));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  writeFileSync(
    join(folder, "run.mjs"),
    `import { conformance } from "./conformance.mjs";
     export const run = () => conformance(${JSON.stringify(vectors())});`,
  );

  const modules = new Map([...conformance, "run.mjs"].map((name) => [name, name]));
  const { exports } = JSON.parse(readFileSync(join(codec, "package.json"), "utf8")) as {
    exports: Readonly<Record<string, string | { readonly default: string }>>;
  };
  for (const [subpath, target] of Object.entries(exports)) {
    if (typeof target === "string") continue;
    modules.set(join("@eventstream-kit/codec", subpath), join(inside, target.default));
  }
  return { folder, modules };
}

function vectors(): readonly Vector[] {
  const folder = join(codec, "test/vectors");
  return ["valid", "refused"].flatMap((kind) =>
    readdirSync(join(folder, kind))
      .filter((file) => file.endsWith(".json"))
      .map((file) => {
        const expected = JSON.parse(readFileSync(join(folder, kind, file), "utf8")) as object;
        const hex = readFileSync(join(folder, kind, file.replace(".json", ".bin"))).toString("hex");
        return Object.assign(expected, { name: `${kind}/${file}`, hex });
      }),
  );
}

/** Every JavaScript file of the package in the site, relative to it. */
export function packageFiles({ folder }: Site): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => /node_modules.*\.js$/.test(file));
}
