import { headerValue } from "@eventstream-kit/service";
import { RecorderError } from "./errors.ts";
import type { UpstreamResponse } from "./upstream.ts";

type Cause = "expired" | "unknown" | "signature" | "clock";

/** What AWS says when it does not like a signature. That is the recorder's affair, and no answer to keep. */
const refusals: Readonly<Record<string, Cause>> = {
  ExpiredToken: "expired",
  ExpiredTokenException: "expired",
  IncompleteSignatureException: "signature",
  InvalidClientTokenId: "unknown",
  InvalidSignatureException: "signature",
  MissingAuthenticationTokenException: "unknown",
  RequestExpired: "clock",
  RequestTimeTooSkewed: "clock",
  SignatureDoesNotMatch: "signature",
  UnrecognizedClientException: "unknown",
};

const causes: Readonly<Record<Cause, readonly [why: string, hint: string]>> = {
  expired: ["the session token has expired", "Renew the credentials, for instance by aws sso login"],
  unknown: ["AWS does not know the key, or the session token is not its own", "Check which credentials are found"],
  signature: ["the secret key is not the one of the key id", "Check which credentials are found"],
  clock: ["the time of the request is not AWS's time", "Set this machine's clock"],
};

/** AWS takes signatures of 5 minutes before and after its own time; a `date` line has whole seconds. */
const toleratedMs = 299_000;

/**
 * The error for an answer in which AWS refuses the recorder's credentials: its cause, as far as status, headers and the clock
 * tell, and where they are from. The answer's text is not in it, for AWS quotes what it has found, session tokens too.
 */
export function credentialsRefusal(
  { status, headers }: Pick<UpstreamResponse, "status" | "headers">,
  source: string | undefined,
  now: Date,
): RecorderError | undefined {
  const name = headerValue(headers, "x-amzn-errortype")?.replace(/:.*$/s, "");
  const cause = name !== undefined && Object.hasOwn(refusals, name) ? refusals[name] : undefined;
  if (status < 400 || name === undefined || cause === undefined) return undefined;

  const skew = now.getTime() - Date.parse(headerValue(headers, "date") ?? "");
  const isSkewed = (cause === "signature" || cause === "clock") && Math.abs(skew) >= toleratedMs;
  const [why, hint] = causes[isSkewed ? "clock" : cause];
  const reason = isSkewed ? `this machine's clock is ${minutes(skew)} AWS's` : why;
  const from = source === undefined ? "" : `. The credentials are from ${source}`;
  return new RecorderError(
    "credentials",
    `AWS refused the recorder's own signature, ${status} ${name}: ${reason}${from}`,
    { hint },
  );
}

function minutes(skew: number): string {
  const whole = Math.round(Math.abs(skew) / 60_000);
  return `${whole} minutes ${skew > 0 ? "ahead of" : "behind"}`;
}
