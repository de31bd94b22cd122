import { nextChunkEnd } from "./body-map.ts";
import type { ChunkTime } from "./cassette.ts";

/**
 * The chunks cut to the items there are: none goes beyond them, one that brings nothing more is joined with the one
 * after it, and the last one ends with the last item. The same list when that is so.
 */
export function fittedChunks(chunks: readonly ChunkTime[], itemEnds: readonly number[]): readonly ChunkTime[] {
  const size = itemEnds.at(-1) ?? 0;
  const fitted: ChunkTime[] = [];
  let [position, waited] = [0, 0];
  let same = true;
  for (const chunk of chunks) {
    const item = Math.min(chunk.item, itemEnds.length);
    const room = (itemEnds[item] ?? 0) - (itemEnds[item - 1] ?? 0);
    const extra = Math.max(0, Math.min(chunk.extra, room - 1));
    const end = nextChunkEnd({ item, extra }, itemEnds, position);
    const dt = Math.round((waited + chunk.dt) * 10) / 10;
    same &&= item === chunk.item && extra === chunk.extra && typeof end === "number";
    if (typeof end === "number") {
      fitted.push({ ...chunk, dt, item, extra });
      [position, waited] = [end, 0];
    } else {
      waited = dt;
    }
  }
  if (same && position === size) return chunks;
  if (position < size) {
    const last = fitted.pop();
    fitted.push({ ...(last ?? { dt: waited }), item: itemEnds.length, extra: 0 });
  }
  return fitted;
}
