import { printable } from "./inspect/printable.ts";

/** How a function failed, as `InvokeComplete` says it. Lambda's runtimes write the details as a JSON document. */
export interface FunctionFailure {
  /** On one line: `TypeError: so bad`. */
  readonly summary: string;
  /** Where it was, a line for each call. Empty when that is not said. */
  readonly trace: readonly string[];
}

/** What people are to read of a failure, with nothing in it that a terminal would obey. */
export function functionFailure(errorCode = "", errorDetails = ""): FunctionFailure {
  const { errorType, errorMessage, trace } = documentOf(errorDetails);
  if (errorMessage === undefined) return { summary: printable(joined(errorCode, errorDetails)), trace: [] };
  // "Unhandled" says less than the class of the error.
  const summary = joined(errorType ?? errorCode, errorMessage);
  // JavaScript's begins with the error itself.
  const calls = trace[0]?.trim() === summary.trim() ? trace.slice(1) : trace;
  return { summary: printable(summary), trace: calls.map((line) => printable(line)) };
}

const joined = (...parts: readonly string[]) => parts.filter((part) => part !== "").join(": ");

interface ErrorDocument {
  readonly errorType?: string;
  readonly errorMessage?: string;
  readonly trace: readonly string[];
}

function documentOf(details: string): ErrorDocument {
  try {
    // `trace` on Node, `stackTrace` on Python and Java.
    const { errorType, errorMessage, trace, stackTrace } = Object(JSON.parse(details)) as Record<string, unknown>;
    const calls = trace ?? stackTrace;
    return {
      ...(typeof errorType === "string" ? { errorType } : {}),
      ...(typeof errorMessage === "string" ? { errorMessage } : {}),
      trace: Array.isArray(calls)
        ? calls.filter((call) => typeof call === "string").flatMap((call) => call.trimEnd().split("\n"))
        : [],
    };
  } catch {
    return { trace: [] };
  }
}
