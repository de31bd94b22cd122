import { itemLine, ItemSplitter, type Item } from "@eventstream-kit/cassette";
import { EventStreamError, EventStreamException } from "@eventstream-kit/codec";
import { LambdaStreamError, readLambdaStream } from "@eventstream-kit/codec/lambda";
import { headerValue, realDelay } from "@eventstream-kit/service";
import type { Command } from "commander";
import { count } from "../call-log.ts";
import { readText } from "../cassette-texts.ts";
import type { CommandContext, CommandModule } from "../command.ts";
import { configuredRegion, nodeCredentials } from "../credentials.ts";
import { messageOf, RecorderError, type RecorderErrorCode } from "../errors.ts";
import { exitCodes } from "../exit-codes.ts";
import { functionFailure } from "../function-failure.ts";
import { fileChunks, inputOf, wholeOf } from "../input.ts";
import { printable } from "../inspect/printable.ts";
import { aborted, watchInterrupts, type Interrupts } from "../interrupts.ts";
import { configuredEndpoint, lambdaRequest, refusal, regionOfArn, sendSigned } from "../lambda-call.ts";
import { maskedLine } from "../masked-line.ts";
import { redactionOf, type RedactionFlags } from "../redaction-flags.ts";
import { addRedactionOptions } from "../redaction-options.ts";
import { SavedCall } from "../saved-call.ts";
import { settingOption } from "../settings.ts";
import { isBrokenPipe } from "../terminal.ts";
import { removeUnfinished } from "../unfinished.ts";
import { trusting } from "../trusting.ts";
import type { UpstreamChunk } from "../upstream-chunks.ts";
import { isTimeout, type UpstreamResponse } from "../upstream.ts";

interface Options extends RedactionFlags {
  readonly payload?: string;
  readonly frames?: true;
  readonly save?: string;
  readonly large?: true;
  readonly logTail?: true;
  readonly qualifier?: string;
  readonly endpoint?: string;
  readonly region?: string;
  readonly profile?: string;
  readonly ca?: string;
  readonly idleTimeout?: number;
}

