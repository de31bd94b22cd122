import { Argument } from "commander";
import type { CommandModule } from "../command.ts";
import type { CompletionModel } from "../completion/completion-model.ts";
import { exitCodes } from "../exit-codes.ts";

const shells = ["bash", "zsh", "fish", "pwsh"] as const;
type Shell = (typeof shells)[number];

const scripts: Record<Shell, () => Promise<(model: CompletionModel) => string>> = {
  bash: async () => (await import("../completion/bash.ts")).bashCompletion,
  zsh: async () => (await import("../completion/zsh.ts")).zshCompletion,
  fish: async () => (await import("../completion/fish.ts")).fishCompletion,
  pwsh: async () => (await import("../completion/pwsh.ts")).pwshCompletion,
};

/** `eventstream completion`: a script with which a shell completes the command line. */
export const completion: CommandModule = {
  define(command) {
    command.addArgument(new Argument("<shell>", "whose script to print").choices(shells)).addHelpText(
      "after",
      `
bash:  source <(eventstream completion bash)               in ~/.bashrc
zsh:   source <(eventstream completion zsh)                in ~/.zshrc
fish:  eventstream completion fish | source                in config.fish
pwsh:  eventstream completion pwsh | Out-String | iex      in $PROFILE

Example:
  $ source <(eventstream completion bash)`,
    );
  },

  async run(command, { terminal }) {
    const { completionModel } = await import("../completion/completion-model.ts");
    const script = await scripts[command.args[0] as Shell]();
    await terminal.stdout.write(script(await completionModel()));
    return exitCodes.success;
  },
};
