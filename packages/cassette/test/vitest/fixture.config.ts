import { defineConfig } from "vitest/config";

const conditions = ["@eventstream-kit/source"];

/** The settings of a user, but for the condition that takes workspace packages from their sources. */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: { include: ["*.fixture.ts"], pool: "threads" },
});
