import type { BeforeFirstWrite, ResponseStream } from "./response-stream.ts";
import { streamifyResponse } from "./streamify.ts";

/** What an HTTP-integration stream says before its body: the answer of a function URL. */
export interface HttpPrelude {
  readonly statusCode?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cookies?: readonly string[];
}

/** Content type of a response that begins with a prelude. */
const integrationType = "application/vnd.awslambda.http-integration-response";

/**
 * What stands between prelude and body. JSON text escapes NUL, so eight of them cannot be part of the prelude.
 */
const delimiterBytes = 8;

/** The `awslambda` global of Lambda's Node.js runtime. */
export interface Awslambda {
  streamifyResponse: typeof streamifyResponse;
  readonly HttpResponseStream: {
    /**
     * Gives the response a status, headers and cookies, which a function URL applies. They travel in front of the
     * first bytes that are written: like on Lambda, a response without a `write` has none.
     *
     * @returns The same stream
     */
    from<Stream extends Pick<ResponseStream, "setContentType">>(responseStream: Stream, prelude: HttpPrelude): Stream;
  };
}

/** A double of the `awslambda` global. */
export const awslambda: Awslambda = {
  streamifyResponse,
  HttpResponseStream: {
    from(responseStream, prelude) {
      responseStream.setContentType(integrationType);
      const json = JSON.stringify(prelude);
      const hook: BeforeFirstWrite = (write) => {
        write(json);
        write(new Uint8Array(delimiterBytes));
      };
      Object.assign(responseStream, { _onBeforeFirstWrite: hook });
      return responseStream;
    },
  },
};

/**
 * Makes `awslambda` a global, so that modules written for Lambda can be imported. An object of that name that is there
 * already (the AWS SDK keeps things in one) gets the members of this double and keeps its others.
 *
 * @returns Puts back what was there before.
 */
export function installAwslambda(): () => void {
  const scope = globalThis as { awslambda?: Partial<Awslambda> };
  const before = scope.awslambda;
  const { streamifyResponse: streamify, HttpResponseStream } = before ?? {};
  scope.awslambda = Object.assign(before ?? {}, awslambda);
  return () => {
    if (before === undefined) delete scope.awslambda;
    else Object.assign(before, { streamifyResponse: streamify, HttpResponseStream });
  };
}
