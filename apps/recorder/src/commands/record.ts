import { isCi } from "@eventstream-kit/cassette";
import { headerValue, type HeaderLine, type ServiceRequest } from "@eventstream-kit/service";
import type { Command } from "commander";
import { callLog } from "../call-log.ts";
import { readText } from "../cassette-texts.ts";
import { nameOfRequest } from "../call-name.ts";
import { ChangedFiles } from "../changed-files.ts";
import type { CommandContext, CommandModule } from "../command.ts";
import { configuredRegion, ignoreEndpointVariables, nodeCredentials, type CredentialProvider } from "../credentials.ts";
import { RecorderError, type RecorderErrorCode } from "../errors.ts";
import { exitCodeOf, exitCodes } from "../exit-codes.ts";
import { aborted } from "../interrupts.ts";
import { LostCalls } from "../lost-calls.ts";
import { maskedLine } from "../masked-line.ts";
import { targetMask } from "../masked-target.ts";
import { OpenCalls } from "../open-calls.ts";
import { recordedAnswers, type RecordMode } from "../record-mode.ts";
import { sayUncalled, summarize } from "../record-summary.ts";
import { recordingPath, type FileSummary } from "../recording-session.ts";
import { RecordingThread, type Outcome } from "../recording-thread.ts";
import { redactionOf, type RedactionFlags } from "../redaction-flags.ts";
import { addRedactionOptions } from "../redaction-options.ts";
import { relay, type RelayOptions } from "../relay.ts";
import { addServerOptions, serveUntilDone, type ServerOptions } from "../server-command.ts";
import { settingOption } from "../settings.ts";
import { removeUnfinished } from "../unfinished.ts";
import { checkUpstream } from "../upstream-address.ts";

interface Options extends ServerOptions, RedactionFlags {
  readonly out: string;
  readonly title?: string;
  readonly mode: RecordMode;
  readonly upstream?: string;
  readonly allowHost?: readonly string[];
  readonly ca?: string;
  readonly region?: string;
  readonly profile?: string;
  readonly onAbort: "stop" | "finish";
  readonly idleTimeout?: number;
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
      .addOption(settingOption("ca"))
      .addOption(settingOption("region", "region to call (default: the client's)"))
      .addOption(settingOption("profile"))
      .addOption(settingOption("onAbort"))
      .addOption(settingOption("idleTimeout"))
      .option("--large", "write files of more than 10 MiB, too")
      .option("--keep-credentials", "do not give the command dummy credentials");
    addRedactionOptions(command).addOption(settingOption("normalize"));
    addServerOptions(command).addHelpText(
      "after",
      `
Signs every request again with your own AWS credentials: the client's keys may
be dummies. What looks like a secret is masked, and your own keys get into no
file: a recording that holds one is not written, and the exit code is 5.

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

    let failures: RecorderError[] = [];
    const lost = new LostCalls();
    const changed = new ChangedFiles();
    const log = callLog(terminal, { live: terminal.live && child === undefined });
    const place = { out, ...(title === undefined ? {} : { title }) };
    await using thread = new RecordingThread(
      { ...place, keep: mode === "new", large: options.large ?? false, redaction: redactionFlags(options) },
      () => [...secrets],
    );
    // Those that are made and not written are told when all is closed.
    const recorded = async (ended: Promise<Outcome>) => {
      const outcome = await ended;
      if (!outcome.exchange) failures.push(outcome.failure!);
      return outcome;
    };
    const open = new OpenCalls();
    let isCalled = false;
    const finishes = options.onAbort === "finish";
    const stop = new AbortController();
    const relaySettings: RelayOptions = {
      credentials,
      allowHosts: allowHost,
      ...(options.idleTimeout === undefined ? {} : { idleMs: options.idleTimeout }),
      ...(options.ca === undefined ? {} : { ca: await readText(options.ca) }),
      ...(finishes ? { onAbort: "finish", signal: stop.signal } : {}),
      ...(upstream === undefined ? {} : { upstream }),
      ...(options.region === undefined ? {} : { region: options.region }),
    };
    const mask = targetMask(redact);
    const nameOf = (request: ServiceRequest) => nameOfRequest(request, mask?.(request));
    const proxy = relay(relaySettings, (named, request) => {
      const call = mask ? nameOf(request) : named;
      changed.watch(recordingPath(place, call));
      const recording = thread.open(call);
      const line = log.start(call);
      const left = finishes ? stop.signal : request.signal;
      open.begun();
      isCalled = true;
      return {
        start: (facts) => recording.start({ ...facts, request }),
        head(response) {
          recording.head(response);
          line.head(response.status, isEventStream(response.headers));
        },
        chunk(chunk) {
          line.chunk(chunk.bytes);
          return recording.chunk(chunk);
        },
        end(how, meta, trailers) {
          open.ended();
          lost.answered(request);
          line.done(recorded(recording.end(how, meta, trailers)));
        },
        failed(error) {
          open.ended();
          recording.drop();
          line.failed(error);
          // An upstream that is refused is refused for good. In a loop, the answer to the outer call is that refusal.
          if (kept.has(error.code)) failures.push(error);
          // A client that left before the answer came has lost nothing it still wanted.
          else if (error.code !== "upstream_failed" || !left?.aborted) lost.failed(request, error);
        },
      };
    });
    const answers = await recordedAnswers({
      mode,
      out,
      redact,
      pathFor: (request) => recordingPath(place, nameOf(request)),
      onReplayed: (method, target) => terminal.note(`replayed  ${method} ${mask?.({ method, target }) ?? target}`),
      onMiss: (message) => failures.push(new RecorderError("replay_miss", message)),
      onFailed: (error) => failures.push(error),
    });

    const region = options.region ?? (await configuredRegion(context.env, options.profile));
    let files: readonly FileSummary[] = [];
    const exitCode = await serveUntilDone(
      {
        services: [...answers.services, proxy],
        options,
        banner: `Recording into ${out}. Point an AWS SDK at it with`,
        child: { region, keepCredentials: options.keepCredentials ?? false },
        graceMs: 2000,
        async outlast() {
          if (!finishes) return;
          if (open.count > 0)
            terminal.note(`${goingOn(open.count)}; Ctrl-C leaves ${open.count === 1 ? "it" : "them"}`);
          await open.none();
        },
        async finish(hurry) {
          stop.abort();
          const abandoned = aborted(hurry).then(() => thread.abandon());
          const closed = await thread.close(1000);
          if (hurry.aborted) {
            await abandoned;
            await removeUnfinished(changed.paths(), "all");
          }
          log.left();
          files = closed.files;
          failures.push(...closed.failures);
          // Of each such call the log has a line.
          failures = failures.filter(({ code }) => code !== "interrupted");
        },
      },
      context,
    );
    failures.push(...lost.errors());
    const replayed = answers.used();
    isCalled ||= replayed.size > 0 || failures.length > 0;
    await summarize(files, failures, { changed, replayed, out }, context);
    if (!isCalled) sayUncalled(options.service, terminal);
    return worst(exitCode, failures, child !== undefined);
  },
};

function goingOn(calls: number): string {
  return calls === 1 ? "1 call goes on without its client" : `${calls} calls go on without their clients`;
}

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

/** What a thread can be told. */
function redactionFlags({ redact, redactJson, redactRegex, normalize }: RedactionFlags): RedactionFlags {
  return {
    redact,
    ...(redactJson ? { redactJson } : {}),
    ...(redactRegex ? { redactRegex } : {}),
    ...(normalize ? { normalize } : {}),
  };
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
