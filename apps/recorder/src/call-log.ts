import type { Exchange } from "@eventstream-kit/cassette";
import { textOf, type CallName } from "./call-name.ts";
import type { RecorderError } from "./errors.ts";
import type { Terminal } from "./terminal.ts";

/** What people see of calls while they are recorded: a live line on a terminal, and one line for each that ended. */
export interface CallLog {
  start(call: CallName): LoggedCall;
}

export interface LoggedCall {
  chunk(bytes: number): void;
  /** The call is over. Its line waits until it is known whether the recording is in its file. */
  done(exchange: Exchange, stored: Promise<RecorderError | undefined>): void;
  failed(error: RecorderError): void;
}

interface OpenCall {
  readonly name: string;
  readonly started: number;
  chunks: number;
  bytes: number;
}

/** `live: false` where a command writes to the same terminal. */
export function callLog(terminal: Terminal, live: boolean, now: () => number = () => performance.now()): CallLog {
  const open = new Set<OpenCall>();
  const { colors } = terminal;

  let shownAt = -Infinity;
  const refresh = () => {
    if (!live) return;
    shownAt = now();
    const latest = [...open].at(-1);
    if (!latest) return terminal.status();
    const more = open.size > 1 ? `${open.size} open, ` : "";
    const seconds = `${((now() - latest.started) / 1000).toFixed(1)} s`;
    terminal.status(`${more}${latest.name}  ${latest.chunks} chunks  ${size(latest.bytes)}  ${seconds}`);
  };

  return {
    start(call) {
      const entry: OpenCall = { name: textOf(call), started: now(), chunks: 0, bytes: 0 };
      open.add(entry);
      refresh();
      const note = (line: string) => {
        terminal.note(line);
        refresh();
      };
      return {
        chunk(bytes) {
          entry.chunks++;
          entry.bytes += bytes;
          // Nobody reads faster.
          if (now() - shownAt >= 100) refresh();
        },
        done(exchange, stored) {
          open.delete(entry);
          refresh();
          const facts = describe(entry, exchange, now());
          void stored.then((failure) => note(`${outcome(exchange, failure, colors)}  ${facts}`));
        },
        failed(error) {
          open.delete(entry);
          terminal.say(`${colors.red("failed")}  ${entry.name}  ${error.message}`);
          refresh();
        },
      };
    },
  };
}

function outcome({ end }: Exchange, failure: RecorderError | undefined, colors: Terminal["colors"]): string {
  if (failure) return colors.red(`not recorded, ${failure.code}`);
  return end.how === "eof" ? colors.green("recorded") : colors.yellow(`recorded, ${end.how}`);
}

function describe(entry: OpenCall, exchange: Exchange, now: number): string {
  const { end, items, response } = exchange;
  const frames = items.filter(({ kind }) => kind === "frame").length;
  const raw = items.length - frames;
  return [
    entry.name,
    String(response.status),
    ...(frames > 0 ? [count(frames, "frame")] : []),
    ...(raw > 0 ? [count(raw, "raw item")] : []),
    size(end.bytes),
    `${((now - entry.started) / 1000).toFixed(1)} s`,
  ].join("  ");
}

export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}

export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1e6) return `${(bytes / 1000).toFixed(1)} kB`;
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
