import { itemBytes, itemLine, ItemSplitter, type Item } from "@eventstream-kit/cassette";
import { Option, type Command } from "commander";
import { count } from "../call-log.ts";
import type { CommandContext, CommandModule } from "../command.ts";
import { formats, type Format } from "../decode/formats.ts";
import type { ItemPrinter } from "../decode/item-printer.ts";
import { RecorderError } from "../errors.ts";
import { exitCodes } from "../exit-codes.ts";
import { inputFile, inputOf } from "../input.ts";
import { otherContent } from "../inspect/other-content.ts";
import { watchInterrupts, type Interrupts } from "../interrupts.ts";
import { parseNumber } from "../option-values.ts";
import { capital } from "../program.ts";
import { isOpaque } from "../sources/opaque.ts";
import { notations, type Notation } from "../sources/notation.ts";
import { openSource, type Source } from "../sources/source.ts";

interface Options {
  readonly format: Format;
  readonly from?: Notation;
  readonly exchange?: number;
  readonly follow?: true;
  readonly lenient?: true;
}

/** `eventstream decode`: bytes to the `frame` and `raw` lines of a cassette, each as soon as it is complete. */
export const decode: CommandModule = {
  define(command) {
    command
      .argument("[file]", "a stream, or a HAR, vcrpy or cassette; - or nothing reads stdin")
      .addOption(new Option("--format <format>", "how to print frames").choices(formats).default("jsonl"))
      .addOption(new Option("--from <notation>", "what the input is (default: seen from it)").choices(notations))
      .addOption(new Option("--exchange <n>", "only the nth call of a HAR, vcrpy or cassette").argParser(parseNumber))
      .option("--follow", "go on when the file grows, until Ctrl-C")
      .option("--lenient", "find the frames after damage, which then is no failure")
      .addHelpText(
        "after",
        `
Prints one JSON line a frame, as in a cassette. Bytes that are no valid frame
are printed as "raw" lines, and the exit code is then 4. Nothing is lost:
eventstream encode gives the input back. A stream may also be base64 or hex.

Example:
  $ curl -sN https://... | eventstream decode`,
      );
  },

  async run(command, context) {
    const options = command.opts<Options>();
    const interrupts = options.follow ? watchInterrupts(context.process) : undefined;
    const input = await chunksOf(command, context, interrupts);
    if (!input) return exitCodes.usage;
    const source = await openSource(input, options.from, inputFile(command));
    context.terminal.detail(`reading  ${source.notation}`);
    const printer = await createPrinter(options, context);
    if (source.kind === "stream") {
      if (options.exchange !== undefined) {
        throw new RecorderError("usage", "The input is one stream; --exchange is for files of calls");
      }
      await printStream(source.bytes, options, printer.print);
    } else {
      await printDocument(source, options, printer.print, context);
    }
    const faults = printer.faults();
    if (interrupts?.first.aborted) return exitCodes.interrupted;
    return faults === 0 || options.lenient ? exitCodes.success : exitCodes.integrity;
  },
};

async function chunksOf(
  command: Command,
  context: CommandContext,
  interrupts: Interrupts | undefined,
): Promise<AsyncIterable<Uint8Array> | undefined> {
  const [file = "-"] = command.args;
  // Standard input goes on by itself for as long as somebody writes.
  if (!interrupts || file === "-") return inputOf(command, context);
  const { followed } = await import("../decode/follow.ts");
  return followed(file, interrupts.first);
}

interface Printer {
  readonly print: (items: readonly Item[]) => Promise<void>;
  /** Says what was raw, and returns how many reasons were a fault. */
  readonly faults: () => number;
}

async function createPrinter({ format }: Options, { terminal }: CommandContext): Promise<Printer> {
  const printed: ItemPrinter =
    format === "jsonl"
      ? (item) => `${itemLine(item)}\n`
      : // Loaded when asked for: the lines of a cassette need none of it.
        (await import("../decode/item-printer.ts")).itemPrinter(format, {
          colors: terminal.dataColors,
          width: terminal.columns,
        });
  const reasons = new Map<string, number>();
  let other: string | undefined;
  let isFirst = true;
  return {
    async print(items) {
      for (const item of items) {
        if (isFirst && item.kind === "raw") other = otherContent(item.bytes);
        isFirst = false;
        if (item.kind === "raw") reasons.set(item.why, (reasons.get(item.why) ?? 0) + 1);
        await terminal.stdout.write(printed(item));
      }
    },
    faults() {
      for (const [why, number] of reasons) terminal.say(`${count(number, "raw line")}: ${why}`);
      if (other !== undefined) terminal.say(capital(other));
      return [...reasons.keys()].filter((why) => why !== tooLongForALine).length;
    },
  };
}

/** A whole and valid frame that would make a line of more than 1 MiB. */
const tooLongForALine = "rejected:too_large";

type Print = Printer["print"];

/** Only lines have a length that a frame may be too long for. */
function splitterFor({ format }: Options): ItemSplitter {
  return new ItemSplitter({ anyLine: format !== "jsonl" });
}

async function printStream(bytes: AsyncIterable<Uint8Array>, options: Options, print: Print): Promise<void> {
  if (!options.lenient) {
    const splitter = splitterFor(options);
    for await (const chunk of bytes) await print(splitter.push(chunk));
    return print(splitter.finish());
  }
  const { FrameSegments } = await import("../decode/frame-segments.ts");
  const segments = new FrameSegments();
  const printAll = async (parts: readonly Uint8Array[]) => {
    for (const part of parts) {
      const splitter = splitterFor(options);
      await print(splitter.push(part));
      await print(splitter.finish());
    }
  };
  for await (const chunk of bytes) await printAll(segments.push(chunk));
  return printAll(segments.finish());
}

/** The streams of all calls, one after the other. Bodies that are none are passed over. */
async function printDocument(
  source: Extract<Source, { kind: "document" }>,
  options: Options,
  print: Print,
  { terminal }: CommandContext,
): Promise<void> {
  const { readAsCassette } = await import("../sources/read-cassette.ts");
  const { exchanges } = await readAsCassette(source, "/", options.exchange);
  const streams = exchanges.filter((exchange) => !isOpaque(exchange));
  for (const { request, items } of streams) {
    terminal.detail(`decoding  ${request.method} ${request.path}`);
    for (const item of items) await print(item.kind === "frame" ? resplit(item, options) : [item]);
  }
  const passed = exchanges.length - streams.length;
  if (passed > 0) terminal.say(`${count(passed, "answer")} passed over: not an event stream`);
}

/** As it would be in a stream: a payload that is in a file of its own may be too long for a line. */
function resplit(item: Item, options: Options): readonly Item[] {
  const splitter = splitterFor(options);
  return [...splitter.push(itemBytes(item)), ...splitter.finish()];
}
