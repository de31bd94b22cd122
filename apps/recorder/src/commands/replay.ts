import { replay as createReplay, type Cassette, type Replay, type ReplayOptions } from "@eventstream-kit/cassette";
import { loadCassette } from "@eventstream-kit/cassette/node";
import { formatFault } from "@eventstream-kit/service";
import { Option } from "commander";
import { cassetteFailure } from "../cassette-failure.ts";
import { filesOf } from "../cassette-texts.ts";
import { count } from "../call-log.ts";
import type { CommandContext, CommandModule } from "../command.ts";
import { environmentSecrets } from "../environment-secrets.ts";
import { RecorderError } from "../errors.ts";
import { exitCodes } from "../exit-codes.ts";
import { printable } from "../inspect/printable.ts";
import { parseSeed, repeated } from "../option-values.ts";
import { maskedLine } from "../masked-line.ts";
import { redactionOf, type RedactionFlags } from "../redaction-flags.ts";
import { addRedactionOptions } from "../redaction-options.ts";
import { addServerOptions, serveUntilDone, type ServerOptions } from "../server-command.ts";
import { settingOption } from "../settings.ts";
import { writeUsage, type PlayedExchange } from "../usage-report.ts";

interface Options extends ServerOptions, RedactionFlags {
  readonly speed: "max" | number;
  readonly maxGap?: number;
  readonly minGap?: number;
  readonly fault?: readonly string[];
  readonly seed?: number;
  readonly strict: boolean;
  readonly afterLast: "repeat" | "miss";
  readonly matchBody: "json" | "exact" | "none";
  readonly ignore?: readonly string[];
  readonly report?: string;
}

/** `eventstream replay`: a server that answers from cassettes, and only from them. */
export const replay: CommandModule = {
  define(command) {
    command
      .argument("<paths...>", "cassette files, or folders of *.cassette.jsonl")
      .addOption(settingOption("speed"))
      .addOption(settingOption("maxGap"))
      .addOption(settingOption("minGap"))
      .addOption(
        new Option("--fault <fault>", "a fault in every answer, such as reset@byte:300; repeat for more").argParser(
          repeated(String),
        ),
      )
      .addOption(new Option("--seed <number>", "a fault in each answer, chosen by this number").argParser(parseSeed))
      .addOption(
        new Option("--after-last <what>", "when all recordings of a call are played: repeat the last, or miss")
          .choices(["repeat", "miss"])
          .default("repeat"),
      )
      .addOption(
        new Option("--match-body <how>", "request bodies are equal as json, exact as bytes, or not compared: none")
          .choices(["json", "exact", "none"])
          .default("json"),
      )
      .addOption(
        new Option(
          "--ignore <pointer>",
          "a value in JSON bodies that may differ, such as /id; repeat for more",
        ).argParser(repeated(String)),
      )
      .option("--strict", "a request that is not recorded makes the exit code 6", true)
      .option("--no-strict", "it is answered 404, and nothing more")
      .option("--report <file>", "write what was played, for check --used");
    addRedactionOptions(command);
    addServerOptions(command)
      .usage("[options] <paths...> [-- command args...]")
      .addHelpText(
        "after",
        `
A request that is not recorded is answered 404 with what differs, and makes the
exit code 6 unless the command's own is another than 0. Nothing is ever sent to
the network.

Example:
  $ eventstream replay cassettes -- npm test`,
      );
  },

  async run(command, context) {
    const options = command.opts<Options>();
    if (options.report === "-") {
      throw new RecorderError(
        "usage",
        "--report needs a file: standard output has the URL, or what the command prints",
      );
    }
    const { terminal } = context;
    const secrets = environmentSecrets(context.env);
    terminal.mask((line) => maskedLine(line, secrets));
    let misses = 0;
    const cassettes = await load(command.args);
    const redact = await redactionOf(options);
    const service = start([...cassettes.keys()], options, {
      redact,
      onMiss({ message, nearest }) {
        misses++;
        const file = nearest && cassettes.get(nearest.cassette);
        terminal.say(`${terminal.colors.red("miss")}  ${message}${file === undefined ? "" : ` (in ${file})`}`);
      },
      onFault(fault, { request: { method, path } }) {
        terminal.note(`${terminal.colors.yellow("fault")}  ${formatFault(fault)}  ${method} ${printable(path)}`);
      },
    });
    const exitCode = await serveUntilDone(
      {
        services: [service],
        options,
        banner: `Replaying ${count(service.usage().length, "exchange")}. Point an AWS SDK at it with`,
        child: { region: "us-east-1" },
        graceMs: 500,
      },
      context,
    );
    reportUnused(service, cassettes, context);
    const decided = exitCode !== exitCodes.success && exitCode !== exitCodes.interrupted;
    if (options.report !== undefined) {
      // Without a command, an interrupt is how it ends well.
      const ended = exitCode === exitCodes.success || (exitCode === exitCodes.interrupted && !context.child);
      await writeUsage(options.report, ended && misses === 0, playedExchanges(service, cassettes));
    }
    return misses > 0 && options.strict && !decided ? exitCodes.replayMiss : exitCode;
  },
};

/** The cassettes, with the files they are from. */
async function load(paths: readonly string[]): Promise<ReadonlyMap<Cassette, string>> {
  const files = new Map<Cassette, string>();
  try {
    for (const file of await filesOf(paths)) files.set(await loadCassette(file), file);
  } catch (cause) {
    throw cassetteFailure(cause);
  }
  return files;
}

function start(
  cassettes: readonly Cassette[],
  { speed, maxGap, minGap, fault, seed, afterLast, matchBody, ignore }: Options,
  others: Pick<ReplayOptions, "onMiss" | "onFault" | "redact">,
): Replay {
  try {
    return createReplay(cassettes, {
      ...others,
      speed,
      afterLast,
      match: { body: matchBody, ...(ignore === undefined ? {} : { ignore }) },
      ...(maxGap === undefined ? {} : { maxGap }),
      ...(minGap === undefined ? {} : { minGap }),
      ...(fault === undefined ? {} : { faults: fault }),
      ...(seed === undefined ? {} : { seed }),
    });
  } catch (cause) {
    throw cassetteFailure(cause);
  }
}

function playedExchanges(service: Replay, files: ReadonlyMap<Cassette, string>): PlayedExchange[] {
  return service.usage().map(({ cassette, exchange, played }) => ({
    file: files.get(cassette)!,
    exchange: cassette.exchanges.indexOf(exchange) + 1,
    played,
  }));
}

function reportUnused(service: Replay, files: ReadonlyMap<Cassette, string>, { terminal }: CommandContext): void {
  const { dim } = terminal.colors;
  for (const { cassette, exchange, played } of service.usage()) {
    if (played > 0) continue;
    const { method, path } = exchange.request;
    const number = cassette.exchanges.indexOf(exchange) + 1;
    terminal.note(dim(`unused  ${method} ${printable(path)} (exchange ${number} of ${files.get(cassette)!})`));
  }
}
