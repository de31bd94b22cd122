import type { CompletedOption, CompletionModel } from "./completion-model.ts";

/** For a file `_eventstream` in a folder of `fpath`, or for `source <(eventstream completion zsh)`. */
export function zshCompletion({ commands, options }: CompletionModel): string {
  return `#compdef eventstream
# zsh completion of eventstream
_eventstream() {
  local context state state_descr line
  typeset -A opt_args
  _arguments -C \\
${options.map((option) => `    ${specOf(option)} \\`).join("\n")}
    '1: :->command' '*:: :->rest'
  case $state in
    command)
      local -a commands=(
${commands.map(({ name, summary }) => `        ${quoted(`${name}:${summary}`)}`).join("\n")}
      )
      _describe -t commands 'command' commands
      ;;
    rest)
      case $line[1] in
${commands
  .map(({ name, options: own, words }) => {
    const rest = words.length > 0 ? `'*: :(${words.join(" ")})'` : "'*: :_files'";
    return `        ${name}) _arguments ${[...own, ...options].map(specOf).join(" ")} ${rest} ;;`;
  })
  .join("\n")}
      esac
      ;;
  esac
}
if [[ $funcstack[1] == _eventstream ]]; then
  _eventstream "$@"
else
  compdef _eventstream eventstream
fi
`;
}

/** An option as \`_arguments\` wants it: \`'*'{-f,--function}'[a function]:value:_files'\`. */
function specOf({ flags, description, value }: CompletedOption): string {
  const names = flags.length > 1 ? `'*'{${flags.join(",")}}` : `'*'${flags[0]}`;
  const text = description.replaceAll(/[[\]:]/g, String.raw`\$&`);
  return `${names}${quoted(`[${text}]${value ? `: :${actionOf(value)}` : ""}`)}`;
}

function actionOf({ words, isPath }: NonNullable<CompletedOption["value"]>): string {
  if (words.length > 0) return `(${words.join(" ")})`;
  return isPath ? "_files" : "";
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
