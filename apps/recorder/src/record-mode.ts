import { readdir, stat } from "node:fs/promises";
import { replay, type Replay } from "@eventstream-kit/cassette";
import { loadCassette, loadCassettes } from "@eventstream-kit/cassette/node";
import type { Reply, Service } from "@eventstream-kit/service";
import { nameOfRequest, type CallName } from "./call-name.ts";

/**
 * What `record` does when there is a recording already:
 *
 * - `record` calls AWS always, and replaces the files of what was called.
 * - `new` answers from the recordings there are; other calls go to AWS, and are added to the files.
 * - `auto` answers from a call's file when there is one, and from nothing else; calls without a file go to AWS, and
 *   make one.
 */
export type RecordMode = "record" | "new" | "auto";

export const recordModes: readonly RecordMode[] = ["record", "new", "auto"];

export interface RecordedAnswers {
  readonly mode: RecordMode;
  readonly out: string;
  /** The file of a request, by its name. */
  readonly pathFor: (call: CallName) => string;
  /** A request was answered from a recording. */
  readonly onReplayed: (method: string, target: string) => void;
  readonly onMiss: (message: string) => void;
}

/** What answers before AWS is asked, by mode. */
export async function recordedAnswers(options: RecordedAnswers): Promise<readonly Service[]> {
  const { mode, out } = options;
  if (mode === "record") return [];
  if (mode === "auto") return [told(byFile(options), options)];
  const found = (await hasCassettes(out)) ? await loadCassettes(out) : [];
  return [told(replay(found, { miss: "pass" }), options)];
}

/** Loads the file of each call at its first request, before this session can have written it. */
function byFile({ pathFor, onMiss }: RecordedAnswers): Service {
  const files = new Map<string, Promise<Replay | undefined>>();
  const load = async (path: string) => {
    if (!(await stat(path).catch(() => undefined))) return undefined;
    return replay(await loadCassette(path), { onMiss: ({ message }) => onMiss(message) });
  };
  return {
    async handle(request) {
      const path = pathFor(nameOfRequest(request));
      if (!files.has(path)) files.set(path, load(path));
      return (await files.get(path))?.handle(request);
    },
  };
}

function told(service: Service, { onReplayed }: RecordedAnswers): Service {
  return {
    async handle(request): Promise<Reply | undefined> {
      const reply = await service.handle(request);
      if (reply) onReplayed(request.method, request.target);
      return reply;
    },
  };
}

async function hasCassettes(out: string): Promise<boolean> {
  const found = await stat(out).catch(() => undefined);
  if (!found?.isDirectory()) return found !== undefined;
  return (await readdir(out)).some((name) => name.endsWith(".cassette.jsonl"));
}
