import { itemLine, ItemSplitter, type Item } from "@eventstream-kit/cassette";
import { count } from "../call-log.ts";
import type { CommandModule } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { inputOf } from "../input.ts";

/** `eventstream decode`: bytes to the `frame` and `raw` lines of a cassette, each as soon as it is complete. */
export const decode: CommandModule = {
  define(command) {
    command.argument("[file]", "event-stream bytes; - or nothing reads standard input").addHelpText(
      "after",
      `
Prints one JSON line a frame, as in a cassette. Bytes that are not a valid frame
are printed as "raw" lines, and the exit code is then 4. Nothing is lost:
eventstream encode gives the input back.

Example:
  $ curl -sN https://... | eventstream decode`,
    );
  },

  async run(command, context) {
    const input = inputOf(command, context);
    if (!input) return exitCodes.usage;
    const { terminal } = context;
    const splitter = new ItemSplitter();
    const reasons = new Map<string, number>();
    const print = async (items: readonly Item[]) => {
      for (const item of items) {
        if (item.kind === "raw") reasons.set(item.why, (reasons.get(item.why) ?? 0) + 1);
        await terminal.stdout.write(`${itemLine(item)}\n`);
      }
    };
    for await (const chunk of input) await print(splitter.push(chunk));
    await print(splitter.finish());
    for (const [why, number] of reasons) terminal.say(`${count(number, "raw line")}: ${why}`);
    const faults = [...reasons.keys()].filter((why) => why !== tooLongForALine);
    return faults.length === 0 ? exitCodes.success : exitCodes.integrity;
  },
};

/** A whole and valid frame that would make a line of more than 1 MiB. */
const tooLongForALine = "rejected:too_large";
