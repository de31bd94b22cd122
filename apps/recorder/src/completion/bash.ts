import type { CompletedCommand, CompletedOption, CompletionModel } from "./completion-model.ts";

/** For `source <(eventstream completion bash)`. Needs bash 3.2 and no bash-completion. */
export function bashCompletion({ commands, options }: CompletionModel): string {
  const names = commands.map(({ name }) => name).join(" ");
  return `# bash completion of eventstream
_eventstream() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} command="" word i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    # What follows -- is a command of its own.
    if [[ $word == -- ]]; then
      COMPREPLY=($(compgen -o default -- "$cur"))
      return
    fi
    if [[ -z $command && $word != -* && \${COMP_WORDS[i-1]} != --config ]]; then command=$word; fi
  done
  case "$command $prev" in
${valueCases(commands, options).join("\n")}
  esac
  if [[ $cur == -* ]]; then
    case "$command" in
${commands.map((command) => `      ${command.name}) COMPREPLY=($(compgen -W "${flagsOf([...command.options, ...options])}" -- "$cur")) ;;`).join("\n")}
      *) COMPREPLY=($(compgen -W "${flagsOf(options)}" -- "$cur")) ;;
    esac
    return
  fi
  case "$command" in
    "") COMPREPLY=($(compgen -W "${names}" -- "$cur")) ;;
${commands
  .filter(({ words }) => words.length > 0)
  .map(({ name, words }) => `    ${name}) COMPREPLY=($(compgen -W "${words.join(" ")}" -- "$cur")) ;;`)
  .join("\n")}
    *) COMPREPLY=($(compgen -o default -f -- "$cur")) ;;
  esac
}
complete -o filenames -F _eventstream eventstream
`;
}

/** What follows an option that takes a value. */
function valueCases(commands: readonly CompletedCommand[], options: readonly CompletedOption[]): string[] {
  const own = commands.flatMap(({ name, options: others }) => others.flatMap((option) => valueCase(name, option)));
  return [...own, ...options.flatMap((option) => valueCase("*", option))];
}

function valueCase(command: string, { flags, value }: CompletedOption): string[] {
  if (!value) return [];
  const pattern = flags.map((flag) => (command === "*" ? `*" ${flag}"` : `"${command} ${flag}"`)).join(" | ");
  const { words, isPath } = value;
  const reply =
    words.length > 0
      ? `COMPREPLY=($(compgen -W "${words.join(" ")}" -- "$cur")); `
      : isPath
        ? `COMPREPLY=($(compgen -f -- "$cur")); `
        : "";
  return [`    ${pattern}) ${reply}return ;;`];
}

function flagsOf(options: readonly CompletedOption[]): string {
  return options.flatMap(({ flags }) => flags).join(" ");
}
