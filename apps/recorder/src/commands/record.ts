import { relative, resolve } from "node:path";
import { isCi } from "@eventstream-kit/cassette";
import type { LongExchange } from "@eventstream-kit/cassette";
import { spool } from "@eventstream-kit/cassette/node";
import { headerValue, type HeaderLine } from "@eventstream-kit/service";
import type { Command } from "commander";
import { callLog, count, size } from "../call-log.ts";
import { ChangedFiles } from "../changed-files.ts";
import type { CommandContext, CommandModule } from "../command.ts";
import { configuredRegion, ignoreEndpointVariables, nodeCredentials, type CredentialProvider } from "../credentials.ts";
import { RecorderError, type RecorderErrorCode } from "../errors.ts";
import { exitCodeOf, exitCodes } from "../exit-codes.ts";
import { LostCalls } from "../lost-calls.ts";
import { maskedLine } from "../masked-line.ts";
import { cassettesIn, recordedAnswers, type RecordMode } from "../record-mode.ts";
import { createRecordingProxy, maxRequestBytes, type RecordingProxyOptions } from "../recording-proxy.ts";
import { RecordingSession } from "../recording-session.ts";
import { addRedactionOptions, redactionOf, type RedactionFlags } from "../redaction-options.ts";
import { addServerOptions, serveUntilDone, type ServerOptions } from "../server-command.ts";
import { settingOption } from "../settings.ts";
import { checkUpstream } from "../upstream-address.ts";

interface Options extends ServerOptions, RedactionFlags {
  readonly out: string;
  readonly title?: string;
  readonly mode: RecordMode;
  readonly upstream?: string;
  readonly allowHost?: readonly string[];
  readonly region?: string;
  readonly profile?: string;
  readonly keepCredentials?: true;
  readonly large?: true;
}

/** `eventstream record`: a local endpoint that passes calls on to AWS and keeps them. */
export const record: CommandModule = {
  define(command) {
    command
      .addOption(settingOption("dir"))
      .option("--title <text>", "names the session and its file")
      .addOption(settingOption("mode"))
      .addOption(settingOption("upstream"))
      .addOption(settingOption("allowHost"))
      .addOption(settingOption("region", "region to call (default: the client's)"))
      .addOption(settingOption("profile"))
      .option("--large", "write files of more than 10 MiB, too")
      .option("--keep-credentials", "do not give the command dummy credentials");
    addRedactionOptions(command).addOption(settingOption("normalize"));
    addServerOptions(command).addHelpText(
      "after",
      `
Signs every request again with your own AWS credentials: the client's keys may
be dummies. What looks like a secret is masked, and your own keys never get into
a file: a recording that holds one is not written, and the exit code is 5.

Example:
  $ eventstream record --out cassettes -- node app.js`,
    );
  },

  async run(command, context) {
    const options = command.opts<Options>();
    refuseUnaskedWriting(command, context);
    const { upstream, allowHost = [], title, mode, out } = options;
    const redact = await redactionOf(options);
    if (upstream !== undefined) checkUpstream(upstream, allowHost);

    // Its own calls, for credentials, must not go to endpoints that are meant for others.
    ignoreEndpointVariables(context.process.env);
    const secrets = new Set<string>();
    const { terminal, child } = context;
    terminal.mask((line) => maskedLine(line, secrets));
    const credentials = remembering(nodeCredentials(options.profile), (secret) => secrets.add(secret));
    await credentials();

    const session = new RecordingSession({
      out,
      ...(title === undefined ? {} : { title }),
      keep: mode === "new",
      secrets: () => [...secrets],
      large: options.large ?? false,
    });
    const { failures } = session;
    const lost = new LostCalls();
    const changed = new ChangedFiles();
    const log = callLog(terminal, { live: terminal.live && child === undefined });
    const proxySettings: RecordingProxyOptions<LongExchange> = {
      credentials,
      allowHosts: allowHost,
      redact,
      ...(upstream === undefined ? {} : { upstream }),
      ...(options.region === undefined ? {} : { region: options.region }),
      observe(call, request) {
        changed.watch(session.pathFor(call));
        const place = session.open(call);
        const line = log.start(call);
        return {
          head: ({ status, headers }) => line.head(status, isEventStream(headers)),
          chunk: (bytes) => line.chunk(bytes),
          recorded(exchange) {
            lost.answered(request);
            // The client's end of the stream goes out first.
            setImmediate(() => line.done(exchange, place.done(exchange)));
          },
          failed(error) {
            place.dropped();
            line.failed(error);
            // An upstream that is refused is refused for good. In a loop, the answer to the outer call is that refusal.
            if (kept.has(error.code)) failures.push(error);
            // A client that left before the answer came has lost nothing it still wanted.
            else if (error.code !== "upstream_failed" || !request.signal?.aborted) lost.failed(request, error);
          },
        };
      },
    };
    // However long a stream is, memory does not hold it.
    const proxy = createRecordingProxy(proxySettings, spool);
    const recorded = await recordedAnswers({
      mode,
      out,
      redact,
      pathFor: (call) => session.pathFor(call),
      onReplayed: (method, target) => terminal.note(`replayed  ${method} ${target}`),
      onMiss: (message) => failures.push(new RecorderError("replay_miss", message)),
      onFailed: (error) => failures.push(error),
    });

    const region = options.region ?? (await configuredRegion(context.env, options.profile));
    const exitCode = await serveUntilDone(
      {
        services: [...recorded.services, proxy],
        options,
        banner: `Recording into ${out}. Point an AWS SDK at it with`,
        child: { region, keepCredentials: options.keepCredentials ?? false },
        graceMs: 2000,
        maxBodyBytes: maxRequestBytes,
        finish: (hurried) => session.close(hurried ? 0 : 1000),
      },
      context,
    );
    failures.push(...lost.errors());
    await summarize(session, { changed, replayed: recorded.used(), out }, context);
    return worst(exitCode, failures, child !== undefined);
  },
};

