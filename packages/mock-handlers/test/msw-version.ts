import * as msw from "msw";

/** The major version of msw that these tests run against: vitest.config.ts runs them once for each. */
export const mswMajor: 2 | 3 = "getCleanUrlString" in msw ? 3 : 2;
