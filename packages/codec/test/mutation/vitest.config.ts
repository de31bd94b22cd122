import process from "node:process";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const source = (name: string) => fileURLToPath(new URL(`../../src/${name}.ts`, import.meta.url));

/**
 * The tests for a mutation run, against the sources beside this file: that is a copy with mutants in it, which the
 * package's name does not lead to.
 */
export default defineConfig({
  resolve: {
    alias: [
      { find: /^@eventstream-kit\/codec$/, replacement: source("index") },
      { find: /^@eventstream-kit\/codec\/(\w+)$/, replacement: source("$1") },
    ],
  },
  test: {
    root: fileURLToPath(new URL("../..", import.meta.url)),
    include: [process.env["EVENTSTREAM_MUTATION_TESTS"]!],
    // Code in which every expression is counted takes its time, though not for ever: some mutants wait for what never comes.
    testTimeout: 20_000,
    // From where it is: the copy is elsewhere.
    setupFiles: [process.env["EVENTSTREAM_TEST_SETUP"]!],
    // Long, or about something else than what the code does.
    exclude: ["conformance", "differential", "growth", "size"].map((name) => `test/${name}.test.ts`),
    // Reads the text of the sources, which is not theirs here.
    testNamePattern: /^(?!.*imports nothing but its neighbours)/,
  },
});
