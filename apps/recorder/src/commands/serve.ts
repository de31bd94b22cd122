import { Console } from "node:console";
import {
  createLambda,
  LambdaEmulatorError,
  type FunctionCode,
  type FunctionDefinition,
  type FunctionOptions,
  type LoadCode,
} from "@eventstream-kit/lambda-emulator";
import { installAwslambda } from "@eventstream-kit/lambda-emulator/runtime";
import type { Service } from "@eventstream-kit/service";
import { Option } from "commander";
import { callName, textOf } from "../call-name.ts";
import type { CommandContext, CommandModule } from "../command.ts";
import { containFunctions } from "../contained-functions.ts";
import { nothingRuns, runningZips, withoutWebPages } from "../created-functions.ts";
import { RecorderError } from "../errors.ts";
import { loadFunctions, parseFunctionFile, type FunctionFile } from "../functions.ts";
import { parseSeconds, repeated } from "../option-values.ts";
import { parseRuntimeName, startRuntime } from "../served-runtime.ts";
import { addServerOptions, serveUntilDone, type ServerOptions } from "../server-command.ts";
import type { Terminal } from "../terminal.ts";

interface Options extends ServerOptions {
  readonly function?: readonly FunctionFile[];
  readonly timeout: number;
  readonly runtime?: string;
  readonly handler: string;
  readonly runZips?: true;
}

/** `eventstream serve`: the emulated Lambda on a socket, with functions from files. */
export const serve: CommandModule = {
  define(command) {
    command
      .addOption(
        new Option("-f, --function <name=path>", "a function and its file; repeat for more").argParser(
          repeated(parseFunctionFile),
        ),
      )
      .addOption(
        new Option("--runtime <name>", "a function served by the command after --, a Lambda runtime").argParser(
          parseRuntimeName,
        ),
      )
      .addOption(new Option("--handler <name>", "what the runtime calls: its _HANDLER").default("index.handler"))
      .addOption(new Option("--timeout <seconds>", "how long a function may run").default(900).argParser(parseSeconds))
      .option("--run-zips", "run the zips that clients create functions with, as you")
      .addHelpText(
        "after",
        `
The file exports 'handler' as for Lambda (awslambda.streamifyResponse is
there), or by default a generator, an ordinary handler or a value.

With --runtime the command after -- is not a client but a runtime: it is
started when the function is invoked, and gets the Lambda Runtime API.

Clients may also create functions through the API. Their zips run only with
--run-zips: then every program that reaches the port can run code as you.

Examples:
  $ eventstream serve --function chat=./chat.mjs --port 3000
  $ eventstream serve --runtime chat --port 3000 -- ./bootstrap
  $ eventstream serve --run-zips -- npm test`,
      );
    addServerOptions(command);
  },

  async run(command, context) {
    const options = command.opts<Options>();
    if (!options.function && options.runtime === undefined && !options.runZips) {
      throw new RecorderError(
        "usage",
        "There is no function to serve; expected --function name=path or --runtime name, or --run-zips for those that clients create",
      );
    }
    // Standard output carries the address; what functions log belongs beside it.
    globalThis.console = new Console(context.process.stderr);
    installAwslambda();
    const letExit = containFunctions(context.process, context.terminal);
    try {
      return await serveFunctions(options, context);
    } finally {
      letExit();
    }
  },
};

async function serveFunctions(options: Options, context: CommandContext): Promise<number> {
  const loaded = await loadFunctions(options.function ?? [], context.process.cwd());
  const runtime = options.runtime === undefined ? undefined : startRuntime(options.runtime, options.handler, context);
  if (runtime) {
    const { name, code } = runtime;
    if (Object.hasOwn(loaded, name)) throw new RecorderError("usage", `The function '${name}' is given twice`);
    loaded[name] = code;
  }
  const names = Object.keys(loaded);
  const functions = Object.fromEntries(names.map((name) => [name, withTimeout(loaded[name], options.timeout)]));
  const { child, ...rest } = context;
  const created = options.runZips ? runningZips((text) => void context.process.stderr.write(text)) : nothingRuns;
  try {
    return await serveUntilDone(
      {
        services: [logged(withoutWebPages(emulator(functions, created.loadCode)), context.terminal)],
        options,
        banner: `Lambda with ${names.join(", ") || "no function yet"}. Point an AWS SDK at it with`,
        child: { region: "us-east-1" },
        graceMs: 500,
      },
      // A runtime serves: it is no client, and does not say when the end has come.
      { ...rest, child: runtime ? undefined : child },
    );
  } finally {
    await Promise.all([runtime?.code.close(), created.close()]);
  }
}

function emulator(functions: Record<string, FunctionDefinition>, loadCode: LoadCode): Service {
  try {
    // Nobody looks at what was invoked, and a server may run for days.
    return createLambda({ functions, loadCode, keepInvocations: 0 });
  } catch (cause) {
    if (!(cause instanceof LambdaEmulatorError)) throw cause;
    throw new RecorderError("function_load", cause.message, { cause });
  }
}

/** Lambda's own default of 3 seconds would end most streams that somebody watches. A file's own settings win. */
function withTimeout(definition: unknown, timeout: number): FunctionDefinition {
  const hasSettings = typeof definition === "object" && definition !== null && Object.hasOwn(definition, "handler");
  return hasSettings
    ? { timeout, ...(definition as FunctionOptions) }
    : { timeout, handler: definition as FunctionCode };
}

/** One line on standard error for each call. */
function logged(service: Service, terminal: Terminal): Service {
  return {
    async handle(request) {
      const reply = await service.handle(request);
      const name = textOf(callName(request.method, request.target, "lambda"));
      terminal.note(terminal.colors.dim(`${name} ${reply?.status ?? 404}`));
      return reply;
    },
  };
}
