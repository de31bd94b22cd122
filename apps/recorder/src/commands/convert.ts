import { createHash } from "node:crypto";
import {
  assertNoSecrets,
  assertNoSecretsInExchange,
  CassetteError,
  exchangeChunks,
  formatCassette,
  redactExchange,
  type Cassette,
  type Exchange,
  type RedactionOptions,
} from "@eventstream-kit/cassette";
import { saveCassette } from "@eventstream-kit/cassette/node";
import { Option } from "commander";
import { cassetteFailure } from "../cassette-failure.ts";
import { count } from "../call-log.ts";
import type { CommandModule } from "../command.ts";
import { placeOf } from "../convert/place.ts";
import { environmentSecrets } from "../environment-secrets.ts";
import { RecorderError } from "../errors.ts";
import { exitCodes } from "../exit-codes.ts";
import { inputFile, inputOf } from "../input.ts";
import { otherContent } from "../inspect/other-content.ts";
import { parseNumber, parsePath } from "../option-values.ts";
import { capital } from "../program.ts";
import { recordingFailure } from "../recording-failure.ts";
import { redactionOf, type RedactionFlags } from "../redaction-flags.ts";
import { addRedactionOptions } from "../redaction-options.ts";
import { settingOption } from "../settings.ts";
import { notations, type Notation } from "../sources/notation.ts";
import { isOpaque } from "../sources/opaque.ts";
import { readAsCassette } from "../sources/read-cassette.ts";
import { openSource } from "../sources/source.ts";
import type { Terminal } from "../terminal.ts";

const targets = ["cassette", "raw", "har", "text", "curl"] as const;
type Target = (typeof targets)[number];

interface Options extends RedactionFlags {
  readonly to: Target;
  readonly from?: Notation;
  readonly exchange?: number;
  readonly path: string;
  readonly region?: string;
  readonly endpoint?: string;
  readonly out?: string;
  readonly large?: true;
}

/** `eventstream convert`: recordings of other tools as cassettes, and cassettes for other tools. */
export const convert: CommandModule = {
  define(command) {
    addRedactionOptions(command)
      .argument("[file]", "a cassette, HAR, vcrpy cassette or stream; - or nothing reads stdin")
      .addOption(new Option("--to <format>", "what to print").choices(targets).makeOptionMandatory())
      .addOption(new Option("--from <notation>", "what the input is (default: seen from it)").choices(notations))
      .addOption(new Option("--exchange <n>", "only the nth call").argParser(parseNumber))
      .option("--out <file>", "write the cassette here, with payload files, and print nothing; - prints")
      .option("--large", "with --out: write more than 10 MiB, too")
      .option("--path <path>", "path and query that a bare stream answers", parsePath, "/")
      .addOption(settingOption("region", "region for har and curl (default: the recording's)"))
      .option("--endpoint <url>", "where har and curl call (default: AWS's own endpoint)")
      .addHelpText(
        "after",
        `
Prints to standard output, but for --out. A cassette with payloads of more
than 1 MiB needs that, for they are files beside it. raw is the bytes of the
answers, text a transcript, curl a command that signs with the keys of the
environment. What is not a cassette yet becomes one first, so headers,
signatures and secrets that no cassette holds are in nothing that is printed.

Example:
  $ eventstream convert --to cassette test/cassettes/test_chat.yaml`,
      );
  },

  async run(command, context) {
    const options = command.opts<Options>();
    const out = fileOf(options);
    const input = inputOf(command, context);
    if (!input) return exitCodes.usage;
    const source = await openSource(input, options.from, inputFile(command));
    const { terminal } = context;
    terminal.detail(`reading  ${source.notation}`);
    const whole = await readAsCassette(source, options.path, options.exchange);
    const [first] = whole.exchanges.flatMap(({ items }) => items);
    const other = source.kind === "stream" && first?.kind === "raw" ? otherContent(first.bytes) : undefined;
    if (other !== undefined) terminal.say(capital(other));
    const redact = await redactionOf(options);
    const exchanges = redact ? whole.exchanges.map((exchange) => redacted(exchange, redact)) : whole.exchanges;
    sayDamage(exchanges, terminal);
    const cassette = { ...whole, exchanges };
    if (out !== undefined) {
      await save(out, cassette, options, environmentSecrets(context.env));
      terminal.note(`saved  ${out}`);
      return exitCodes.success;
    }
    const parts = await writers[options.to](cassette, options);
    refuseSecrets(exchanges, parts, environmentSecrets(context.env));
    for (const part of parts) await terminal.stdout.write(part);
    terminal.detail(`converted  ${count(cassette.exchanges.length, "exchange")}`);
    return exitCodes.success;
  },
};