/** `eventstream invoke`: what curl cannot do, a signed call whose event stream is printed as it arrives. */
export const invoke: CommandModule = {
  define(command) {
    command
      .argument("<function>", "name, partial ARN or ARN of the function")
      .option("--payload <json>", "JSON; @file reads a file, - standard input")
      .option("--qualifier <name>", "version or alias")
      .option("--frames", "print the frames as JSON lines instead of the payload")
      .option("--save <file>", "write the call as a cassette, too, over what is there")
      .option("--large", "with --save: write more than 10 MiB, too")
      .option("--log-tail", "print the end of the function's log on standard error")
      .option("--endpoint <url>", "where to call (default: AWS_ENDPOINT_URL_LAMBDA, or AWS)")
      .addOption(settingOption("region"))
      .addOption(settingOption("profile"))
      .addOption(settingOption("ca", "trust these certificates (PEM) of the endpoint, too"))
      .addOption(settingOption("idleTimeout", "give up when nothing comes for so long, such as 30s"));
    addRedactionOptions(command).addHelpText(
      "after",
      `
What is saved is masked as record does it, and so is what standard error says.
Standard output is what came.

Exit code: 0 when the stream is whole, 8 when the function failed, 4 when the
stream is damaged or ends early, 7 when the call was refused or broke off.

Example:
  $ eventstream invoke chat --payload '{"name":"Ada"}'`,
    );
  },

  async run(command, context) {
    const options = command.opts<Options>();
    checkSave(options);
    const [functionName = ""] = command.args;
    const payload = await payloadOf(options.payload, command, context);
    if (!payload) return exitCodes.usage;
    const endpoint = options.endpoint ?? configuredEndpoint(context.env);
    const region = await regionFor(functionName, options, endpoint, context);
    const trust = options.ca === undefined ? undefined : trusting(await readText(options.ca));
    const { idleTimeout } = options;
    const idle = idleTimeout === undefined ? undefined : { ms: idleTimeout, delay: realDelay };
    const credentials = await nodeCredentials(options.profile)();
    // Who refuses a call quotes what it was sent, a session token too.
    const { accessKeyId, secretAccessKey, sessionToken = "" } = credentials;
    context.terminal.mask((line) => maskedLine(line, [accessKeyId, secretAccessKey, sessionToken]));

    const { qualifier, logTail = false } = options;
    const request = lambdaRequest({
      functionName,
      payload,
      logTail,
      ...(qualifier === undefined ? {} : { qualifier }),
    });
    const { save, large = false } = options;
    const redact = await redactionOf(options);
    const call = save === undefined ? undefined : new SavedCall(request, { path: save, region, redact, large, clock });
    // Nothing to finish when nothing is kept.
    const interrupts = call && watchInterrupts(context.process);
    const response = await sendSigned(request, {
      region,
      credentials,
      clock,
      date: new Date(),
      trust,
      idle,
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(interrupts ? { signal: interrupts.first } : {}),
    }).catch((error: unknown) => {
      if (!interrupts?.first.aborted) throw error;
    });
    if (!response) return exitCodes.interrupted;

    let failure = await printStream(response, { call, interrupts }, options, context).catch((error: unknown) => {
      if (!call || !isBrokenPipe(error)) throw error;
      call.how = "client-abort";
    });
    if (interrupts?.first.aborted) failure = undefined;
    try {
      const saved = call?.save(credentials);
      const path = await (interrupts ? Promise.race([saved, aborted(interrupts.second)]) : saved);
      if (save !== undefined && interrupts?.second.aborted) {
        await removeUnfinished([save], "temporary");
        throw new RecorderError("interrupted", "The call was not saved: a second interrupt came first");
      }
      if (typeof path === "string") context.terminal.note(`${context.terminal.colors.green("saved")}  ${path}`);
    } catch (error) {
      if (failure) context.terminal.say(failure.message);
      throw error;
    }
    if (failure) throw failure;
    return interrupts?.first.aborted ? exitCodes.interrupted : exitCodes.success;
  },
};

/** Throws `usage`: standard output has no room for a cassette. */
function checkSave({ save, large }: Options): void {
  if (save === "-") {
    throw new RecorderError("usage", "--save needs a file: standard output has what the function answers");
  }
  if (save === undefined && large) {
    throw new RecorderError("usage", "--large is for --save <file>; what is printed may have any size");
  }
}

/** The bytes to send; undefined when they would have to be typed. */
async function payloadOf(
  given: string | undefined,
  command: Command,
  context: CommandContext,
): Promise<Uint8Array | undefined> {
  if (given === undefined) return new Uint8Array();
  if (given === "-") {
    const input = inputOf(command, context, "-");
    return input && wholeOf(input);
  }
  if (given.startsWith("@")) return wholeOf(fileChunks(given.slice(1)));
  try {
    JSON.parse(given);
  } catch (cause) {
    throw new RecorderError("usage", `The payload is not JSON: ${messageOf(cause)}`, {
      cause,
      hint: "Say --payload @file to read a file, --payload - for standard input",
    });
  }
  return Buffer.from(given);
}

async function regionFor(
  functionName: string,
  { region, profile }: Options,
  endpoint: string | undefined,
  { env }: CommandContext,
): Promise<string> {
  const found = region ?? regionOfArn(functionName) ?? (await configuredRegion(env, profile));
  if (found !== undefined) return found;
  // An emulator does not care.
  if (endpoint !== undefined) return "us-east-1";
  throw new RecorderError("usage", "Which region to call is not known", {
    hint: "Say --region, set AWS_REGION, or give the function's ARN",
  });
}

const clock = () => performance.now();

