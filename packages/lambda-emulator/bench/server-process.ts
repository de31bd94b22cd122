/** One candidate in a process of its own, which its parent asks for figures. */
import process from "node:process";
import { candidates } from "./candidates.ts";
import type { CandidateName } from "./candidates.ts";

/** What a server has used and done. */
export interface Usage {
  /** Processor time since the process began, in microseconds. */
  readonly cpu: number;
  /** Resident memory now, and the most since the last `collect`; in bytes. */
  readonly rss: number;
  readonly peak: number;
  /** Chunks since the last `forget`. */
  readonly produced: number;
}

export type Question = "usage" | "forget" | "collect";
export type Answer = { readonly port: number } | Usage;

const candidate = await candidates[process.argv[2] as CandidateName]();
let peak = 0;
const sample = () => (peak = Math.max(peak, process.memoryUsage.rss()));
setInterval(sample, 5);

process.on("message", (question: Question) => {
  if (question !== "usage") candidate.forget();
  if (question === "collect") {
    globalThis.gc?.();
    peak = 0;
  }
  sample();
  const { user, system } = process.cpuUsage();
  process.send!({
    cpu: user + system,
    rss: process.memoryUsage.rss(),
    peak,
    produced: candidate.produced(),
  } satisfies Answer);
});
process.on("disconnect", () => process.exit());
process.send!({ port: candidate.port } satisfies Answer);
