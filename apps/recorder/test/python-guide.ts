/** What docs/guides/python.md shows, and the Python to run it with. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { markdownBlocks } from "@eventstream-kit/workshop/markdown-blocks";

const docs = resolve(import.meta.dirname, "../../../docs");

/** Where the files of the guide are. */
export const pythonFiles = join(docs, "python");

export const guideBlocks = markdownBlocks(join(docs, "guides/python.md"));

/** What the guide shows below a program. */
export function outputBelow(file: string): string | undefined {
  const text = readFileSync(join(pythonFiles, file), "utf8");
  return guideBlocks[guideBlocks.findIndex((block) => block.text === text) + 1]?.text;
}

/** Debian's first: a Python of one's own may have a botocore of any age. */
export function pythonWithBotocore(): string | undefined {
  return ["/usr/bin/python3", "python3"].find(
    (python) => spawnSync(python, ["-c", "import botocore.session"]).status === 0,
  );
}

/** Why a test that needs it is skipped. */
export const noBotocore = "No python3 here has botocore (on Debian: apt-get install python3-botocore)";
