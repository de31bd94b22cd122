export { useCassette } from "./vitest/use-cassette.ts";
export type { UseCassetteOptions, UsedCassette } from "./vitest/use-cassette.ts";
