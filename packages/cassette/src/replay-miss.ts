import type { Reply, ServiceRequest } from "@eventstream-kit/service";
import type { Cassette, Exchange } from "./cassette.ts";
import { shown } from "./line.ts";
import type { Difference } from "./match.ts";

/** A request that no recording answers. */
export interface ReplayMiss {
  readonly request: ServiceRequest;
  /** `no-match`: none is like it. `used-up`: those like it have all been played, and `afterLast` is `miss`. */
  readonly reason: "no-match" | "used-up";
  /** The recording most like it. Undefined when there are none at all. */
  readonly nearest?: NearestRecording;
  /** All of it as one line. */
  readonly message: string;
}

export interface NearestRecording {
  readonly cassette: Cassette;
  readonly exchange: Exchange;
  /** In what it differs first. Undefined when it has been used up. */
  readonly difference?: Difference | undefined;
}

/**
 * @param path of the request, as it is compared.
 * @param compared every recording and in what it differs from the request.
 */
export function missOf(request: ServiceRequest, path: string, compared: readonly NearestRecording[]): ReplayMiss {
  const call = `${request.method} ${path}`;
  const near = compared.toSorted((a, b) => likeness(b.difference) - likeness(a.difference))[0];
  if (!near) return { request, reason: "no-match", message: `No recording matches ${call}: there are none` };

  const { cassette, exchange, difference } = near;
  const which = whichOf(near);
  if (!difference) {
    const times = compared.filter((one) => !one.difference).length;
    const message = `No recording is left for ${call}: found ${String(times)}, all played, the first one ${which}`;
    return { request, reason: "used-up", nearest: { cassette, exchange }, message };
  }
  const { field, recorded, received } = difference;
  const message =
    `No recording matches ${call}: the nearest of ${String(compared.length)}, ${which}, differs in ${field}: ` +
    `recorded ${orNothing(recorded)}, received ${orNothing(received)}`;
  return { request, reason: "no-match", nearest: { cassette, exchange, difference }, message };
}

function orNothing(value: unknown): string {
  return value === undefined ? "nothing" : shown(value);
}

/** The later two requests begin to differ, the more alike they are; among paths, the longer the common start. */
function likeness(difference: Difference | undefined): number {
  if (!difference) return 4;
  const { field, recorded, received } = difference;
  if (field === "method") return 0;
  if (field === "path") return 1 + commonStart(String(recorded), String(received)) / 1e6;
  return field.startsWith("headers.") ? 2 : 3;
}

function commonStart(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  return at;
}

function whichOf({ cassette, exchange }: NearestRecording): string {
  const number = `exchange ${String(cassette.exchanges.indexOf(exchange) + 1)}`;
  const { title } = cassette.header;
  return title === undefined ? number : `${number} of ${shown(title)}`;
}

/**
 * The answer to a miss: an error that SDKs raise by its name, with a status that none of them tries again for.
 */
export function missReply({ message }: ReplayMiss): Reply {
  const body = new TextEncoder().encode(JSON.stringify({ message }));
  return {
    status: 404,
    headers: [
      ["content-type", "application/json"],
      ["content-length", String(body.length)],
      ["x-amzn-errortype", "ReplayMissError"],
    ],
    body: [body],
  };
}
