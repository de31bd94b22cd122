import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

// Workspace imports resolve to sources, so tests need no build.
const conditions = ["@eventstream-kit/source"];

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** One project a workspace: `vitest --project codec` runs what a change to the codec needs. */
function project(name: string, root: string, extra: { alias?: Record<string, string>; globalSetup?: string[] } = {}) {
  return {
    resolve: { conditions, alias: extra.alias ?? {} },
    ssr: { resolve: { conditions, externalConditions: conditions } },
    test: {
      name,
      root,
      include: ["test/**/*.test.ts"],
      setupFiles: [here("apps/workshop/src/test-setup.ts")],
      ...(extra.globalSetup ? { globalSetup: extra.globalSetup } : {}),
    },
  };
}

export default defineConfig({
  test: {
    projects: [
      project("codec", "packages/codec"),
      project("service", "packages/service"),
      project("lambda-emulator", "packages/lambda-emulator"),
      project("cassette", "packages/cassette"),
      project("mock-handlers: msw 3", "packages/mock-handlers"),
      project("mock-handlers: msw 2", "packages/mock-handlers", { alias: { msw: "msw-2" } }),
      project("mock-handlers: msw 2.11", "packages/mock-handlers", { alias: { msw: "msw-2-11" } }),
      project("recorder", "apps/recorder", { globalSetup: [here("apps/recorder/test/build-binary.ts")] }),
      project("demo", "apps/demo"),
      project("workshop", "apps/workshop"),
      project("docs", "docs"),
    ],
  },
});
