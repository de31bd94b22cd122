import { stat } from "node:fs/promises";
import { Option } from "commander";
import { filesOf, readText } from "../cassette-texts.ts";
import { count } from "../call-log.ts";
import { checkCassette } from "../check/check-cassette.ts";
import { environmentSecrets } from "../environment-secrets.ts";
import { exitCodeFor, type Finding } from "../check/finding.ts";
import { orphansIn, type Orphan } from "../check/orphans.ts";
import type { CommandContext, CommandModule } from "../command.ts";
import { messageOf } from "../errors.ts";
import { printable } from "../inspect/printable.ts";
import { maskedLine } from "../masked-line.ts";
import { repeated } from "../option-values.ts";
import { settingOption } from "../settings.ts";
import type { Terminal } from "../terminal.ts";
import { readUsage, usageKey } from "../usage-report.ts";

interface Options {
  readonly maxAge?: number;
  readonly used?: readonly string[];
  readonly fix?: true;
  readonly json?: true;
}

/** `eventstream check`: what a build should know about the cassettes it commits. */
export const check: CommandModule = {
  define(command) {
    command
      .argument("[paths...]", "cassette files, or folders of *.cassette.jsonl")
      .addOption(settingOption("maxAge"))
      .addOption(
        new Option("--used <report>", "a report of replay; what it did not play is unused; repeat for more").argParser(
          repeated(String),
        ),
      )
      .option("--fix", "remove what killed processes left, and unnamed payload files")
      .option("--json", "print one JSON object")
      .addHelpText(
        "after",
        `
Checks format, sizes, hashes, every checksum a second time with AWS's own
implementation, secrets, age, use, and files that belong to no cassette.
Exit code: 5 for a secret, 4 for damage, 3 for anything else that was found.
Without paths: the folder cassettes, or EVENTSTREAM_DIR.

--fix never removes a recording, be it stale, unused or broken off. Not while
something records: what is being written looks like what was left behind.

Example:
  $ eventstream check cassettes --max-age 90d`,
      );
  },

  async run(command, context) {
    const { terminal, env, config } = context;
    const options = command.opts<Options>();
    const paths = command.args.length > 0 ? command.args : [await config.dir(env)];
    const files = await filesIn(paths);
    const secrets = environmentSecrets(context.env);
    const checked = (await checkFiles(files, options, context)).map((finding) => withoutSecrets(finding, secrets));
    const orphans = await orphansOf(paths);
    const findings = [...checked, ...(options.fix ? await removed(orphans, context) : orphans.map(findingOf))];
    const exitCode = exitCodeFor(findings);

    if (options.json) {
      const result = { schema: "eventstream/check", version: 1, files: files.length, findings };
      await terminal.conclude([JSON.stringify(result)]);
      return exitCode;
    }
    await terminal.conclude(findings.map(findingLine));
    terminal.note(`${count(files.length, "cassette")} checked: ${summaryOf(findings, terminal.colors)}`);
    return exitCode;
  },
};

async function checkFiles(
  files: readonly string[],
  options: Options,
  { env, terminal }: CommandContext,
): Promise<Finding[]> {
  const { maxAge, used } = options;
  const oldest = maxAge === undefined ? {} : { oldest: new Date(Date.now() - maxAge) };
  const secrets = environmentSecrets(env);
  const played = used && (await readUsage(used));
  const findings: Finding[] = [];
  for (const file of files) {
    terminal.detail(`checking  ${file}`);
    const checked = checkCassette(file, await readText(file), { secrets, ...oldest });
    findings.push(...checked.findings);
    for (const [index, { request }] of checked.cassette?.exchanges.entries() ?? []) {
      const exchange = index + 1;
      if (!played || (played.get(usageKey(file, exchange)) ?? 0) > 0) continue;
      findings.push({ check: "unused", file, exchange, message: `nobody asked for ${request.method} ${request.path}` });
    }
  }
  return findings;
}

/** It quotes what was found. What somebody else has written is shown on terminals, and read by build machines. */
function withoutSecrets(finding: Finding, secrets: readonly string[]): Finding {
  return { ...finding, message: maskedLine(printable(finding.message), secrets) };
}

/** A folder may have nothing but what was left behind. One that has neither is a mistake, as everywhere. */
async function filesIn(paths: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const path of paths) {
    try {
      files.push(...(await filesOf([path])));
    } catch (error) {
      const left = await orphansIn(path).catch(() => []);
      if (left.length === 0) throw error;
    }
  }
  return [...new Set(files)];
}

async function orphansOf(paths: readonly string[]): Promise<Orphan[]> {
  const orphans: Orphan[] = [];
  for (const path of paths) if ((await stat(path)).isDirectory()) orphans.push(...(await orphansIn(path)));
  return orphans;
}

const findingOf = ({ finding }: Orphan) => finding;

/** What cannot be removed stays a finding. */
async function removed(orphans: readonly Orphan[], { terminal }: CommandContext): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { finding, remove } of orphans) {
    let fixed = false;
    try {
      await remove?.();
      fixed = remove !== undefined;
    } catch (error) {
      terminal.say(`${terminal.colors.red("error:")} Removing ${finding.file} failed: ${messageOf(error)}`);
    }
    findings.push(fixed ? { ...finding, fixed } : finding);
  }
  return findings;
}

function summaryOf(findings: readonly Finding[], { green, red }: Terminal["colors"]): string {
  if (findings.length === 0) return green("nothing found");
  const found = count(findings.length, "finding");
  const fixed = findings.filter((finding) => finding.fixed).length;
  if (fixed === findings.length) return green(`${found}, all fixed`);
  return red(fixed === 0 ? found : `${found}, ${fixed} of them fixed`);
}

/** As compilers print theirs, so that editors find the place. */
function findingLine({ check: name, file, line, exchange, message, fixed }: Finding): string {
  const place = line === undefined ? "" : `:${line}`;
  const where = exchange === undefined ? "" : ` exchange ${exchange}:`;
  return `${file}${place}: ${name}:${where} ${message}${fixed ? "; removed" : ""}`;
}
