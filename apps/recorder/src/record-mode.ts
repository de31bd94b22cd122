import { readdir, stat } from "node:fs/promises";
import { replay, type CassetteMode, type RedactionOptions } from "@eventstream-kit/cassette";
import { loadCassette, loadCassettes } from "@eventstream-kit/cassette/node";
import { headerValue, type Reply, type Service } from "@eventstream-kit/service";
import { cassetteFailure } from "./cassette-failure.ts";
import { nameOfRequest, type CallName } from "./call-name.ts";
import { RecorderError } from "./errors.ts";
import { refusalReply } from "./refusal-reply.ts";

/** What `record` does when there is a recording already. Each call has the file that its name gives it. */
export type RecordMode = Extract<CassetteMode, "record" | "new" | "auto">;

export const recordModes: readonly RecordMode[] = ["record", "new", "auto"];

export interface RecordedAnswers {
  readonly mode: RecordMode;
  readonly out: string;
  /** What was masked in the recordings. */
  readonly redact: RedactionOptions | false;
  /** The file of a request, by its name. */
  readonly pathFor: (call: CallName) => string;
  /** A request was answered from a recording. */
  readonly onReplayed: (method: string, target: string) => void;
  readonly onMiss: (message: string) => void;
  /** A call's file cannot be read. */
  readonly onFailed: (error: RecorderError) => void;
}

/** What answers before AWS is asked, by mode. */
export async function recordedAnswers(options: RecordedAnswers): Promise<readonly Service[]> {
  const { mode, out, redact } = options;
  if (mode === "record") return [];
  if (mode === "auto") return [byFile(options)];
  try {
    const found = (await hasCassettes(out)) ? await loadCassettes(out) : [];
    return [told(replay(found, { miss: "pass", redact }), options)];
  } catch (cause) {
    throw cassetteFailure(cause);
  }
}

/** Loads the file of each call at its first request, before this session can have written it. */
function byFile(options: RecordedAnswers): Service {
  const { pathFor, onMiss, onFailed, redact } = options;
  const files = new Map<string, Promise<Service | undefined>>();
  const load = async (path: string) => {
    if (!(await stat(path).catch(() => undefined))) return undefined;
    return told(replay(await loadCassette(path), { redact, onMiss: ({ message }) => onMiss(message) }), options);
  };
  return {
    async handle(request) {
      const path = pathFor(nameOfRequest(request));
      if (!files.has(path)) files.set(path, load(path));
      try {
        return await (await files.get(path))?.handle(request);
      } catch (cause) {
        const error = cassetteFailure(cause);
        if (!(error instanceof RecorderError)) throw error;
        onFailed(error);
        return refusalReply(error);
      }
    },
  };
}

function told(service: Service, { onReplayed }: RecordedAnswers): Service {
  return {
    async handle(request): Promise<Reply | undefined> {
      const reply = await service.handle(request);
      // The answer to a miss is none.
      const isMiss = reply && headerValue(reply.headers, "x-amzn-errortype") === "ReplayMissError";
      if (reply && !isMiss) onReplayed(request.method, request.target);
      return reply;
    },
  };
}

async function hasCassettes(out: string): Promise<boolean> {
  const found = await stat(out).catch(() => undefined);
  if (!found?.isDirectory()) return found !== undefined;
  return (await readdir(out)).some((name) => name.endsWith(".cassette.jsonl"));
}
