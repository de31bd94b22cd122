export type { LambdaEvent } from "./lambda-decoder.ts";
export { LambdaStreamError } from "./lambda-stream-error.ts";
export type { LambdaStreamErrorCode, LambdaStreamErrorDetails } from "./lambda-stream-error.ts";
export { LambdaStream, readLambdaStream } from "./read-lambda-stream.ts";
export type { LambdaStreamOptions, LambdaStreamOutput, LambdaStreamSource } from "./read-lambda-stream.ts";
