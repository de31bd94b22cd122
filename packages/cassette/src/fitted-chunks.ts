import { nextChunkEnd } from "./body-map.ts";
import type { ChunkTime } from "./cassette.ts";

/**
 * The chunks cut to the items there are: none goes beyond them, one that brings nothing more is joined with the one
 * after it, and the last one ends with the last item. The same list when that is so.
 */
export function fittedChunks(chunks: readonly ChunkTime[], itemEnds: readonly number[]): readonly ChunkTime[] {
  const size = itemEnds.at(-1) ?? 0;
  // A copy only from where one does not stay as it is: there can be hundreds of thousands.
  let fitted: ChunkTime[] | undefined;
  let [position, waited] = [0, 0];
  for (const [index, chunk] of chunks.entries()) {
    const item = Math.min(chunk.item, itemEnds.length);
    const room = (itemEnds[item] ?? 0) - (itemEnds[item - 1] ?? 0);
    const extra = Math.max(0, Math.min(chunk.extra, room - 1));
    const end = nextChunkEnd({ item, extra }, itemEnds, position);
    const isPlaced = typeof end === "number";
    if (!isPlaced || item !== chunk.item || extra !== chunk.extra) fitted ??= chunks.slice(0, index);
    const dt = Math.round((waited + chunk.dt) * 10) / 10;
    if (isPlaced) {
      fitted?.push({ ...chunk, dt, item, extra });
      [position, waited] = [end, 0];
    } else {
      waited = dt;
    }
  }
  if (position === size) return fitted ?? chunks;
  fitted ??= [...chunks];
  const last = fitted.pop();
  fitted.push({ ...(last ?? { dt: waited }), item: itemEnds.length, extra: 0 });
  return fitted;
}
