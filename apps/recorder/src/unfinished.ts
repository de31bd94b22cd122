import { basename, dirname, normalize, sep } from "node:path";
import { orphansIn } from "./check/orphans.ts";

/**
 * Removes what is left of writes to these cassettes (and their partials) that nobody goes on with. What cannot be removed stays,
 * and `check` finds it.
 *
 * @param what `temporary`: the cassette's own temporary file, without which a write that is still going on comes to nothing. `all`:
 *   payload files of cassettes that were not written, too. Not while something writes: it might get to its end.
 */
export async function removeUnfinished(cassettes: Iterable<string>, what: "all" | "temporary"): Promise<void> {
  // Findings are named so, whatever somebody has typed: `./here/all.jsonl`.
  const paths = [...cassettes].map((path) => normalize(path)).flatMap((path) => [path, `${path}.partial`]);
  for (const folder of new Set(paths.map((path) => dirname(path)))) {
    const orphans = await orphansIn(folder).catch(() => []);
    for (const { finding, remove } of orphans) {
      const isLeft = paths.some(
        (path) => isTemporaryOf(path, finding.file) || (what === "all" && isPayloadOf(path, finding.file)),
      );
      if (isLeft) await remove?.().catch(() => {});
    }
  }
}

function isTemporaryOf(cassette: string, file: string): boolean {
  return basename(file).startsWith(`.${basename(cassette)}.`) && dirname(file) === dirname(cassette);
}

/** Or the folder of all of them. */
function isPayloadOf(cassette: string, file: string): boolean {
  return `${file}${sep}`.startsWith(`${cassette}.d${sep}`);
}
