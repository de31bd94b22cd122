import { textOf, type CallName } from "./call-name.ts";
import type { RecorderError } from "./errors.ts";
import { FrameCounter } from "./frame-counter.ts";
import type { ExchangeFacts } from "./recording-messages.ts";
import type { Outcome } from "./recording-thread.ts";
import type { Terminal } from "./terminal.ts";

/** What people see of calls while they are recorded: a live line for each on a terminal, and a line for each that ended. */
export interface CallLog {
  start(call: CallName): LoggedCall;
  /** Nothing is recorded any more: tells of each call that is still open. */
  left(): void;
}

export interface LoggedCall {
  /** The response has begun. `frames`: its body is an event stream. */
  head(status: number, frames: boolean): void;
  chunk(bytes: Uint8Array): void;
  /** The call is over. Its line waits until it is known what has become of its recording. */
  done(outcome: Promise<Outcome>): void;
  failed(error: RecorderError): void;
}

interface OpenCall {
  readonly name: string;
  readonly started: number;
  status?: number;
  frames?: FrameCounter;
  bytes: number;
  chunkAt?: number;
}

export interface CallLogOptions {
  /** Whether there are live lines: not where a command writes to the same terminal. */
  readonly live: boolean;
  /** A monotonic clock in milliseconds. */
  readonly now?: () => number;
}

/** Nobody reads faster. */
const refreshMs = 100;

export function callLog(terminal: Terminal, { live, now = () => performance.now() }: CallLogOptions): CallLog {
  const open = new Set<OpenCall>();
  const { colors } = terminal;
  let ticking: NodeJS.Timeout | undefined;
  let shownAt = -Infinity;

  const show = () => {
    if (!live) return;
    shownAt = now();
    terminal.status([...open].map((call) => liveLine(call, shownAt)));
    // Silence shows as well.
    if (open.size > 0) ticking ??= setInterval(show, 250).unref();
    else {
      clearInterval(ticking);
      ticking = undefined;
    }
  };
  const failed = ({ name }: OpenCall, error: RecorderError) => `${colors.red("failed")}  ${name}  ${error.message}`;
  const notRecorded = (why: string, { name }: OpenCall) => `${colors.yellow(`not recorded, ${why}`)}  ${name}`;
  const tell = async (entry: OpenCall, outcome: Promise<Outcome>, elapsed: number) => {
    const { exchange, failure } = await outcome;
    if (exchange) terminal.note(`${result(exchange, failure, colors)}  ${describe(entry, exchange, elapsed)}`);
    else if (failure!.code === "interrupted") terminal.say(notRecorded("interrupted", entry));
    else terminal.say(failed(entry, failure!));
    show();
  };
  const end = (entry: OpenCall) => {
    open.delete(entry);
    show();
  };

  return {
    start(call) {
      const entry: OpenCall = { name: textOf(call), started: now(), bytes: 0 };
      open.add(entry);
      show();
      return {
        head(status, frames) {
          entry.status = status;
          if (frames) entry.frames = new FrameCounter();
          show();
        },
        chunk(bytes) {
          if (!live) return;
          entry.bytes += bytes.length;
          entry.frames?.push(bytes);
          entry.chunkAt = now();
          if (entry.chunkAt - shownAt >= refreshMs) show();
        },
        done(outcome) {
          const elapsed = now() - entry.started;
          end(entry);
          void tell(entry, outcome, elapsed);
        },
        failed(error) {
          terminal.say(failed(entry, error));
          end(entry);
        },
      };
    },
    left() {
      for (const entry of open) {
        terminal.say(notRecorded("still open", entry));
        end(entry);
      }
    },
  };
}

/**
 * `open  200  3 frames  412 B  2.1 s  idle 0.4 s  InvokeWithResponseStream report`. The name is last, because a narrow terminal
 * cuts lines.
 */
function liveLine({ name, started, status, frames, bytes, chunkAt }: OpenCall, now: number): string {
  return [
    ...(status === undefined ? ["waiting"] : ["open", String(status)]),
    ...(frames ? [count(frames.count, "frame")] : []),
    ...(status === undefined ? [] : [size(bytes)]),
    seconds(now - started),
    ...(chunkAt === undefined ? [] : [`idle ${seconds(now - chunkAt)}`]),
    name.replace(/^[a-z-]+:(?=[A-Z])/, ""),
  ].join("  ");
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function result({ how }: ExchangeFacts, failure: RecorderError | undefined, colors: Terminal["colors"]): string {
  if (failure) return colors.red(`not recorded, ${failure.code}`);
  return how === "eof" ? colors.green("recorded") : colors.yellow(`recorded, ${how}`);
}

function describe({ name }: OpenCall, exchange: ExchangeFacts, elapsed: number): string {
  const { status, frames, items, bytes, redacted } = exchange;
  const raw = items - frames;
  return [
    name,
    String(status),
    ...(frames > 0 ? [count(frames, "frame")] : []),
    ...(raw > 0 ? [count(raw, "raw item")] : []),
    size(bytes),
    seconds(elapsed),
    ...redactions(redacted),
  ].join("  ");
}

/** Values that were masked; headers and query are left out of any recording. */
function redactions(counts: ExchangeFacts["redacted"]): string[] {
  const values = Object.entries(counts).filter(([rule]) => rule !== "headers" && rule !== "query");
  const sum = values.reduce((total, [, number]) => total + number, 0);
  return sum === 0 ? [] : [`redacted ${sum}`];
}

export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}

export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1e6) return `${(bytes / 1000).toFixed(1)} kB`;
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
