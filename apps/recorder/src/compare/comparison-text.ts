import { cut, printable } from "../inspect/printable.ts";
import type { Colors } from "../terminal.ts";
import type { ComparedExchange, Comparison, Difference, FrameLine } from "./difference.ts";

/** A comparison for people: `-` is what only the left side has, `+` what only the right side has. */
export function comparisonText({ exchanges }: Comparison, names: readonly [string, string], colors: Colors): string[] {
  if (exchanges.length === 0) return [];
  const heads = [colors.red(`--- ${names[0]}`), colors.green(`+++ ${names[1]}`)];
  return [...heads, ...exchanges.flatMap((exchange) => exchangeText(exchange, colors))];
}

function exchangeText({ name, left, right, differences, sameText }: ComparedExchange, colors: Colors): string[] {
  const title = printable(name ?? "the stream");
  if (right === undefined) return [colors.red(`- exchange ${left}  ${title}`)];
  if (left === undefined) return [colors.green(`+ exchange ${right}  ${title}`)];
  const numbers = left === right ? String(left) : `${left} and ${right}`;
  return [
    ...(name === undefined ? [] : [colors.bold(`exchange ${numbers}  ${title}`)]),
    ...differences.flatMap((difference) => differenceText(difference, colors)),
    ...(sameText ? [colors.dim("The function wrote the same text; its frames are cut in another way.")] : []),
  ];
}

function differenceText(difference: Difference, { red, green }: Colors): string[] {
  if (difference.kind === "value") {
    return [`${difference.field}: ${red(shown(difference.left))} -> ${green(shown(difference.right))}`];
  }
  const lines =
    difference.kind === "text"
      ? { left: difference.left.map(textLine), right: difference.right.map(textLine) }
      : { left: difference.left.map(frameLine), right: difference.right.map(frameLine) };
  return [...lines.left.map((line) => red(`- ${line}`)), ...lines.right.map((line) => green(`+ ${line}`))];
}

function textLine(line: string): string {
  return `text  ${printable(line)}`;
}

function frameLine({ frame, line }: FrameLine): string {
  return `frame ${frame}  ${printable(line)}`;
}

function shown(value: unknown): string {
  return value === null ? "nothing" : cut(printable(JSON.stringify(value)), 120);
}
