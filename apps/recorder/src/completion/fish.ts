import type { CompletedOption, CompletionModel } from "./completion-model.ts";

/** For `eventstream completion fish | source`, or a file `eventstream.fish` in fish's folder of completions. */
export function fishCompletion({ commands, options }: CompletionModel): string {
  const lines = ["# fish completion of eventstream"];
  for (const { name, summary } of commands) {
    lines.push(`complete -c eventstream -f -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`);
  }
  for (const option of options) lines.push(`complete -c eventstream ${optionOf(option)}`);
  for (const { name, options: own, words } of commands) {
    const inside = `complete -c eventstream -n '__fish_seen_subcommand_from ${name}'`;
    for (const option of own) lines.push(`${inside} ${optionOf(option)}`);
    if (words.length > 0) lines.push(`${inside} -f -a ${quoted(words.join(" "))}`);
  }
  return `${lines.join("\n")}\n`;
}

function optionOf({ flags, description, value }: CompletedOption): string {
  const names = flags.map((flag) => (flag.startsWith("--") ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
  return [...names, ...valueOf(value), "-d", quoted(description)].join(" ");
}

function valueOf(value: CompletedOption["value"]): readonly string[] {
  if (!value) return [];
  if (value.words.length > 0) return ["-x", "-a", quoted(value.words.join(" "))];
  return value.isPath ? ["-r", "-F"] : ["-x"];
}

function quoted(text: string): string {
  return `'${text.replaceAll(/['\\]/g, String.raw`\$&`)}'`;
}
