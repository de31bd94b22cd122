import { Console } from "node:console";
import { createLambda, type FunctionDefinition } from "@eventstream-kit/lambda-emulator";
import { installAwslambda } from "@eventstream-kit/lambda-emulator/runtime";
import type { Service } from "@eventstream-kit/service";
import { Option } from "commander";
import { callName } from "../call-name.ts";
import type { CommandModule } from "../command.ts";
import { RecorderError } from "../errors.ts";
import { loadFunctions, parseFunctionFile, type FunctionFile } from "../functions.ts";
import { repeated } from "../option-values.ts";
import { addServerOptions, serveUntilDone, type ServerOptions } from "../server-command.ts";
import type { Terminal } from "../terminal.ts";

interface Options extends ServerOptions {
  readonly function?: readonly FunctionFile[];
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
      .addHelpText(
        "after",
        `
The file exports 'handler' as for Lambda (awslambda.streamifyResponse is there),
or by default a generator, an ordinary handler or a value.

Example:
  $ eventstream serve --function chat=./chat.mjs --port 3000`,
      );
    addServerOptions(command);
  },

  async run(command, context) {
    const options = command.opts<Options>();
    if (!options.function) {
      throw new RecorderError("usage", "There is no function to serve; expected --function name=path");
    }
    // Standard output carries the address; what functions log belongs beside it.
    globalThis.console = new Console(context.process.stderr);
    context.process.on("unhandledRejection", (reason) => {
      context.terminal.note(`A function left a rejected promise behind: ${String(reason)}`);
    });
    installAwslambda();
    const functions = (await loadFunctions(options.function, context.process.cwd())) as Record<
      string,
      FunctionDefinition
    >;
    const names = Object.keys(functions).join(", ");
    return serveUntilDone(
      {
        services: [logged(createLambda({ functions }), context.terminal)],
        options,
        banner: `Lambda with ${names}. Point an AWS SDK at it with`,
        child: { region: "us-east-1" },
        graceMs: 500,
      },
      context,
    );
  },
};

/** One line on standard error for each call. */
function logged(service: Service, terminal: Terminal): Service {
  return {
    async handle(request) {
      const reply = await service.handle(request);
      const { op, subject } = callName(request.method, request.target, "lambda");
      const status = reply?.status ?? 404;
      terminal.note(terminal.colors.dim(`${op} ${subject} ${status}`));
      return reply;
    },
  };
}
