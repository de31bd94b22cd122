import * as msw from "msw";

/** The major version of msw that these tests run against: vitest.config.ts runs them once for each. */
export const mswMajor: 2 | 3 = "getCleanUrlString" in msw ? 3 : 2;

/** The version where a minor one matters: `sse` came after 2.11. */
export const mswVersion: "2.11" | "2" | "3" = mswMajor === 2 && !("sse" in msw) ? "2.11" : `${mswMajor}`;
