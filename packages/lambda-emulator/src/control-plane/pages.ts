import { invalidParameterValue } from "../lambda-error.ts";
import type { Violations } from "../validation.ts";

/** One page of a list, and the marker of the next unless this is the last. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly nextMarker?: string;
}

/** How a list is cut into pages. */
export interface Paging {
  readonly marker: string | undefined;
  /** Asked for by the caller. */
  readonly maxItems: number | undefined;
  /** The service's own. Default 50. */
  readonly mostItems?: number;
}

/**
 * Cuts a page out of a list that is sorted by `keyOf`. A marker names the last item of its page, so items that come and go
 * between two calls neither repeat nor hide others.
 *
 * @throws {LambdaError} `InvalidParameterValueException` when the marker is none of ours
 */
export function pageOf<T>(
  list: readonly T[],
  keyOf: (item: T) => string,
  { marker, maxItems, mostItems = 50 }: Paging,
): Page<T> {
  const after = marker === undefined ? undefined : readMarker(marker);
  const left = after === undefined ? list : list.filter((item) => keyOf(item) > after);
  const items = left.slice(0, Math.min(maxItems ?? mostItems, mostItems));
  const last = items.at(-1);
  return last === undefined || items.length === left.length ? { items } : { items, nextMarker: markerOf(keyOf(last)) };
}

/** Real markers are base64 with `+` and `/` in it. Ours always begin so, to catch clients that do not escape them. */
const start = "+/+/";

function markerOf(key: string): string {
  return start + Buffer.from(key).toString("base64");
}

function readMarker(marker: string): string {
  const key = Buffer.from(marker.slice(start.length), "base64").toString();
  if (markerOf(key) === marker) return key;
  throw invalidParameterValue("Invalid marker value from user.");
}

/** Reads `Marker` and `MaxItems` (1 to 10,000) out of a query. What is no integer has no captured text. */
export function readPaging(query: URLSearchParams, violations: Violations): Paging {
  const text = query.get("MaxItems");
  const marker = query.get("Marker") ?? undefined;
  if (text === null) return { marker, maxItems: undefined };
  const maxItems = Number(text);
  if (/^-?\d+$/.test(text) && Number.isSafeInteger(maxItems)) {
    violations.range("maxItems", maxItems, { min: 1, max: 10_000 });
  } else violations.add("maxItems", text, "Member must be an integer");
  return { marker, maxItems };
}

/** `$LATEST` first, then by number: for the order of keys. */
export function versionKey(version: string): string {
  return version === "$LATEST" ? "" : version.padStart(16, "0");
}
