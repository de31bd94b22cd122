import type { Limits, SizeLimits } from "./limits.ts";
import { defaultMaxMessageBytes, sizeLimits } from "./limits.ts";
import { badOption, checkOptions } from "./check-object.ts";

/** What a receiver accepts. */
export interface ReceiveOptions {
  /**
   * On which side of the connection the bytes arrive. The specification says that services MUST check the sizes of a
   * message and clients MUST NOT, so this picks the default of `limits`. Default `client`.
   */
  readonly role?: "client" | "service";
  /** Default: `wire` for a client, `specification` for a service. */
  readonly limits?: Limits;
  /**
   * The longest message accepted, in bytes: a safety cap of ours, in either role. `Infinity` takes whatever the format
   * can say (4 GiB). Default 268,435,456 (256 MiB).
   */
  readonly maxMessageBytes?: number;
}

/** How to decode messages. */
export interface DecodeOptions extends ReceiveOptions {
  /**
   * Whether payloads and binary header values have memory of their own (`copy`, the default) or may be views (`view`):
   * of the chunk when the message lies whole in it, else of memory in which other messages are, too. A view costs
   * nothing, changes when the chunk is overwritten, and keeps all of the chunk alive, or up to 16 KB beside it. Shared and resizable memory is always copied first.
   */
  readonly payload?: "copy" | "view";
}

/** Checks the options and gives the bounds they stand for. */
export function receiveLimits(options: ReceiveOptions): SizeLimits {
  checkOptions(options);
  const { role = "client", maxMessageBytes = defaultMaxMessageBytes } = options;
  if (role !== "client" && role !== "service") throw badOption("role", role, '"client" or "service"');
  // Also refuses NaN, with which every comparison is false and no cap would apply.
  if (typeof maxMessageBytes !== "number" || !(maxMessageBytes >= 0)) {
    throw badOption("maxMessageBytes", maxMessageBytes, "a number of bytes or Infinity");
  }
  const limits = sizeLimits(options.limits ?? (role === "service" ? "specification" : "wire"));
  return { ...limits, message: Math.min(limits.message, maxMessageBytes) };
}

/** What a decoder may accept, and may hand out. */
export interface DecodeRules {
  readonly limits: SizeLimits;
  /** Whether payloads and binary values may be views of the caller's bytes. */
  readonly views: boolean;
}

/** The last options that were checked: most programs have the same ones each time, and a message is read in 200 ns. */
let last: readonly [DecodeOptions, DecodeRules] | undefined;

/** Checks the options, each of which is read once, and gives the rules they stand for. */
export function decodeRules(options: DecodeOptions): DecodeRules {
  checkOptions(options);
  const { role, limits, maxMessageBytes, payload = "copy" } = options;
  if (
    last !== undefined &&
    last[0].role === role &&
    last[0].limits === limits &&
    last[0].maxMessageBytes === maxMessageBytes &&
    last[0].payload === payload
  ) {
    return last[1];
  }
  if (payload !== "copy" && payload !== "view") throw badOption("payload", payload, '"copy" or "view"');
  const given = { role, limits, maxMessageBytes, payload } as DecodeOptions;
  last = [given, { limits: receiveLimits(given), views: payload === "view" }];
  return last[1];
}
