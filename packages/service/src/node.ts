export { serve } from "./node/serve.ts";
export type { RunningServer, ServeOptions } from "./node/serve.ts";
