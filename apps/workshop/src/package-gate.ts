/**
 * Packs every published package and uses the tarballs as a stranger would: publint and attw, contents, one install of
 * all of them in an empty folder, `require`, the README example, the binary, and a trial `changeset version`.
 */
import { execFile } from "node:child_process";
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
import { promisify } from "node:util";
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

const exec = promisify(execFile);

/** Runs a program and returns its stdout; its whole output is the error when it fails. */
async function run(
  program: string,
  args: readonly string[],
  options: { cwd?: string; input?: Uint8Array } = {},
): Promise<string> {
  try {
    const running = exec(program, args, { cwd: options.cwd ?? root, maxBuffer: 64 * 1024 * 1024 });
    running.child.stdin!.end(options.input);
    return (await running).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`${program} ${args.join(" ")}\n${stdout ?? ""}${stderr ?? ""}`, { cause: error });
  }
}

async function check(what: string, test: () => unknown): Promise<void> {
  try {
    await test();
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
interface Packed {
  readonly directory: string;
  readonly name: string;
  readonly tarball: string;
  readonly files: ReadonlySet<string>;
}

async function pack(directory: string): Promise<Packed> {
  const said = await run("npm", ["pack", "--json", "--pack-destination", work], { cwd: directory });
  const [packed] = JSON.parse(said) as [{ filename: string; files: { path: string }[] }];
  const files = new Set(packed.files.map((file) => file.path));
  return { directory, name: manifest(directory).name, tarball: join(work, packed.filename), files };
}

async function checkTarball({ directory, name, tarball, files }: Packed): Promise<void> {
  await check(`${name}: LICENSE, README with an example, sources, declarations`, () => {
    for (const file of ["LICENSE", "README.md", "src/index.ts", "dist/index.js", "dist/index.d.ts"]) {
      expect(files.has(file), `${file} is not in the tarball`);
    }
    expect(firstTypeScriptBlock(join(directory, "README.md")) !== undefined, "README.md has no TypeScript example");
    const stray = [...files].filter(
      (file) => /^(test|bench|node_modules)\//.test(file) || file.endsWith(".tsbuildinfo"),
    );
    expect(stray.length === 0, `The tarball has files that users do not need: ${stray.join(", ")}`);
  });
  await check(`${name}: publint`, () => run("publint", ["run", tarball, "--strict"]));
  await check(`${name}: attw`, () => run("attw", [tarball, "--profile", "esm-only"]));
}

const tarballs = await Promise.all(published.map(pack));

// --- a stranger's folder ---
const stranger = join(work, "stranger");
mkdirSync(stranger);
writeFileSync(join(stranger, "package.json"), JSON.stringify({ private: true, type: "module" }));
const peers = manifest(join(root, "packages/mock-handlers")).devDependencies ?? {};
const extras = ["msw", "@aws-sdk/client-lambda"].map((name) => `${name}@${peers[name]}`);
// Installing mostly waits for the registry, and the tarballs can be looked at meanwhile.
const installed = check("all tarballs install together in an empty folder", () =>
  run(
    "npm",
    ["install", "--no-audit", "--no-fund", "--ignore-scripts", ...tarballs.map(({ tarball }) => tarball), ...extras],
    { cwd: stranger },
  ),
);
for (const tarball of tarballs) await checkTarball(tarball);
await installed;
await check("require('@eventstream-kit/codec') works", async () => {
  const script = `const codec = require("@eventstream-kit/codec");
    process.stdout.write(Buffer.from(codec.encodeEvent({ event: "hello", text: "world" })).toString("base64"))`;
  const encoded = await run("node", ["--input-type=commonjs", "-e", script], { cwd: stranger });
  expect(encoded.length > 0, "nothing was encoded");
});
await check("the README example runs", async () => {
  writeFileSync(
    join(stranger, "example.ts"),
    firstTypeScriptBlock(join(root, "README.md")) ?? "throw new Error('no example')",
  );
  const output = await run("node", ["example.ts"], { cwd: stranger });
  expect(output === "Hello, Ada!\n", `it printed ${JSON.stringify(output)}`);
});
await check("npx eventstream decode works", async () => {
  const encode = `import { encodeEvent } from "@eventstream-kit/codec";
    process.stdout.write(Buffer.from(encodeEvent({ event: "hello", text: "world" })).toString("hex"))`;
  const bytes = Buffer.from(await run("node", ["--input-type=module", "-e", encode], { cwd: stranger }), "hex");
  const line = await run("npx", ["--no-install", "eventstream", "decode"], { cwd: stranger, input: bytes });
  expect(line === '{"k":"frame","event":"hello","ct":"text/plain","text":"world"}\n', `it printed ${line}`);
});

// --- the release that the changesets describe ---
await check("changeset version gives 0.1.0 everywhere, with changelogs", async () => {
  const copy = join(work, "release");
  for (const file of (await run("git", ["ls-files"])).trim().split("\n")) {
    if (existsSync(join(root, file))) cpSync(join(root, file), join(copy, file));
  }
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  await run("git", ["init", "--quiet", "--initial-branch=main"], { cwd: copy });
  await run("changeset", ["version"], { cwd: copy });
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
