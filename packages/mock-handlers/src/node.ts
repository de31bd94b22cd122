export { replayHandlers } from "./replay-file-handlers.ts";
