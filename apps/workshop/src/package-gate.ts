/**
 * Packs every published package and uses the tarballs as a stranger would: publint and attw, contents, one install of
 * all of them in an empty folder, `require`, the README example, the binary, and a trial `changeset version`.
 */
import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { firstTypeScriptBlock } from "./markdown-blocks.ts";

const root = resolve(import.meta.dirname, "../../..");
const work = mkdtempSync(join(tmpdir(), "eventstream-gate-"));
const problems: string[] = [];

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

function manifest(directory: string): Manifest {
  return JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) as Manifest;
}

/** Runs a program and returns its stdout; its whole output is the error when it fails. */
function run(
  program: string,
  args: readonly string[],
  options: { cwd?: string; input?: Uint8Array | string } = {},
): string {
  try {
    return execFileSync(program, args, {
      cwd: options.cwd ?? root,
      encoding: "utf8",
      stdio: "pipe",
      maxBuffer: 64 * 1024 * 1024,
      ...(options.input === undefined ? {} : { input: options.input }),
    });
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`${program} ${args.join(" ")}\n${stdout ?? ""}${stderr ?? ""}`, { cause: error });
  }
}

function check(what: string, test: () => void): void {
  try {
    test();
    console.log(`✓ ${what}`);
  } catch (error) {
    problems.push(what);
    console.log(`✗ ${what}\n${(error instanceof Error ? error.message : String(error)).replaceAll(/^/gm, "    ")}`);
  }
}

function expect(condition: boolean, complaint: string): void {
  if (!condition) throw new Error(complaint);
}

const published = ["packages", "apps"]
  .flatMap((parent) => readdirSync(join(root, parent)).map((name) => join(root, parent, name)))
  .filter((directory) => existsSync(join(directory, "package.json")) && manifest(directory).private !== true);

// --- the tarballs ---
const tarballs = new Map<string, string>();
for (const directory of published) {
  const { name } = manifest(directory);
  const [packed] = JSON.parse(run("npm", ["pack", "--json", "--pack-destination", work], { cwd: directory })) as [
    { filename: string; files: { path: string }[] },
  ];
  const tarball = join(work, packed.filename);
  tarballs.set(name, tarball);
  const files = new Set(packed.files.map((file) => file.path));
  check(`${name}: LICENSE, README with an example, sources, declarations`, () => {
    for (const file of ["LICENSE", "README.md", "src/index.ts", "dist/index.js", "dist/index.d.ts"]) {
      expect(files.has(file), `${file} is not in the tarball`);
    }
    expect(firstTypeScriptBlock(join(directory, "README.md")) !== undefined, "README.md has no TypeScript example");
    const stray = [...files].filter(
      (file) => /^(test|bench|node_modules)\//.test(file) || file.endsWith(".tsbuildinfo"),
    );
    expect(stray.length === 0, `The tarball has files that users do not need: ${stray.join(", ")}`);
  });
  check(`${name}: publint`, () => run("publint", ["run", tarball, "--strict"]));
  check(`${name}: attw`, () => run("attw", [tarball, "--profile", "esm-only"]));
}

// --- a stranger's folder ---
const stranger = join(work, "stranger");
mkdirSync(stranger);
writeFileSync(join(stranger, "package.json"), JSON.stringify({ private: true, type: "module" }));
const peers = manifest(join(root, "packages/mock-handlers")).devDependencies ?? {};
const extras = ["msw", "@aws-sdk/client-lambda"].map((name) => `${name}@${peers[name]}`);
check("all tarballs install together in an empty folder", () => {
  run("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts", ...tarballs.values(), ...extras], {
    cwd: stranger,
  });
});
check("require('@eventstream-kit/codec') works", () => {
  const script = `const codec = require("@eventstream-kit/codec");
    process.stdout.write(Buffer.from(codec.encodeEvent({ event: "hello", text: "world" })).toString("base64"))`;
  expect(run("node", ["--input-type=commonjs", "-e", script], { cwd: stranger }).length > 0, "nothing was encoded");
});
check("the README example runs", () => {
  writeFileSync(
    join(stranger, "example.ts"),
    firstTypeScriptBlock(join(root, "README.md")) ?? "throw new Error('no example')",
  );
  const output = run("node", ["example.ts"], { cwd: stranger });
  expect(output === "Hello, Ada!\n", `it printed ${JSON.stringify(output)}`);
});
check("npx eventstream decode works", () => {
  const encode = `import { encodeEvent } from "@eventstream-kit/codec";
    process.stdout.write(Buffer.from(encodeEvent({ event: "hello", text: "world" })).toString("hex"))`;
  const bytes = Buffer.from(run("node", ["--input-type=module", "-e", encode], { cwd: stranger }), "hex");
  const line = run("npx", ["--no-install", "eventstream", "decode"], { cwd: stranger, input: bytes });
  expect(line === '{"k":"frame","event":"hello","ct":"text/plain","text":"world"}\n', `it printed ${line}`);
});

// --- the release that the changesets describe ---
check("changeset version gives 0.1.0 everywhere, with changelogs", () => {
  const copy = join(work, "release");
  for (const file of run("git", ["ls-files"]).trim().split("\n")) {
    if (existsSync(join(root, file))) cpSync(join(root, file), join(copy, file));
  }
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  run("git", ["init", "--quiet", "--initial-branch=main"], { cwd: copy });
  run("changeset", ["version"], { cwd: copy });
  for (const directory of published) {
    const released = directory.replace(root, copy);
    const { name, version } = manifest(released);
    expect(version === "0.1.0", `${name} becomes ${version}`);
    expect(existsSync(join(released, "CHANGELOG.md")), `${name} gets no CHANGELOG.md`);
  }
});

rmSync(work, { recursive: true, force: true });
if (problems.length > 0) {
  console.error(`Failed: ${problems.join("; ")}`);
  process.exitCode = 1;
}
