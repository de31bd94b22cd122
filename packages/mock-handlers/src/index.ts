export { event, exception } from "./encode-item.ts";
export { MockHandlersError } from "./errors.ts";
export type { MockHandlersErrorCode } from "./errors.ts";
export type { AnyEvent, EventOf, EventStreamItem, EventStreamItems } from "./event-items.ts";
export { eventStreamResponse } from "./event-stream-response.ts";
export type { EventStreamResponseInit } from "./event-stream-response.ts";
export { handlersFor } from "./handlers-for.ts";
export type { HandlersOptions } from "./handlers-for.ts";
export { lambdaHandlers } from "./lambda-handlers.ts";
export type { LambdaHandlersOptions } from "./lambda-handlers.ts";
export { replayHandlers } from "./replay-handlers.ts";
export type { ReplayHandlersOptions } from "./replay-handlers.ts";
export { requestHandlerFor } from "./request-handler-for.ts";
export type { SdkRequest, SdkRequestHandler, SdkResponse } from "./request-handler-for.ts";
// What a test needs beside the handlers, so that it has one place to import from.
export type { EventContent } from "@eventstream-kit/codec";
export { createLambda } from "@eventstream-kit/lambda-emulator";
export type { EmulatedLambda, LambdaOptions } from "@eventstream-kit/lambda-emulator";
export { fault, reset, wait } from "@eventstream-kit/service";
