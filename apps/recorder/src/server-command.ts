import { setTimeout } from "node:timers/promises";
import type { Service } from "@eventstream-kit/service";
import { serve } from "@eventstream-kit/service/node";
import type { Command } from "commander";
import { childEnvironment, endpointVariable, runChild, type ChildEnvironment } from "./child.ts";
import type { CommandContext } from "./command.ts";
import { messageOf, RecorderError } from "./errors.ts";
import { exitCodes } from "./exit-codes.ts";
import { aborted, watchInterrupts } from "./interrupts.ts";
import { settingOption } from "./settings.ts";

/** What `record`, `replay` and `serve` have in common: a port, and a command or a wait. */
export interface ServerOptions {
  readonly port: number;
  readonly json?: true;
  readonly service: readonly string[];
}

export function addServerOptions(command: Command): Command {
  return command
    .usage("[options] [-- command args...]")
    .addOption(settingOption("port"))
    .addOption(settingOption("service"))
    .option("--json", "print one JSON object instead of the bare URL");
}

export interface Serving {
  readonly services: readonly Service[];
  readonly options: ServerOptions;
  /** What is said on standard error once the server listens, when no command runs. */
  readonly banner: string;
  readonly child: Omit<ChildEnvironment, "url" | "services">;
  /** How long open streams may go on after the end was asked for. */
  readonly graceMs: number;
  /** What goes on when nothing is served any more. An interrupt leaves it the time that open streams have, a second none. */
  outlast?(): Promise<void>;
  /** What is left to do after that. `hurry`: aborted when a second interrupt asks to leave now. */
  finish?(hurry: AbortSignal): Promise<void>;
}

/**
 * Serves until the command after `--` has ended, or until an interrupt when there is none. Resolves to the command's
 * exit code or to 130, when everything is closed.
 */
export async function serveUntilDone(serving: Serving, context: CommandContext): Promise<number> {
  const { terminal, child } = context;
  const interrupts = watchInterrupts(context.process);
  const graceIsOver = aborted(interrupts.first).then(() => setTimeout(serving.graceMs, undefined, { ref: false }));
  const server = await serve(serving.services, {
    port: serving.options.port,
    graceMs: serving.graceMs,
    onError: (error, request) => terminal.say(`${request.method} ${request.target} failed: ${String(error)}`),
  }).catch((cause: unknown) => {
    throw new RecorderError("listen", messageOf(cause), {
      cause,
      ...(serving.options.port === 0 ? {} : { hint: "--port 0 takes a free one" }),
    });
  });
  try {
    if (child) {
      const env = childEnvironment(context.env, {
        ...serving.child,
        url: server.url,
        services: serving.options.service,
      });
      return await runChild(child, env, interrupts);
    }
    await terminal.stdout.write(
      `${serving.options.json ? JSON.stringify({ schema: "eventstream/server", version: 1, url: server.url }) : server.url}\n`,
    );
    terminal.note(terminal.colors.dim(serving.banner));
    for (const service of serving.options.service) {
      terminal.note(terminal.colors.dim(`  export ${endpointVariable(service)}=${server.url}`));
    }
    terminal.note(terminal.colors.dim("Ctrl-C stops it"));
    await aborted(interrupts.first);
    return exitCodes.interrupted;
  } finally {
    // The second interrupt does not wait for open streams.
    await Promise.race([server.close(), aborted(interrupts.second)]);
    await Promise.race([serving.outlast?.(), aborted(interrupts.second), graceIsOver]);
    await serving.finish?.(interrupts.second);
    interrupts.stop();
  }
}
