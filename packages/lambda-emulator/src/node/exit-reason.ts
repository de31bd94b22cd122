import { crashed } from "../function-error.ts";
import type { Outcome } from "../invocation.ts";

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** It never began: the command cannot be run. */
  readonly error?: Error;
}

/** Signals as the sandbox, a Go program, names them. */
const signalNames: Partial<Record<NodeJS.Signals, string>> = {
  SIGABRT: "aborted",
  SIGBUS: "bus error",
  SIGFPE: "floating point exception",
  SIGHUP: "hangup",
  SIGILL: "illegal instruction",
  SIGINT: "interrupt",
  SIGKILL: "killed",
  SIGPIPE: "broken pipe",
  SIGQUIT: "quit",
  SIGSEGV: "segmentation fault",
  SIGTERM: "terminated",
  SIGTRAP: "trace/breakpoint trap",
};

/** The outcome of an invocation whose process ended before it answered. */
export function exitOutcome({ code, signal, error }: Exit, requestId: string): Outcome {
  if (error !== undefined) return crashed("Runtime.InvalidEntrypoint", error.message, requestId);
  if (signal !== null) {
    const name = signalNames[signal] ?? signal;
    return crashed("Runtime.ExitError", `Runtime exited with error: signal: ${name}`, requestId);
  }
  const reason = code === 0 ? "without providing a reason" : `with error: exit status ${String(code)}`;
  return crashed("Runtime.ExitError", `Runtime exited ${reason}`, requestId);
}
