import type { CompletedOption, CompletionModel } from "./completion-model.ts";

/** For `eventstream completion pwsh | Out-String | Invoke-Expression` in a profile of PowerShell 5 or newer. */
export function pwshCompletion({ commands, options }: CompletionModel): string {
  return `# PowerShell completion of eventstream
Register-ArgumentCompleter -Native -CommandName eventstream -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $commands = [ordered]@{
${commands.map(({ name, summary }) => `    ${quoted(name)} = ${quoted(summary)}`).join("\n")}
  }
  $options = @{
    '' = ${tableOf(options)}
${commands.map(({ name, options: own }) => `    ${quoted(name)} = ${tableOf([...own, ...options])}`).join("\n")}
  }
  $values = @{
${commands.flatMap(({ name, options: own }) => own.flatMap((option) => valuesOf(name, option))).join("\n")}
  }
  $words = @{
${commands
  .filter(({ words }) => words.length > 0)
  .map(({ name, words }) => `    ${quoted(name)} = @(${words.map(quoted).join(", ")})`)
  .join("\n")}
  }
  $typed = @($commandAst.CommandElements | Select-Object -Skip 1 | ForEach-Object { $_.ToString() })
  if ($wordToComplete -ne '' -and $typed.Count -gt 0) { $typed = @($typed | Select-Object -SkipLast 1) }
  $command = [string]($typed | Where-Object { $commands.Contains($_) } | Select-Object -First 1)
  $previous = [string]($typed | Select-Object -Last 1)
  if ($values.ContainsKey("$command $previous")) {
    $found = @{}
    foreach ($value in $values["$command $previous"]) { $found[$value] = $value }
  } elseif ($wordToComplete.StartsWith('-')) {
    $found = $options[$command]
  } elseif ($command -eq '') {
    $found = $commands
  } elseif ($words.ContainsKey($command)) {
    $found = @{}
    foreach ($word in $words[$command]) { $found[$word] = $word }
  } else {
    return
  }
  $found.GetEnumerator() | Where-Object { $_.Key -like "$wordToComplete*" } | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_.Key, $_.Key, 'ParameterValue', $_.Value)
  }
}
`;
}

function tableOf(options: readonly CompletedOption[]): string {
  const entries = options.flatMap(({ flags, description }) =>
    flags.map((flag) => `${quoted(flag)} = ${quoted(description)}`),
  );
  return `@{ ${entries.join("; ")} }`;
}

function valuesOf(command: string, { flags, value }: CompletedOption): readonly string[] {
  if (!value || value.words.length === 0) return [];
  return flags.map((flag) => `    ${quoted(`${command} ${flag}`)} = @(${value.words.map(quoted).join(", ")})`);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
