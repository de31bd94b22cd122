import { nextChunkEnd } from "./body-map.ts";
import type { ChunkTime } from "./cassette.ts";
import type { Numbers } from "./number-column.ts";

/**
 * The chunks cut to the items there are: none goes beyond them, one that brings nothing more is joined with the one
 * after it, and the last one ends with the last item. The same objects where that is so.
 */
export function* fittedChunks(chunks: Iterable<ChunkTime>, itemEnds: Numbers): Generator<ChunkTime, void, undefined> {
  let last: ChunkTime | undefined;
  let [position, waited] = [0, 0];
  for (const chunk of chunks) {
    const item = Math.min(chunk.item, itemEnds.length);
    const start = item === 0 ? 0 : itemEnds.at(item - 1)!;
    const room = (itemEnds.at(item) ?? 0) - start;
    const extra = Math.max(0, Math.min(chunk.extra, room - 1));
    const end = nextChunkEnd({ item, extra }, itemEnds, position);
    const dt = Math.round((waited + chunk.dt) * 10) / 10;
    if (typeof end === "number") {
      if (last) yield last;
      const isSame = waited === 0 && item === chunk.item && extra === chunk.extra;
      last = isSame ? chunk : { ...chunk, dt, item, extra };
      [position, waited] = [end, 0];
    } else {
      waited = dt;
    }
  }
  if (position !== (itemEnds.at(-1) ?? 0)) yield { ...(last ?? { dt: waited }), item: itemEnds.length, extra: 0 };
  else if (last) yield last;
}
