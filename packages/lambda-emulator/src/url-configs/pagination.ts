import { invalidParameterValue } from "../lambda-error.ts";
import type { UrlConfig } from "./url-config.ts";

/** The most URLs in one answer. A larger `MaxItems` is no error, says the release of 2023-04-07: it means this many. */
const mostItems = 50;

/** One page, and the marker of the next unless this is the last. */
export interface Page {
  readonly configs: readonly UrlConfig[];
  readonly nextMarker?: string;
}

/**
 * Cuts a page out of a function's URLs, newest first. A marker names the last URL of its page by sequence number, so
 * URLs that come and go between two calls neither repeat nor hide others.
 *
 * @throws {LambdaError} `InvalidParameterValueException` when the marker is none of this function
 */
export function pageOf(
  configs: readonly UrlConfig[],
  functionName: string,
  marker: string | undefined,
  maxItems: number = mostItems,
): Page {
  const before = marker === undefined ? Infinity : readMarker(marker, functionName);
  const rest = configs.filter((config) => config.sequence < before);
  const page = rest.slice(0, Math.min(maxItems, mostItems));
  const last = page.at(-1);
  return last === undefined || page.length === rest.length
    ? { configs: page }
    : { configs: page, nextMarker: writeMarker(last.sequence, functionName) };
}

/** Real markers are base64 with `+` and `/` in it. Ours always begin so, to catch clients that do not escape them. */
const start = "+/+/";

function writeMarker(sequence: number, functionName: string): string {
  // A function's name is ASCII.
  return start + btoa(`${sequence}:${functionName}`);
}

function readMarker(marker: string, functionName: string): number {
  const sequence = Number(/^(\d+):/.exec(decode(marker))?.[1]);
  // Only what we wrote for this function is a marker.
  if (Number.isSafeInteger(sequence) && writeMarker(sequence, functionName) === marker) return sequence;
  throw invalidParameterValue("Invalid marker value from user.");
}

function decode(marker: string): string {
  try {
    return atob(marker.slice(start.length));
  } catch {
    return "";
  }
}
