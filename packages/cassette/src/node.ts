export { cassetteSlug } from "./node/cassette-slug.ts";
export { cassetteFiles, loadCassette, loadCassettes } from "./node/load-cassette.ts";
export { saveCassette } from "./node/save-cassette.ts";
export { payloadFiles, removeCassette } from "./node/payload-files.ts";
export type { SavableCassette, SaveCassetteOptions, SavedCassette } from "./node/save-cassette.ts";
export { spool } from "./node/spool.ts";
export type { SpoolOptions } from "./node/spool.ts";
