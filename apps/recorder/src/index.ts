export type { CallName } from "./call-name.ts";
export { nodeCredentials } from "./credentials.ts";
export type { CredentialProvider, Credentials } from "./credentials.ts";
export { RecorderError } from "./errors.ts";
export type { RecorderErrorCode } from "./errors.ts";
export { createRecordingProxy } from "./recording-proxy.ts";
export type { CallObserver, RecordingProxyOptions } from "./recording-proxy.ts";
export type { AddressOptions } from "./upstream-address.ts";
