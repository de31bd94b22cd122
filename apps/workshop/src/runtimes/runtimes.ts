import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import process from "node:process";
import { runInChromium } from "./chromium.ts";
import { Skip, start } from "./start.ts";
import type { Site } from "./site.ts";
import { cache, packageFiles, root } from "./site.ts";

/** What the conformance file found. */
export interface Report {
  readonly checks: number;
  readonly failures: readonly { readonly group: string; readonly message: string }[];
  readonly facts: Readonly<Record<string, string>>;
}

export interface Runtime {
  readonly name: string;
  /** Installs what it needs and runs the site. Throws a `Skip` for what this machine does not have. */
  run(site: Site): Promise<{ readonly version: string; readonly report: Report }>;
}

/** The last line of what a runtime printed. */
function reportOf(output: string): Report {
  const line = output.trimEnd().split("\n").at(-1) ?? "";
  return JSON.parse(line) as Report;
}

const main = `import { run } from "./run.mjs"; console.log(JSON.stringify(await run()));`;

/** Anything that takes the name of a module on its command line. */
function commandLine(name: string, program: () => Promise<string>, args: readonly string[] = []): Runtime {
  return {
    name,
    async run({ folder }) {
      writeFileSync(join(folder, "main.mjs"), main);
      const file = await program();
      const version = await start(file, ["--version"]);
      const report = reportOf(await start(file, [...args, "main.mjs"], { cwd: folder }));
      return { version: /\d+\.\d+\.\d+/.exec(version)?.[0] ?? version.trim(), report };
    },
  };
}

/** Installs a program from npm into a folder of its own, unless it is there. */
async function installed(specifier: string): Promise<string> {
  const [name] = specifier.split("@") as [string];
  const folder = join(cache, specifier.replace("@", "-"));
  const program = join(folder, "node_modules/.bin", name);
  if (!existsSync(program)) {
    mkdirSync(folder, { recursive: true });
    // npm runs the script that fetches the right binary only when it may.
    const allowScripts = { [name]: true };
    writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, allowScripts }));
    try {
      await start("npm", ["install", "--no-audit", "--no-fund", "--no-package-lock", specifier], { cwd: folder });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Skip(`npm install ${specifier} failed: ${reason.split("\n").slice(0, 3).join(" ")}`);
    }
  }
  return program;
}

/**
 * The tests of a package in another Node.js. The service's socket knows a thing or two about the insides of `node:http`, which
 * no conformance file sees.
 */
function suite(name: string, specifier: string, project: string): Runtime {
  return {
    name,
    async run() {
      const node = await installed(specifier);
      const reportFile = join(cache, `${specifier.replace("@", "-")}-${project}.json`);
      const args = ["run", "--project", project, "--reporter=json", `--outputFile=${reportFile}`];
      rmSync(reportFile, { force: true });
      let printed = "";
      try {
        await start(node, [join(root, "node_modules/vitest/vitest.mjs"), ...args], { cwd: root });
      } catch (error) {
        printed = (error as Error).message;
      }
      return { version: (await start(node, ["--version"])).trim().slice(1), report: suiteReport(reportFile, printed) };
    },
  };
}

/** What vitest wrote down. A run that failed has a failure, whatever else there is. */
function suiteReport(file: string, printed: string): Report {
  if (!existsSync(file)) throw new Error(printed || "vitest wrote no report");
  const { numPassedTests, testResults } = JSON.parse(readFileSync(file, "utf8")) as SuiteReport;
  const failures = testResults.flatMap(({ name, status, message, assertionResults }) => {
    const failed = assertionResults.filter((test) => test.status === "failed");
    if (failed.length > 0) return failed.map(({ fullName }) => ({ group: name, message: fullName }));
    return status === "failed" ? [{ group: name, message }] : [];
  });
  if (printed !== "" && failures.length === 0) failures.push({ group: "vitest", message: printed });
  return { checks: numPassedTests, failures, facts: {} };
}

interface SuiteReport {
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

const ownNode = () => Promise.resolve(process.execPath);

const workerd: Runtime = {
  name: "workerd",
  async run(site) {
    const program = await installed("workerd@1");
    writeFileSync(
      join(site.folder, "worker.mjs"),
      `import { run } from "./run.mjs";
       export default { async test() { console.log(JSON.stringify(await run())); } };`,
    );
    // A module's name is where it is. A bare specifier is a module of that name, which hands on the real one.
    const modules = [`(name = "worker.mjs", esModule = embed "worker.mjs")`];
    for (const [name, file] of site.modules) {
      const source = name === file ? `embed "${file}"` : JSON.stringify(`export * from "/${file}";`);
      modules.push(`(name = "${name}", esModule = ${source})`);
    }
    for (const file of packageFiles(site)) modules.push(`(name = "${file}", esModule = embed "${file}")`);
    const config = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = [(name = "main", worker = .main)]);
const main :Workerd.Worker = (compatibilityDate = "2026-01-01", modules = [
  ${modules.join(",\n  ")}
]);
`;
    writeFileSync(join(site.folder, "workerd.capnp"), config);
    const output = await start(program, ["test", "workerd.capnp"], { cwd: site.folder });
    const line = output.split("\n").find((text) => text.includes('{"checks":')) ?? output;
    const version = /\d{4}-\d\d-\d\d/.exec(await start(program, ["--version"]))?.[0] ?? "";
    return { version, report: reportOf(line.slice(Math.max(0, line.indexOf('{"checks":')))) };
  },
};

/** Debian's `chromium`, or whatever `CHROMIUM` names. */
function chromiumProgram(): string {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const candidates = ["chromium", "chromium-browser", "google-chrome"].flatMap((name) =>
    folders.map((folder) => join(folder, name)),
  );
  const program = process.env["CHROMIUM"] ?? candidates.find((file) => existsSync(file));
  if (program === undefined) throw new Skip("chromium is not installed (on Debian: apt-get install chromium)");
  return program;
}

function chromium(name: string, contentSecurityPolicy?: string): Runtime {
  return {
    name,
    async run(site) {
      const program = chromiumProgram();
      const version = /\d+(?:\.\d+)+/.exec(await start(program, ["--version"]))?.[0] ?? "";
      return { version, report: await runInChromium(program, site, contentSecurityPolicy) };
    },
  };
}

export const runtimes: readonly Runtime[] = [
  // The oldest that the package claims to support.
  commandLine("node 22", () => installed("node@22.12.0")),
  commandLine("node 24", ownNode),
  commandLine("node 26", () => installed("node@26")),
  suite("node 22, the service", "node@22.12.0", "service"),
  suite("node 26, the service", "node@26", "service"),
  // `--jitless` takes WebAssembly away, as some hardened machines do.
  commandLine("node 24, no WebAssembly", ownNode, ["--jitless"]),
  commandLine("bun", () => installed("bun@1"), ["run"]),
  commandLine("deno", () => installed("deno@2"), ["run", "--no-remote", "--node-modules-dir=manual", "--quiet"]),
  workerd,
  chromium("chromium"),
  // Without 'wasm-unsafe-eval' a page may not compile WebAssembly.
  chromium("chromium, strict policy", "default-src 'self'; script-src 'self' 'nonce-page'"),
];
