import { readFileSync } from "node:fs";

/** A fenced code block of a Markdown file. */
export interface MarkdownBlock {
  readonly language: string;
  readonly text: string;
  /** Line of the opening fence, from 1. */
  readonly line: number;
}

/** The fenced code blocks of a Markdown file, in order. */
export function markdownBlocks(path: string): MarkdownBlock[] {
  const blocks: MarkdownBlock[] = [];
  let open: { language: string; line: number; lines: string[] } | undefined;
  for (const [index, line] of readFileSync(path, "utf8").split("\n").entries()) {
    const fence = /^```(\w*)\s*$/.exec(line);
    if (open && fence) {
      blocks.push({ language: open.language, line: open.line, text: `${open.lines.join("\n")}\n` });
      open = undefined;
    } else if (open) open.lines.push(line);
    else if (fence) open = { language: fence[1]!, line: index + 1, lines: [] };
  }
  if (open) throw new Error(`Reading ${path}: the code block of line ${open.line} is never closed`);
  return blocks;
}

/** The first TypeScript block of a Markdown file, or undefined. */
export function firstTypeScriptBlock(path: string): string | undefined {
  return markdownBlocks(path).find((block) => block.language === "ts")?.text;
}