/** What is kept of a call, if anything. */
interface Kept {
  readonly call: SavedCall | undefined;
  readonly interrupts: Interrupts | undefined;
}

/** After these nothing comes any more. */
const connectionFailures: ReadonlySet<RecorderErrorCode> = new Set(["upstream_failed", "upstream_timeout"]);

/** Prints what comes, and returns how it went wrong, if it did. */
async function printStream(
  response: UpstreamResponse,
  kept: Kept,
  options: Options,
  { terminal }: CommandContext,
): Promise<RecorderError | undefined> {
  kept.call?.head(response);
  const isStream = response.status === 200 && isEventStream(response);
  const splitter = isStream && options.frames ? new ItemSplitter() : undefined;
  const printItems = async (items: readonly Item[]) => {
    for (const item of items) await terminal.stdout.write(`${itemLine(item)}\n`);
  };
  const source = read(response, kept, async (bytes) => printItems(splitter?.push(bytes) ?? []));

  let failure: RecorderError | undefined;
  try {
    if (!isStream) return refusal(response, await wholeOf(source));
    const stream = readLambdaStream(source, { keepBytes: 0 });
    let log: string | undefined;
    try {
      for await (const bytes of stream) if (!splitter) await terminal.stdout.write(bytes);
    } catch (error) {
      failure = streamFailure(error);
    } finally {
      log = stream.logResult;
    }
    // After damage nobody reads on, but what comes is shown and saved all the same.
    if (failure && !connectionFailures.has(failure.code)) await wholeOf(source);
    await printItems(splitter?.finish() ?? []);
    if (options.logTail && log !== undefined) for (const line of log.trimEnd().split("\n")) terminal.say(line);
    return failure;
  } catch (error) {
    if (error instanceof RecorderError) return error;
    throw error;
  } finally {
    response.close();
  }
}

function isEventStream({ headers }: UpstreamResponse): boolean {
  return /^application\/vnd\.amazon\.eventstream\s*(;|$)/i.test(headerValue(headers, "content-type") ?? "");
}

/** The bytes as they come, each told to the recording and to `see` first. A reader that leaves does not end it. */
function read(
  response: UpstreamResponse,
  { call, interrupts }: Kept,
  see: (bytes: Uint8Array) => Promise<void>,
): AsyncIterable<Uint8Array> {
  const chunks = response.chunks[Symbol.asyncIterator]();
  const next = async (): Promise<IteratorResult<Uint8Array>> => {
    let result: IteratorResult<UpstreamChunk>;
    try {
      result = await chunks.next();
    } catch (error) {
      const broken = isTimeout(error) ? "timeout" : "reset";
      if (call) call.how = interrupts?.first.aborted ? "client-abort" : broken;
      throw error;
    }
    if (result.done) return { done: true, value: undefined };
    const { bytes } = result.value;
    call?.chunk(result.value);
    await see(bytes);
    return { done: false, value: bytes };
  };
  return { [Symbol.asyncIterator]: () => ({ next }) };
}

/** Why the stream is not whole. What is not about the stream, such as a broken pipe, is thrown on. */
function streamFailure(error: unknown): RecorderError {
  if (error instanceof RecorderError) return error;
  if (error instanceof LambdaStreamError && error.code === "interrupted") return streamFailure(error.cause);
  const message = printable(messageOf(error));
  if (error instanceof LambdaStreamError) {
    if (error.code !== "function_error") return new RecorderError("integrity", message, { cause: error });
    const { summary, trace } = functionFailure(error.errorCode, error.errorDetails);
    const lines = [`The function failed after ${count(error.receivedBytes, "byte")}: ${summary}`, ...trace];
    return new RecorderError("function_failed", lines.join("\n"), { cause: error });
  }
  if (error instanceof EventStreamException) return new RecorderError("function_failed", message, { cause: error });
  if (error instanceof EventStreamError) return new RecorderError("integrity", message, { cause: error });
  throw error;
}
