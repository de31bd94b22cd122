import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { replay, type Cassette, type CassetteMode, type RedactionOptions } from "@eventstream-kit/cassette";
import { loadCassette } from "@eventstream-kit/cassette/node";
import { headerValue, type Reply, type Service, type ServiceRequest } from "@eventstream-kit/service";
import { cassetteFailure } from "./cassette-failure.ts";
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
  /** The file of a request. */
  readonly pathFor: (request: ServiceRequest) => string;
  /** A request was answered from a recording. */
  readonly onReplayed: (method: string, target: string) => void;
  readonly onMiss: (message: string) => void;
  /** A call's file cannot be read. */
  readonly onFailed: (error: RecorderError) => void;
}

/** What answers before AWS is asked. */
export interface Recorded {
  readonly services: readonly Service[];
  /** The files that have answered something so far. */
  used(): ReadonlySet<string>;
}

export async function recordedAnswers(options: RecordedAnswers): Promise<Recorded> {
  const { mode, out, redact } = options;
  if (mode === "record") return { services: [], used: () => new Set() };
  if (mode === "auto") return byFile(options);
  try {
    const files = new Map<Cassette, string>();
    for (const path of await cassettesIn(out)) files.set(await loadCassette(path), path);
    const service = replay([...files.keys()], { miss: "pass", redact });
    const played = () => service.usage().filter((exchange) => exchange.played > 0);
    return {
      services: [told(service, options)],
      used: () => new Set(played().map(({ cassette }) => files.get(cassette)!)),
    };
  } catch (cause) {
    throw cassetteFailure(cause);
  }
}

/** Loads the file of each call at its first request, before this session can have written it. */
function byFile(options: RecordedAnswers): Recorded {
  const { pathFor, onMiss, onFailed, redact } = options;
  const files = new Map<string, Promise<Service | undefined>>();
  const used = new Set<string>();
  const load = async (path: string) => {
    if (!(await stat(path).catch(() => undefined))) return undefined;
    used.add(path);
    return told(replay(await loadCassette(path), { redact, onMiss: ({ message }) => onMiss(message) }), options);
  };
  const service: Service = {
    async handle(request) {
      const path = pathFor(request);
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
  return { services: [service], used: () => used };
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

/** The cassettes of a session before it: those in the folder, or the one file. */
export async function cassettesIn(out: string): Promise<readonly string[]> {
  const found = await stat(out).catch(() => undefined);
  if (!found?.isDirectory()) return found === undefined ? [] : [out];
  const names = await readdir(out);
  return names
    .filter((name) => name.endsWith(".cassette.jsonl"))
    .map((name) => join(out, name))
    .sort();
}
