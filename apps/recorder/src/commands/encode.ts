import { createHash } from "node:crypto";
import { itemBytes, itemFromLine, type ReadPayloadFile } from "@eventstream-kit/cassette";
import { cassetteFailure } from "../cassette-failure.ts";
import type { CommandModule } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { inputFile, inputOf } from "../input.ts";
import { linesOf } from "../lines.ts";
import { payloadsOf } from "../payloads.ts";

/** `eventstream encode`: the inverse of `decode`. */
export const encode: CommandModule = {
  define(command) {
    command
      .argument("[file]", "lines to encode; - or nothing reads standard input")
      .option("--base64", "print the bytes as base64, on one line")
      .addHelpText(
        "after",
        `
Takes what eventstream decode prints, or a whole cassette: its "frame" and
"raw" lines are encoded; its other lines, comments and empty ones are not.

Example:
  $ eventstream decode stream.bin | sed s/blue/green/ | eventstream encode`,
      );
  },

  async run(command, context) {
    const input = inputOf(command, context);
    if (!input) return exitCodes.usage;
    const { base64 } = command.opts<{ readonly base64?: true }>();
    const { stdout } = context.terminal;
    const readFile = payloadsOf(inputFile(command));
    let number = 0;
    let rest: Uint8Array = new Uint8Array();
    for await (const line of linesOf(input)) {
      number++;
      if (isPassedOver(line)) continue;
      const bytes = bytesOf(line, number, readFile);
      if (!base64) {
        await stdout.write(bytes);
        continue;
      }
      // Three bytes are four letters: what is no multiple waits for more.
      const all = Buffer.concat([rest, bytes]);
      const whole = all.length - (all.length % 3);
      await stdout.write(all.toString("base64", 0, whole));
      rest = all.subarray(whole);
    }
    if (base64) await stdout.write(`${Buffer.from(rest).toString("base64")}\n`);
    return exitCodes.success;
  },
};

/** The lines of a cassette that are not part of a body. A kind nobody knows is not among them: it may be a typo. */
const otherKinds = /^(#|\s*$|\{"eventstream":|\{"k":"(?:req|res|trailers|end|timing|meta)")/;

function isPassedOver(line: string): boolean {
  return otherKinds.test(line);
}

function bytesOf(line: string, number: number, readFile: ReadPayloadFile): Uint8Array {
  try {
    return itemBytes(itemFromLine(line, number, { readFile, sha256: () => createHash("sha256") }));
  } catch (cause) {
    throw cassetteFailure(cause);
  }
}
