import { globSync } from "node:fs";
import { join, resolve } from "node:path";
import { markdownBlocks } from "@eventstream-kit/workshop/markdown-blocks";
import picocolors from "picocolors";
import { expect, test } from "vitest";
import { commands } from "../src/command-table.ts";
import { addCommand, createProgram } from "../src/program.ts";

const root = resolve(import.meta.dirname, "../../..");
const documents = globSync(["README.md", "packages/*/README.md", "apps/*/README.md", "docs/guides/*.md"], {
  cwd: root,
});

/** The words of a shell's line up to what is not the command's own: a comment, a pipe, a redirection, `--`. */
function ownWords(line: string): string[] {
  const words = line.match(/'[^']*'|"[^"]*"|\S+/g) ?? [];
  const end = words.findIndex((word) => /^(#|[|>&]|--$)/.test(word));
  return words.slice(0, end === -1 ? words.length : end).map((word) => word.replace(/^(['"])(.*)\1$/, "$2"));
}

interface Shown {
  readonly where: string;
  readonly name: string;
  readonly args: readonly string[];
}

/** Every command line of `eventstream` in a shell's block. A synopsis has brackets and is none. */
const shown: Shown[] = documents.flatMap((path) =>
  markdownBlocks(join(root, path))
    .filter(({ language }) => language === "sh")
    .flatMap(({ text, line }) =>
      [...text.matchAll(/(?:^|[|(] ?|npx )eventstream (.+)$/gm)]
        .filter(([, rest]) => !rest!.includes("["))
        .map(([, rest]) => {
          const [name = "", ...args] = ownWords(rest!.replace(/\)/, " # "));
          return { where: `${path}:${line}`, name, args };
        }),
    ),
);

test("the documents show command lines", () => {
  expect(shown.length).toBeGreaterThan(40);
});

test.each(shown)("$where: eventstream $name $args", async ({ name, args }) => {
  expect(commands).toHaveProperty(name);
  const module = await commands[name]!.load();
  const program = createProgram({ colors: picocolors.createColors(false), columns: 80 });
  const command = addCommand(program, name, module);
  command.action(() => {});
  await program.parseAsync([name, ...args], { from: "user" });
  // The commands that read one input take no folder.
  const readsOne = ["inspect", "decode", "encode", "convert", "diff"].includes(name);
  expect(readsOne ? command.args.filter((input) => !/^-$|\.\w+$/.test(input)) : []).toEqual([]);
});
