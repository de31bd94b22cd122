import { Option } from "commander";
import type { CommandContext, CommandModule } from "../command.ts";
import { RecorderError } from "../errors.ts";
import { exitCodes } from "../exit-codes.ts";
import { inputOf, wholeOf } from "../input.ts";
import { frameText } from "../inspect/frame-text.ts";
import { hexDump } from "../inspect/hex-dump.ts";
import { inspectFile, isLambdaStream, type InspectedStream, type Inspection } from "../inspect/inspection.ts";
import { inspectionJson } from "../inspect/inspection-json.ts";
import { inspectionText } from "../inspect/inspection-text.ts";
import { parseNumber } from "../option-values.ts";
import { isBrokenPipe } from "../terminal.ts";

interface Options {
  readonly exchange?: number;
  readonly frame?: number;
  readonly payload?: true;
  readonly hex?: true;
  readonly json?: true;
}

/** `eventstream inspect`: what is in a cassette or in the bytes of an event stream. */
export const inspect: CommandModule = {
  define(command) {
    command
      .argument("[file]", "cassette or event-stream bytes; - or nothing reads stdin")
      .addOption(new Option("--exchange <n>", "only the nth exchange of a cassette").argParser(parseNumber))
      .addOption(new Option("--frame <n>", "only the nth frame, with all its headers").argParser(parseNumber))
      .addOption(new Option("--payload", "print the bytes of the payload, nothing else").conflicts(["hex", "json"]))
      .addOption(new Option("--hex", "print every byte and what it means").conflicts(["payload", "json"]))
      .addOption(new Option("--json", "print one JSON object").conflicts(["payload", "hex"]))
      .addHelpText(
        "after",
        `
Bytes that are no valid frame are shown with their exact offset and what was
expected there. The exit code is then 4, unless a cassette holds them.

Example:
  $ eventstream inspect cassettes/chat.cassette.jsonl`,
      );
  },

  async run(command, context) {
    const input = inputOf(command, context);
    if (!input) return exitCodes.usage;
    const options = command.opts<Options>();
    const [file = "-"] = command.args;
    const whole = inspectFile(file === "-" ? "(standard input)" : file, await wholeOf(input));
    const inspection = { ...whole, streams: chosen(whole, options) };
    // A reader who has seen enough changes nothing: the exit code is to say what is damaged all the same.
    await print(inspection, options, context).catch((error: unknown) => {
      if (!isBrokenPipe(error)) throw error;
    });
    const damaged = inspection.streams.some(({ frames }) => frames.some(({ problem }) => problem));
    return damaged && inspection.format === "event-stream" ? exitCodes.integrity : exitCodes.success;
  },
};

/** The streams asked for. A frame that none of them has is an error, not an empty answer. */
function chosen({ streams, file }: Inspection, { exchange, frame }: Options): readonly InspectedStream[] {
  const found = exchange === undefined ? streams : streams.filter(({ number }) => number === exchange);
  if (exchange !== undefined && found.length === 0) {
    throw new RecorderError("usage", `There is no exchange ${exchange} in ${file}; it has ${streams.length}`);
  }
  if (frame === undefined) return found;
  const having = found.filter(({ frames }) => frames.length >= frame);
  if (having.length > 0) return having;
  const most = Math.max(0, ...found.map(({ frames }) => frames.length));
  throw new RecorderError("usage", `There is no frame ${frame} in ${file}; it has ${most}`);
}

async function print(inspection: Inspection, options: Options, { terminal }: CommandContext): Promise<void> {
  const { dataColors: colors, columns: width, stdout } = terminal;
  const lines = async (all: readonly string[]) => {
    for (const line of all) await stdout.write(`${line}\n`);
  };
  const { frame } = options;
  if (options.json) return lines([JSON.stringify(inspectionJson(inspection, frame))]);
  if (options.payload) {
    for (const stream of inspection.streams) for (const part of payloads(stream, frame)) await stdout.write(part);
    return;
  }
  if (frame === undefined) await lines(inspectionText(inspection, { colors, width }));
  for (const stream of inspection.streams) {
    const frames = frame === undefined ? stream.frames : [stream.frames[frame - 1]!];
    if (options.hex) await lines(hexDump(stream, frames, colors));
    else if (frame !== undefined) await lines(frameText(stream, frames[0]!, colors));
  }
}

/** What a program would have got: of a Lambda stream what the function wrote, of others every payload. */
function* payloads(stream: InspectedStream, frame: number | undefined): Generator<Uint8Array> {
  if (stream.opaque !== undefined) {
    yield stream.body;
    return;
  }
  const onlyChunks = frame === undefined && isLambdaStream(stream.frames, stream.exchange);
  for (const { number, name, message } of stream.frames) {
    if (frame !== undefined && number !== frame) continue;
    if (message && !(onlyChunks && name !== "PayloadChunk")) yield message.payload;
  }
}
