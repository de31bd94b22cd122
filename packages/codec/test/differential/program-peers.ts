import { spawn, spawnSync } from "node:child_process";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { hex, toHex, utf8 } from "../support/bytes.ts";
import type { PlainMessage } from "../support/plain.ts";
import type { Peer, PeerResult } from "./peer.ts";

/** A program that answers every line with a line of JSON. Its first line is its version. */
class LineProgram {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;

  constructor(command: string, script: string) {
    this.#child = spawn(command, [fileURLToPath(new URL(script, import.meta.url))]);
    this.#child.stderr.on("data", (text: Buffer) => process.stderr.write(text));
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  async read(): Promise<unknown> {
    const { done, value } = await this.#lines.next();
    if (done) throw new Error("The program has ended");
    return JSON.parse(value);
  }

  /** All are written at once: a pipe that is full would otherwise stop both ends. */
  async ask(lines: readonly string[]): Promise<unknown[]> {
    this.#child.stdin.write(lines.map((line) => `${line}\n`).join(""));
    const answers = [];
    while (answers.length < lines.length) answers.push(await this.read());
    return answers;
  }

  close(): void {
    this.#child.stdin.end();
  }
}

const numbers: ReadonlySet<string> = new Set(["byte", "short", "integer", "long", "timestamp"]);

/** Botocore, which only decodes, or why it cannot be asked. Debian's own Python comes first. */
export async function botocore(): Promise<Peer | string> {
  const command = ["/usr/bin/python3", "python3"].find((python) =>
    works(python, ["-c", "import botocore.eventstream"]),
  );
  if (command === undefined) return "botocore is not installed (apt-get install python3-botocore)";
  const program = new LineProgram(command, "botocore_peer.py");
  return {
    name: "botocore",
    version: String(await program.read()),
    // Python has one kind of integer, and a UUID stays bytes.
    typeName: (type) => (numbers.has(type) ? "number" : type === "uuid" ? "binary" : type),
    decode: async (frames) => (await program.ask(frames.map((frame) => `d ${toHex(frame)}`))) as PeerResult[],
    close: () => program.close(),
  };
}

/** The Ruby gem `aws-eventstream`, or why it cannot be asked. */
export async function ruby(): Promise<Peer | string> {
  if (!works("ruby", ["-e", 'require "aws-eventstream"'])) {
    return "aws-eventstream is not installed (apt-get install ruby ruby-aws-eventstream)";
  }
  const program = new LineProgram("ruby", "ruby_peer.rb");
  return {
    name: "aws-eventstream (Ruby)",
    version: String(await program.read()),
    decode: async (frames) => {
      const answers = (await program.ask(frames.map((frame) => `d ${toHex(frame)}`))) as PeerResult[];
      return answers.map((answer) => ("refused" in answer ? answer : fromRuby(answer)));
    },
    encode: async (messages) => {
      const answers = await program.ask(messages.map((message) => `e ${JSON.stringify(toRuby(message))}`));
      return (answers as (string | { refused: string })[]).map((answer) =>
        typeof answer === "string" ? hex(answer) : answer,
      );
    },
    close: () => program.close(),
  };
}

function works(command: string, args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: "ignore" }).status === 0;
}

const text = (digits: string) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(hex(digits));

function fromRuby({ headers, payload }: PlainMessage): PlainMessage {
  return {
    payload,
    headers: headers.map(([name, type, value]) => {
      if (type === "string") return [text(name), type, text(String(value))];
      if (type === "uuid")
        return [text(name), type, String(value).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-")];
      const small = type === "byte" || type === "short" || type === "integer";
      return [text(name), type, small ? Number(value) : value];
    }),
  };
}

function toRuby({ headers, payload }: PlainMessage): PlainMessage {
  return {
    payload,
    headers: headers.map(([name, type, value]) => {
      const nameHex = toHex(utf8(name));
      if (type === "string") return [nameHex, type, toHex(utf8(String(value)))];
      return [nameHex, type, type === "uuid" ? String(value).replaceAll("-", "") : value];
    }),
  };
}
