/**
 * The ways an emulated Lambda reaches a client, for one suite over all of them: in process, through msw, over a socket.
 */
import { LambdaClient } from "@aws-sdk/client-lambda";
import type { LambdaClientConfig } from "@aws-sdk/client-lambda";
import { functionUrlPath } from "@eventstream-kit/lambda-emulator";
import { firstOf, serviceRequestFrom, toResponse } from "@eventstream-kit/service";
import type { Service } from "@eventstream-kit/service";
import { serve } from "@eventstream-kit/service/node";
import { handlersFor, lambdaHandlers, requestHandlerFor } from "@eventstream-kit/mock-handlers";
import type { EmulatedLambda, SdkRequest } from "@eventstream-kit/mock-handlers";
import { FetchHttpHandler } from "@smithy/fetch-http-handler";
import { NodeHttp2Handler, NodeHttpHandler } from "@smithy/node-http-handler";
import { getResponse } from "msw";
import { beforeEach, onTestFinished } from "vitest";
import { listen } from "./msw-server.ts";
import { mswMajor } from "./msw-version.ts";

/** A Lambda as its callers see it. */
export interface Reached {
  /** A real client. Region us-east-1 and the keys of the environment; one retry. */
  readonly client: LambdaClient;
  /** `fetch` for the function URLs that the client has created. */
  readonly fetchUrl: (functionUrl: string, init?: RequestInit) => Promise<Response>;
}

export interface Transport {
  readonly name: string;
  /** Makes the emulator reachable until the test ends. A service in front is asked first. */
  readonly reach: (lambda: EmulatedLambda, front?: Service) => Promise<Reached> | Reached;
  /** Titles of tests that cannot pass here, and why. */
  readonly skips?: Readonly<Record<string, string>>;
}

function reached(config: LambdaClientConfig, fetchUrl: Reached["fetchUrl"]): Reached {
  const client = new LambdaClient({ region: "us-east-1", maxAttempts: 2, ...config });
  onTestFinished(() => client.destroy());
  return { client, fetchUrl };
}

const services = (lambda: EmulatedLambda, front: Service | undefined) => (front ? [front, lambda] : [lambda]);

/** No HTTP at all: the service answers the client's request object. */
const inProcess: Transport = {
  name: "in process",
  reach(lambda, front) {
    const service = firstOf(services(lambda, front));
    const answer = async (request: Request) => {
      const reply = await service.handle(await serviceRequestFrom(request));
      return toResponse(reply!, { signal: request.signal });
    };
    const handle = async (request: SdkRequest, { abortSignal }: { abortSignal?: AbortSignal } = {}) => {
      const { hostname, path, query, method, headers, body } = request;
      const search = new URLSearchParams(query as Record<string, string> | undefined).toString();
      const response = await answer(
        new Request(`https://${hostname}${path}?${search}`, {
          method,
          headers,
          ...(method === "GET" ? {} : { body: body as BodyInit }),
          ...(abortSignal ? { signal: abortSignal } : {}),
        }),
      );
      return {
        response: {
          statusCode: response.status,
          headers: Object.fromEntries(response.headers),
          body: response.body ?? new Blob().stream(),
        },
      };
    };
    return reached({ requestHandler: { handle } }, (url, init) => answer(new Request(url, init)));
  },
};

/** msw handlers without interception. */
const withoutInterception: Transport = {
  name: "requestHandlerFor",
  reach(lambda, front) {
    const handlers = [...(front ? handlersFor(front) : []), ...lambdaHandlers(lambda)];
    return reached({ requestHandler: requestHandlerFor(handlers) }, async (url, init) => {
      return (await getResponse(handlers, new Request(url, init)))!;
    });
  },
};

function msw(name: string, requestHandler: () => NodeHttpHandler | FetchHttpHandler, skips = {}): Transport {
  return {
    name: `msw ${mswMajor}, ${name}`,
    skips,
    reach(lambda, front) {
      listen(...(front ? handlersFor(front) : []), ...lambdaHandlers(lambda));
      return reached({ requestHandler: requestHandler() }, (url, init) => fetch(url, init));
    },
  };
}

function socket(
  name: string,
  requestHandler: () => NodeHttpHandler | NodeHttp2Handler | FetchHttpHandler,
  skips = {},
): Transport {
  return {
    name: `socket, ${name}`,
    skips,
    async reach(lambda, front) {
      const server = await serve(services(lambda, front));
      onTestFinished(() => server.close());
      return reached({ endpoint: server.url, requestHandler: requestHandler() }, (url, init) =>
        fetch(new URL(functionUrlPath(url), server.url), init),
      );
    },
  };
}

const notTold = "msw 2 does not tell a handler that the client has gone";
const mswIsNotTold =
  mswMajor === 2
    ? {
        "a client that leaves": notTold,
        "a client that has left is recorded": notTold,
        "lambda case 35 by the SDK": notTold,
      }
    : {};

const blobOverFetch =
  "FetchHttpHandler gives a Blob for an empty body, which the SDK's event-stream reader on Node cannot read";
const lostOverFetch = "an abort over fetch can get lost in undici's garbage collection, with and without msw";
const overFetch = {
  "DryRun answers 204 and runs nothing": blobOverFetch,
  "lambda case 18 by the SDK": blobOverFetch,
  "a client that leaves": lostOverFetch,
  "a client that has left is recorded": lostOverFetch,
  "lambda case 35 by the SDK": lostOverFetch,
};

const mswHttp = msw("node:http", () => new NodeHttpHandler(), mswIsNotTold);
const mswFetch = msw("fetch", () => new FetchHttpHandler(), overFetch);
const socketHttp1 = socket("HTTP/1.1", () => new NodeHttpHandler());
const socketFetch = socket("fetch", () => new FetchHttpHandler(), overFetch);
const socketHttp2 = socket("HTTP/2", () => new NodeHttp2Handler(), {
  "a client that leaves": "over HTTP/2 the SDK's stream ends without an error when it is aborted",
});

const throughMsw: readonly Transport[] = [withoutInterception, mswHttp, mswFetch];
const withoutMsw: readonly Transport[] = [inProcess, socketHttp1, socketFetch, socketHttp2];

/** Where msw takes no part, one run is enough, whatever its version. */
export const transports: readonly Transport[] = mswMajor === 3 ? [...withoutMsw, ...throughMsw] : throughMsw;

/** The ways of `npm run cases`: the handlers of Lambda's client on Node, over each kind of transport. One run for each major of msw. */
export const sdkTransports: readonly Transport[] = {
  2: [mswHttp, mswFetch],
  3: [inProcess, socketHttp1, socketFetch, mswHttp, mswFetch],
}[mswMajor];

/** Skips the tests that cannot pass over a transport, by what their titles begin with. */
export function skipInTransport({ skips = {} }: Transport): void {
  beforeEach(({ skip, task }) => {
    const [, reason] = Object.entries(skips).find(([title]) => task.name.startsWith(title)) ?? [];
    skip(reason !== undefined, reason);
  });
}
