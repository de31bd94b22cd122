export { recordClient } from "./aws-sdk/record-client.ts";
export type { ClientRecording, RecordClientOptions, SaveRecordingOptions } from "./aws-sdk/record-client.ts";
export { replayClient } from "./aws-sdk/replay-client.ts";
export type { ClientReplay } from "./aws-sdk/replay-client.ts";
export type { ReplayClientOptions } from "./aws-sdk/playback.ts";
export type { SdkClient } from "./aws-sdk/sdk-client.ts";
