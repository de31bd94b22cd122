import type { CassetteHeader, Exchange } from "@eventstream-kit/cassette";
import { callName } from "../call-name.ts";
import { RecorderError } from "../errors.ts";

/** Where a call goes, and what it is signed for. */
export interface Place {
  /** `https://lambda.us-east-1.amazonaws.com`, without a path. */
  readonly origin: string;
  readonly region: string;
  /** Signing name. */
  readonly service: string;
}

export interface PlaceOptions {
  readonly region?: string | undefined;
  /** In place of AWS's own endpoint. */
  readonly endpoint?: string | undefined;
}

/** Endpoints whose signing name is another. */
const signingNames: Readonly<Record<string, string>> = { "bedrock-runtime": "bedrock" };

/**
 * The place of a recorded call: service from the operation, region from what was said, else from the `meta` line, else
 * `us-east-1`. Throws `usage` when nothing says which service it is.
 */
export function placeOf(exchange: Exchange, header: CassetteHeader, options: PlaceOptions): Place {
  const { method, path } = exchange.request;
  const named = callName(method, path, "").op;
  const [endpoint = ""] = (named.startsWith(":") ? (header.op ?? "") : named).split(":");
  const recorded = exchange.meta?.["region"];
  const region = options.region ?? (typeof recorded === "string" ? recorded : "us-east-1");
  if (!/^[a-z0-9-]*$/.test(endpoint) || !/^[a-z0-9-]+$/.test(region)) {
    throw new RecorderError(
      "usage",
      `Which endpoint is meant by service '${endpoint}' and region '${region}' is not known`,
    );
  }
  const service = signingNames[endpoint] ?? endpoint;
  if (options.endpoint !== undefined) return { origin: originOf(options.endpoint), region, service };
  if (endpoint === "") {
    throw new RecorderError("usage", `Which service ${method} ${path} calls is not known`, {
      hint: "Say where with --endpoint https://<host>",
    });
  }
  const suffix = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  return { origin: `https://${endpoint}.${region}.${suffix}`, region, service };
}

function originOf(endpoint: string): string {
  const url = URL.parse(endpoint);
  if (url && /^https?:$/.test(url.protocol) && url.username + url.password + url.search + url.hash === "") {
    return url.href.replace(/\/$/, "");
  }
  // Not shown: it may have a password.
  throw new RecorderError("usage", "The endpoint is not an http or https URL without user, query and fragment");
}
