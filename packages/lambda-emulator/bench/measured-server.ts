import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { CandidateName } from "./candidates.ts";
import type { Answer, Question, Usage } from "./server-process.ts";

/** A candidate that runs in a process of its own. */
export interface MeasuredServer {
  readonly name: CandidateName;
  readonly port: number;
  usage(): Promise<Usage>;
  /** Forgets what is counted and recorded. */
  forget(): Promise<Usage>;
  /**
   * The same, and collects garbage, to measure memory. Not before a round that is timed: with no connection open, a forced
   * collection also throws away most of what V8 has compiled.
   */
  collect(): Promise<Usage>;
  stop(): Promise<void>;
}

/** @param execArgv more for Node, such as `--cpu-prof` */
export async function startServer(name: CandidateName, execArgv: readonly string[] = []): Promise<MeasuredServer> {
  const child = fork(fileURLToPath(new URL("server-process.ts", import.meta.url)), [name], {
    execArgv: ["--conditions=@eventstream-kit/source", "--expose-gc", ...execArgv],
  });
  const ask = async (question: Question) => {
    const answered = once(child, "message");
    child.send(question);
    const [answer] = (await answered) as [Answer];
    return answer as Usage;
  };
  const [{ port }] = (await once(child, "message")) as [{ port: number }];
  return {
    name,
    port,
    usage: () => ask("usage"),
    forget: () => ask("forget"),
    collect: () => ask("collect"),
    async stop() {
      const gone = once(child, "exit");
      child.disconnect();
      await gone;
    },
  };
}
