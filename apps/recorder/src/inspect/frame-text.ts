import type { HeaderValue } from "@eventstream-kit/codec";
import type { Colors } from "../terminal.ts";
import type { InspectedFrame, InspectedStream } from "./inspection.ts";
import { printable } from "./printable.ts";

/** One frame: where it is, every header with its type, and the whole payload. */
export function frameText({ chunks = [] }: InspectedStream, frame: InspectedFrame, colors: Colors): string[] {
  const { number, offset, length, at, name, message, problem } = frame;
  const chunk = chunks.findIndex(({ end }) => end >= offset + length) + 1;
  const time = at === undefined ? "" : `, complete with chunk ${chunk} at ${at} ms`;
  const headers = [...(message?.headers ?? [])];
  const widest = Math.max(0, ...headers.map(([header]) => header.length));
  return [
    `${colors.bold(`frame ${number}  ${printable(name)}`)}  ${length} bytes at ${offset}${time}`,
    ...(problem ? [colors.red(`!! byte ${problem.offset}: ${problem.code}: ${problem.message}`)] : []),
    ...headers.map(
      ([header, value]) => `${printable(header).padEnd(widest)}  ${value.type.padEnd(9)}  ${valueText(value)}`,
    ),
    ...(message ? [`payload, ${message.payload.length} bytes`, ...payloadLines(message.payload)] : []),
  ];
}

function valueText(header: HeaderValue): string {
  if (header.type === "binary") return Buffer.from(header.value).toString("base64");
  return printable(String(header.value));
}

/** Text line by line; anything else as hex, 16 bytes a line. */
function payloadLines(payload: Uint8Array): string[] {
  if (payload.length === 0) return [];
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(payload);
    return text.split("\n").map((line) => `  ${printable(line)}`);
  } catch {
    const digits = Buffer.from(payload).toString("hex");
    return (digits.match(/.{1,32}/g) ?? []).map((row) => `  ${row.replace(/(..)(?=.)/g, "$1 ")}`);
  }
}
