import type { Reply } from "@eventstream-kit/service";
import type { RecorderError, RecorderErrorCode } from "./errors.ts";

/** Status and error name a client gets for what the recorder itself refuses. Of these, 502 and 504 make SDKs try again. */
const refusals: Partial<Record<RecorderErrorCode, readonly [status: number, name: string]>> = {
  request_refused: [403, "RequestRefusedException"],
  upstream_refused: [403, "UpstreamRefusedException"],
  credentials: [403, "RecorderCredentialsException"],
  upstream_failed: [502, "UpstreamFailedException"],
  upstream_timeout: [504, "UpstreamTimeoutException"],
};

/** An answer in the form of AWS's JSON protocols, so that every SDK shows the reason as the error's message. */
export function refusalReply(error: RecorderError): Reply {
  const [status, name] = refusals[error.code] ?? [500, "RecorderFailedException"];
  const body = new TextEncoder().encode(JSON.stringify({ message: `eventstream record: ${error.message}` }));
  return {
    status,
    headers: [
      ["content-type", "application/json"],
      ["content-length", String(body.length)],
      ["x-amzn-errortype", name],
    ],
    body: [body],
  };
}
