/**
 * The `awslambda` global of Lambda's Node.js runtime, for handlers that expect it and for their tests.
 */
export { awslambda, installAwslambda } from "./awslambda.ts";
export type { Awslambda, HttpPrelude } from "./awslambda.ts";
export type { LambdaContext } from "./lambda-context.ts";
export { ResponseStream } from "./response-stream.ts";
export type { BeforeFirstWrite, ResponseSink } from "./response-stream.ts";
export { streamifyResponse } from "./streamify.ts";
export type { StreamingHandler } from "./streamify.ts";
