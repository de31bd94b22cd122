export { refuseHttp2 } from "./refuse-http2.ts";
export type { RefuseHttp2Options } from "./refuse-http2.ts";
export { replayHandlers } from "./replay-file-handlers.ts";
