/** Log bytes that `LogType: Tail` returns. */
export const logTailBytes = 4096;

/** Characters of what a function prints that are kept at least, from the end; at most twice as many. */
const keptChars = 1024 * 1024;

const encoder = new TextEncoder();

/** What an invocation's log is about. */
export interface LogSubject {
  readonly requestId: string;
  readonly version: string;
  /** In MB. */
  readonly memorySize: number;
}

/**
 * The log of one invocation, in the lines of a real one:
 *
 *     START RequestId: <id> Version: $LATEST
 *     <ISO time>\t<id>\tINFO\t<text>
 *     END RequestId: <id>
 *     REPORT RequestId: <id>\tDuration: 313.06 ms\tBilled Duration: 314 ms\tMemory Size: 128 MB\tMax Memory Used: 76 MB\t
 */
export class InvocationLog {
  readonly #requestId: string;
  readonly #version: string;
  readonly #memorySize: number;
  readonly #now: () => number;
  #startedAt: number;
  #initMs: number | undefined;
  /** After the START line, without {@link #dropped} characters at its beginning. */
  #text = "";
  #dropped = 0;
  /** In milliseconds, when it has ended. */
  #duration: number | undefined;
  #status: "timeout" | undefined;

  constructor({ requestId, version, memorySize }: LogSubject, now: () => number, startedAt = now()) {
    this.#requestId = requestId;
    this.#version = version;
    this.#memorySize = memorySize;
    this.#now = now;
    this.#startedAt = startedAt;
  }

  /** A line of the function or its runtime. Ignored after the end, as Lambda freezes the function then. */
  line(level: "INFO" | "WARN" | "ERROR", text: string): void {
    if (this.#duration !== undefined) return;
    this.#append(`${new Date(this.#now()).toISOString()}\t${this.#requestId}\t${level}\t`);
    this.#append(text);
    this.#append("\n");
  }

  /** What a runtime printed, as it is. */
  output(text: string): void {
    if (this.#duration === undefined) this.#append(text);
  }

  /** Why the runtime is gone, as the service says it. */
  crash(errorType: string, errorMessage: string): void {
    this.#endLine();
    this.output(`${errorMessage}\n${errorType}\n`);
  }

  /** The function begins now: its runtime took `initMs` to start (a cold start), or was there already. */
  begin(initMs: number | undefined): void {
    this.#startedAt = this.#now();
    this.#initMs = initMs;
  }

  /**
   * Adds END and REPORT.
   *
   * @param mostMs that a timeout has allowed: it may be noticed late
   */
  end(status?: "timeout", mostMs = Infinity): void {
    if (this.#duration !== undefined) return;
    this.#endLine();
    this.#duration = Math.min(Math.max(0, this.#now() - this.#startedAt), mostMs);
    this.#status = status;
  }

  /** The memory used is not measured: the report names the whole. */
  #report(): string {
    const duration = this.#duration;
    if (duration === undefined) return "";
    const requestId = this.#requestId;
    const memorySize = this.#memorySize;
    const fields = [
      `REPORT RequestId: ${requestId}`,
      `Duration: ${duration.toFixed(2)} ms`,
      // Captured: with the start of the runtime.
      `Billed Duration: ${Math.ceil(duration + (this.#initMs ?? 0))} ms`,
      `Memory Size: ${memorySize} MB`,
      `Max Memory Used: ${memorySize} MB`,
      ...(this.#initMs === undefined ? [] : [`Init Duration: ${this.#initMs.toFixed(2)} ms`]),
      this.#status === undefined ? "" : `Status: ${this.#status}`,
    ];
    return `END RequestId: ${requestId}\n${fields.join("\t")}\n`;
  }

  /** The last line that a runtime printed may lack its end. */
  #endLine(): void {
    if (this.#text !== "" && !this.#text.endsWith("\n")) this.#text += "\n";
  }

  /** A function that prints without end must not take all memory, nor the longest string that there can be. */
  #append(text: string): void {
    const end = text.length > keptChars ? text.slice(-keptChars) : text;
    const before = this.#text.length + text.length;
    this.#text += end;
    if (this.#text.length > 2 * keptChars) this.#text = this.#text.slice(-keptChars);
    this.#dropped += before - this.#text.length;
  }

  toString(): string {
    const missing = this.#dropped === 0 ? "" : `... ${this.#dropped} characters are not kept\n`;
    return `START RequestId: ${this.#requestId} Version: ${this.#version}\n${missing}${this.#text}${this.#report()}`;
  }
}

/** The last 4,096 bytes of a log, in padded base64. The cut may fall inside a character. */
export function logTail(log: string): string {
  return Buffer.from(encoder.encode(log).subarray(-logTailBytes)).toString("base64");
}
