import type { CreateHash } from "./body-hash.ts";
import { endOf, runningSum } from "./body-map.ts";
import type { Exchange, Item } from "./cassette.ts";
import { fittedChunks } from "./fitted-chunks.ts";
import { itemLength } from "./item-line.ts";
import { ItemRedactor } from "./redaction/item-redactor.ts";
import type { RedactionOptions } from "./redaction/redaction-options.ts";
import { Redactor } from "./redaction/redactor.ts";

/**
 * Masks an exchange that was recorded before, as `createRecorder` does while recording. `meta.redacted` counts what was
 * masked now, too. Gives the same exchange when there is nothing to mask.
 *
 * @param sha256 for the body. Default: a portable one.
 * @throws CassetteError `option`; `redaction` for a JSON document of more than 8 MiB in several items, when there are rules for JSON
 */
export function redactExchange(exchange: Exchange, options: RedactionOptions = {}, sha256?: CreateHash): Exchange {
  const redactor = new Redactor(options);
  const counts = new Map<string, number>();
  const request = redactor.request(exchange.request, counts);
  const headers = redactor.headers(exchange.response.headers, counts);
  const trailers = exchange.trailers && redactor.headers(exchange.trailers, counts);
  const masker = new ItemRedactor(redactor, counts);
  const items = [...exchange.items.flatMap((item) => masker.push(copyOf(item))), ...masker.finish()];
  if (counts.size === 0) return exchange;

  const { timing, meta } = exchange;
  const ends = runningSum(items.map(itemLength));
  return {
    request,
    response: { ...exchange.response, headers },
    items,
    ...(trailers ? { trailers } : {}),
    end: endOf(items, exchange.end.how, sha256),
    ...(timing ? { timing: { ...timing, chunks: [...fittedChunks(timing.chunks, ends)] } } : {}),
    meta: { ...meta, redacted: added(meta?.["redacted"], counts) },
  };
}

/** Its payload is overwritten. */
function copyOf(item: Item): Item {
  if (item.kind === "raw") return { ...item, bytes: Uint8Array.from(item.bytes) };
  return { kind: "frame", message: { ...item.message, payload: Uint8Array.from(item.message.payload) } };
}

function added(before: unknown, counts: ReadonlyMap<string, number>): Record<string, unknown> {
  const sum: Record<string, unknown> = typeof before === "object" ? { ...before } : {};
  for (const [name, count] of counts) {
    const other = sum[name];
    sum[name] = typeof other === "number" ? other + count : count;
  }
  return sum;
}
