export { cassetteSlug } from "./node/cassette-slug.ts";
export { cassetteFiles, loadCassette, loadCassettes } from "./node/load-cassette.ts";
export { saveCassette } from "./node/save-cassette.ts";
export type { SaveCassetteOptions } from "./node/save-cassette.ts";
