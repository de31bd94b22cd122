import type { Exchange } from "@eventstream-kit/cassette";
import type { ServiceRequest } from "@eventstream-kit/service";
import { serve } from "@eventstream-kit/service/node";
import { afterEach } from "vitest";
import type { RecorderError } from "../src/errors.ts";
import { createRecordingProxy, type RecordingProxyOptions } from "../src/recording-proxy.ts";

export const target = "/2021-11-15/functions/report/response-streaming-invocations";

/** What any client sends: a signature is asked for, and not checked. */
export const authorization =
  "AWS4-HMAC-SHA256 Credential=AKIDCLIENT/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=00";

export interface ServedProxy {
  readonly url: string;
  /** What has been recorded so far, in the order in which the calls ended. */
  readonly exchanges: readonly Exchange[];
  readonly failures: readonly RecorderError[];
}

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

/** The recording proxy on a socket, in this process. */
export async function servedProxy(
  upstream: string,
  {
    watch,
    ...options
  }: Partial<RecordingProxyOptions> & {
    /** Gets every request when it has come. */
    watch?: (request: ServiceRequest) => unknown;
  } = {},
): Promise<ServedProxy> {
  const exchanges: Exchange[] = [];
  const failures: RecorderError[] = [];
  const proxy = createRecordingProxy({
    upstream,
    credentials: () => Promise.resolve({ accessKeyId: "AKIDOWN", secretAccessKey: "secret" }),
    observe(_call, request) {
      watch?.(request);
      return { recorded: (exchange) => exchanges.push(exchange), failed: (error) => failures.push(error) };
    },
    ...options,
  });
  const server = await serve(proxy, { graceMs: 0 });
  closers.push(() => server.close());
  return { url: server.url, exchanges, failures };
}
