import { relative, resolve } from "node:path";
import { count, size } from "./call-log.ts";
import type { ChangedFiles } from "./changed-files.ts";
import { endpointVariable } from "./child.ts";
import type { CommandContext } from "./command.ts";
import type { RecorderError } from "./errors.ts";
import { cassettesIn } from "./record-mode.ts";
import type { FileSummary } from "./recording-session.ts";
import type { Terminal } from "./terminal.ts";

interface SessionFiles {
  readonly changed: ChangedFiles;
  /** Files that requests were answered from. */
  readonly replayed: ReadonlySet<string>;
  readonly out: string;
}

/** Bytes of a cassette from which on one should think about keeping it: 1 MiB. */
const worthANote = 1_048_576;

/** What `eventstream record` says at its end: what went wrong, which files there are, and what to do with them. */
export async function summarize(
  written: readonly FileSummary[],
  failures: readonly RecorderError[],
  files: SessionFiles,
  context: CommandContext,
): Promise<void> {
  const { terminal, process } = context;
  const { green, red, yellow, bold, dim } = terminal.colors;
  const hints = new Map(failures.map(({ message, hint }) => [message, hint]));
  for (const [message, hint] of hints) {
    terminal.say(`${red("error:")} ${message}`);
    if (hint !== undefined) terminal.say(dim(hint));
  }

  const shown = (path: string) => relative(process.cwd(), path);
  const toAdd: string[] = [];
  for (const { path, change, exchanges, bytes, files: payloads } of written) {
    const isUnchanged = change === "updated" && files.changed.isUnchanged(path);
    if (!isUnchanged && !path.endsWith(".partial"))
      toAdd.push(shown(path), ...(payloads > 0 ? [shown(`${path}.d`)] : []));
    const facts = `${shown(path)}  ${count(exchanges, "exchange")}`;
    terminal.note(isUnchanged ? `${dim("unchanged")}  ${facts}, but for time` : `${green(change)}  ${facts}`);
    if (bytes >= worthANote) terminal.note(yellow(`large  ${shown(path)}  ${size(bytes)}: much for a repository`));
  }
  const used = new Set([...written.map(({ path }) => path), ...files.replayed].map((path) => resolve(path)));
  const called = new Set(Array.from(files.changed.paths(), (path) => resolve(path)));
  for (const path of await cassettesIn(files.out)) {
    if (used.has(resolve(path))) continue;
    const isKept = called.has(resolve(path));
    const kept = `kept  ${shown(path)}  as it was: no new recording of its calls was written`;
    terminal.note(isKept ? kept : dim(`unused  ${shown(path)}`));
  }
  if (written.length === 0) terminal.note("Nothing was recorded");
  if (toAdd.length > 0) terminal.note(bold(`git add ${toAdd.map(quoted).join(" ")}`));
}

/** A client that goes elsewhere says nothing of it. */
export function sayUncalled(services: readonly string[], terminal: Terminal): void {
  const variables = services.map(endpointVariable).join(", ");
  terminal.note(
    terminal.colors.dim(`No call came here. Clients that read ${variables} do; --service names more services`),
  );
}

function quoted(path: string): string {
  return /^[\w./@%+,=-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}
