import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

// Workspace imports resolve to sources, so tests need no build.
const conditions = ["@eventstream-kit/source"];

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

interface Extra {
  alias?: Record<string, string> | { find: RegExp; replacement: string }[];
  globalSetup?: string[];
  include?: string[];
}

/** One project a workspace: `vitest --project codec` runs what a change to the codec needs. */
function project(name: string, root: string, extra: Extra = {}) {
  return {
    resolve: { conditions, alias: extra.alias ?? {} },
    ssr: { resolve: { conditions, externalConditions: conditions } },
    test: {
      name,
      root,
      include: extra.include ?? ["test/**/*.test.ts"],
      // For what hangs. No test is about speed, and machines that run them can be slow.
      testTimeout: 20_000,
      hookTimeout: 20_000,
      // Packages take long to load, the AWS SDK above all: once for a worker, not for every file. See the set-up.
      isolate: false,
      setupFiles: [here("apps/workshop/src/test-setup.ts")],
      ...(extra.globalSetup ? { globalSetup: extra.globalSetup } : {}),
    },
  };
}

/** The emulator's numbered cases once more, with every request sent over a transport: see packages/mock-handlers/test/over. */
function emulatorOver(transport: string, wrapper: string, msw?: string) {
  const root = here("packages/lambda-emulator");
  const include = globSync("test/*.test.ts", { cwd: root }).filter((file) =>
    readFileSync(`${root}/${file}`, "utf8").includes("lambda case "),
  );
  const alias = [
    { find: /^\.\.\/src\/index\.ts$/, replacement: here(`packages/mock-handlers/test/over/${wrapper}.ts`) },
    ...(msw ? [{ find: /^msw(?=\/|$)/, replacement: msw }] : []),
  ];
  return project(`lambda-emulator over ${transport}`, "packages/lambda-emulator", { alias, include });
}

export default defineConfig({
  test: {
    // Many tests wait for processes and sockets: a worker for every core, where vitest keeps one core free.
    maxWorkers: "100%",
    projects: [
      project("codec", "packages/codec"),
      project("service", "packages/service"),
      project("lambda-emulator", "packages/lambda-emulator"),
      emulatorOver("a socket", "socket"),
      emulatorOver("msw 3", "msw"),
      emulatorOver("msw 2", "msw", "msw-2"),
      project("cassette", "packages/cassette"),
      project("mock-handlers: msw 3", "packages/mock-handlers"),
      project("mock-handlers: msw 2", "packages/mock-handlers", { alias: { msw: "msw-2" } }),
      // What the client sees of the numbered cases is run once for each major of msw.
      project("mock-handlers: msw 2.11", "packages/mock-handlers", {
        alias: { msw: "msw-2-11" },
        include: ["test/**/!(sdk-)*.test.ts"],
      }),
      project("recorder", "apps/recorder", { globalSetup: [here("apps/recorder/test/build-binary.ts")] }),
      project("demo", "apps/demo"),
      project("workshop", "apps/workshop"),
      project("docs", "docs"),
    ],
  },
});
