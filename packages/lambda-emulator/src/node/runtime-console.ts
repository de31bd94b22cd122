import process from "node:process";
import { format } from "node:util";

/** Methods of the console that print a line, and the level that Lambda's Node.js runtime gives each. */
const levels = {
  log: "INFO",
  info: "INFO",
  debug: "DEBUG",
  warn: "WARN",
  error: "ERROR",
  trace: "TRACE",
} as const;

export type LogLevel = (typeof levels)[keyof typeof levels];

/** The invocation that lines belong to. The runtime prints `undefined` for those before the first. */
let requestId: string | undefined;

export function beginLogOf(id: string): void {
  requestId = id;
}

/** A line of the log: `<ISO time>\t<request id>\t<level>\t<text>`. */
export function logLine(level: LogLevel, text: string): void {
  process.stdout.write(`${new Date().toISOString()}\t${String(requestId)}\t${level}\t${text}\n`);
}

/** Has the console print as on Lambda. */
export function installConsole(): void {
  for (const [method, level] of Object.entries(levels)) {
    console[method as keyof typeof levels] = (...values: unknown[]) => logLine(level, format(...values));
  }
}