/** A cassette may rightly hold what is no frame. Where another tool has kept it as text, that may be what has damaged it. */
function sayDamage(exchanges: readonly Exchange[], terminal: Terminal): void {
  const reasons = new Map<string, number>();
  for (const exchange of exchanges) {
    if (exchange.meta?.["from"] === undefined || isOpaque(exchange)) continue;
    for (const item of exchange.items) {
      if (item.kind === "raw") reasons.set(item.why, (reasons.get(item.why) ?? 0) + 1);
    }
  }
  for (const [why, number] of reasons) terminal.say(`${count(number, "part")} of what was read is no frame: ${why}`);
}

function redacted(exchange: Exchange, options: RedactionOptions): Exchange {
  try {
    return redactExchange(exchange, options, () => createHash("sha256"));
  } catch (cause) {
    throw cassetteFailure(cause);
  }
}

type Writer = (cassette: Cassette, options: Options) => Promise<readonly (string | Uint8Array)[]>;

const writers: Record<Target, Writer> = {
  cassette: async (cassette) => [cassetteText(cassette)],
  raw: async ({ exchanges }) => exchanges.flatMap((exchange) => exchangeChunks(exchange)),
  async har(cassette, options) {
    const { harOf } = await import("../convert/har.ts");
    const har = harOf(cassette, (exchange) => placeOf(exchange, cassette.header, options));
    return [`${JSON.stringify(har, undefined, 2)}\n`];
  },
  async text({ exchanges }) {
    const { transcript } = await import("../convert/text.ts");
    return [exchanges.map(transcript).join("\n")];
  },
  async curl({ header, exchanges }, options) {
    const { curlCommand } = await import("../convert/curl.ts");
    const commands = exchanges.map((exchange) => curlCommand(exchange, placeOf(exchange, header, options)));
    return [commands.join("\n")];
  },
};

/** Where to write. Undefined: to standard output. Throws `usage` for options that say something about a file, and there is none. */
function fileOf({ to, out, large }: Options): string | undefined {
  const file = out === "-" ? undefined : out;
  if (file !== undefined && to !== "cassette") {
    throw new RecorderError("usage", "--out is for --to cassette; print the others");
  }
  if (file === undefined && large) {
    throw new RecorderError("usage", "--large is for --out <file>; what is printed may have any size");
  }
  return file;
}

async function save(path: string, cassette: Cassette, options: Options, secrets: readonly string[]): Promise<void> {
  try {
    await saveCassette(path, cassette, { secrets, large: options.large ?? false });
  } catch (cause) {
    throw recordingFailure(cause, "The cassette was not saved", "your");
  }
}

function cassetteText(cassette: Cassette): string {
  try {
    return formatCassette(cassette);
  } catch (cause) {
    if (!(cause instanceof CassetteError) || cause.code !== "line_length") throw cassetteFailure(cause);
    throw new RecorderError("integrity", cause.message, {
      hint: "--out <file> puts long payloads into files beside the cassette",
      cause,
    });
  }
}

/** Whoever converts has keys of their own, and a recording of another tool may hold them. */
function refuseSecrets(
  exchanges: readonly Exchange[],
  parts: readonly (string | Uint8Array)[],
  secrets: readonly string[],
): void {
  if (secrets.length === 0) return;
  try {
    for (const exchange of exchanges) assertNoSecretsInExchange(exchange, secrets);
    assertNoSecrets(Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part))), secrets);
  } catch (cause) {
    if (!(cause instanceof CassetteError)) throw cause;
    if (cause.code !== "secret") throw cassetteFailure(cause);
    throw new RecorderError("secret_found", "Nothing is printed: it contains one of your own credentials", { cause });
  }
}
