/** One build serves every version of msw in the peer range: types are checked against each, imports by name. */
import { execFile } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";

const exec = promisify(execFile);
const home = resolve(import.meta.dirname, "..");
const modules = resolve(home, "../../node_modules");

test("msw is imported by its root only: subpaths differ between versions", () => {
  const imports = globSync("src/**/*.ts", { cwd: home }).flatMap((file) =>
    [...readFileSync(join(home, file), "utf8").matchAll(/from "(msw[^"]*)"/g)].map(([, name]) => name),
  );
  expect(new Set(imports)).toEqual(new Set(["msw"]));
});

test.each([
  ["msw", "lib/core/index.d.ts"],
  ["msw-2", "lib/core/index.d.mts"],
  ["msw-2-11", "lib/core/index.d.mts"],
])(
  "the sources and their declarations type-check with %s",
  async (version, types) => {
    const folder = mkdtempSync(join(tmpdir(), "mock-handlers-types-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const tsconfig = {
      extends: join(home, "../../tsconfig.build.json"),
      compilerOptions: {
        rootDir: resolve(home, "../.."),
        outDir: join(folder, "dist"),
        paths: { msw: [join(modules, version, types)] },
        typeRoots: [join(modules, "@types")],
        types: ["node"],
        customConditions: ["@eventstream-kit/source"],
        emitDeclarationOnly: true,
      },
      include: [join(home, "src")],
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(tsconfig));
    const tsc = [join(modules, "typescript/bin/tsc"), "-p", folder, "--listFiles"];
    const run = exec(process.execPath, tsc, { maxBuffer: 2 ** 24 }).catch((error: { stdout: string }) => error);
    const lines = (await run).stdout.split("\n");
    expect(lines.filter((line) => /mock-handlers.*error TS/.test(line))).toEqual([]);
    // Only that msw took part.
    const used = lines.flatMap((line) => /node_modules\/(msw[^/]*)\/lib/.exec(line)?.[1] ?? []);
    expect(new Set(used)).toEqual(new Set([version]));
    const declarations = globSync("dist/packages/mock-handlers/src/*.d.ts", { cwd: folder });
    expect(declarations.length).toBeGreaterThan(5);
    for (const file of declarations) expect(readFileSync(join(folder, file), "utf8")).not.toMatch(/["']msw\//);
  },
  60_000,
);
