/**
 * Functions that run in processes of their own, behind the Lambda Runtime API. For Node.js.
 */
export { runtimeProcess } from "./node/runtime-process.ts";
export type { RuntimeProcess, RuntimeProcessOptions } from "./node/runtime-process.ts";
export { zipCode } from "./node/zip-code.ts";
export type { ZipCode, ZipCodeOptions } from "./node/zip-code.ts";