/** On a build machine nothing is written by accident. */
function refuseUnaskedWriting(command: Command, { env }: CommandContext): void {
  // A config file is there for everybody, so it asks for nothing.
  if (!isCi(env) || !["default", "config"].includes(command.getOptionValueSource("mode")!)) return;
  throw new RecorderError("usage", "The environment says CI, where nothing is recorded unless it is asked for", {
    hint: "Say --mode record (or new, or auto), or set EVENTSTREAM_MODE",
  });
}

/** Credentials may be refreshed while recording: every value that was ever used is a secret. */
function remembering(provider: CredentialProvider, remember: (secret: string) => void): CredentialProvider {
  return async () => {
    const credentials = await provider();
    const { accessKeyId, secretAccessKey, sessionToken } = credentials;
    for (const value of [accessKeyId, secretAccessKey, sessionToken]) if (value) remember(value);
    return credentials;
  };
}

interface SessionFiles {
  readonly changed: ChangedFiles;
  /** Files that requests were answered from. */
  readonly replayed: ReadonlySet<string>;
  readonly out: string;
}

/** Bytes of a cassette from which on one should think about keeping it: 1 MiB. */
const worthANote = 1_048_576;

async function summarize(session: RecordingSession, files: SessionFiles, context: CommandContext): Promise<void> {
  const { terminal, process } = context;
  const { green, red, yellow, bold, dim } = terminal.colors;
  const messages = new Set(session.failures.map(({ message }) => message));
  for (const message of messages) terminal.say(`${red("error:")} ${message}`);

  const shown = (path: string) => relative(process.cwd(), path);
  const written = session.summary();
  const toAdd: string[] = [];
  for (const { path, change, exchanges, bytes, files: payloads } of written) {
    const isUnchanged = change === "updated" && files.changed.isUnchanged(path);
    if (!isUnchanged && !path.endsWith(".partial"))
      toAdd.push(shown(path), ...(payloads > 0 ? [shown(`${path}.d`)] : []));
    const facts = `${shown(path)}  ${count(exchanges, "exchange")}`;
    terminal.note(isUnchanged ? `${dim("unchanged")}  ${facts}, but for time` : `${green(change)}  ${facts}`);
    if (bytes >= worthANote) terminal.note(yellow(`large  ${shown(path)}  ${size(bytes)}: much for a repository`));
  }
  const used = new Set([...written.map(({ path }) => path), ...files.replayed].map((path) => resolve(path)));
  for (const path of await cassettesIn(files.out)) {
    if (!used.has(resolve(path))) terminal.note(dim(`unused  ${shown(path)}`));
  }
  if (written.length === 0) terminal.note("Nothing was recorded");
  if (toAdd.length > 0) terminal.note(bold(`git add ${toAdd.map(quoted).join(" ")}`));
}

function quoted(path: string): string {
  return /^[\w./@%+,=-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}

/** What went wrong here and not on the way: trying again changes nothing. */
const kept: ReadonlySet<RecorderErrorCode> = new Set(["write_failed", "secret_found", "upstream_refused"]);

/** The command's own failure says most; after it, what went wrong with recording. */
function worst(exitCode: number, failures: readonly RecorderError[], besideChild: boolean): number {
  if (exitCode !== exitCodes.success && exitCode !== exitCodes.interrupted) return exitCode;
  const { secret, failure, integrity, upstream, replayMiss } = exitCodes;
  // A request that cannot be signed again is a call that AWS did not get; no command line was wrong.
  const codes = new Set(failures.map((error) => (error.code === "request_refused" ? upstream : exitCodeOf(error))));
  for (const code of [secret, failure, integrity, upstream, replayMiss]) {
    if (!codes.has(code)) continue;
    return code === failure && besideChild ? exitCodes.failureBesideChild : code;
  }
  return exitCode;
}

function isEventStream(headers: readonly HeaderLine[]): boolean {
  return headerValue(headers, "content-type")?.startsWith("application/vnd.amazon.eventstream") ?? false;
}
