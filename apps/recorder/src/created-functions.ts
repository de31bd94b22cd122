import type { LoadCode } from "@eventstream-kit/lambda-emulator";
import { zipCode } from "@eventstream-kit/lambda-emulator/node";
import { headerValue, type Reply, type Service } from "@eventstream-kit/service";

/** The code of functions that clients create through the API. */
export interface CreatedFunctions {
  readonly loadCode: LoadCode;
  /** Ends what runs, and removes what was unpacked. */
  close(): Promise<void>;
}

/** Zips run, each in processes of its own; what they print goes to `onOutput`. */
export function runningZips(onOutput: (text: string) => void): CreatedFunctions {
  const zips = zipCode({ onOutput });
  return { loadCode: zips.load, close: () => zips.close() };
}

/** Functions can be created and configured; whoever invokes one hears which option is missing. */
export const nothingRuns: CreatedFunctions = {
  loadCode:
    ({ functionName }) =>
    () => {
      throw Object.assign(
        new Error(
          `The function ${functionName} was created through the API, whose zips run only when eventstream serve was started with --run-zips`,
        ),
        { name: "Runtime.CodeNotLoaded" },
      );
    },
  close: async () => {},
};

/**
 * The service without web pages as its operators. A page of any website can make a browser post to a loopback port, and
 * with `--run-zips` that would be to run code here. Browsers put an `Origin` into such requests; programs have none.
 */
export function withoutWebPages(service: Service): Service {
  return {
    async handle(request) {
      const { method, target, headers } = request;
      const origin = headerValue(headers, "origin");
      const changes = method !== "GET" && /^\/2015-03-31\/functions(?!\/[^/?]*\/invocations)/.test(target);
      if (origin === undefined || !changes) return service.handle(request);
      return forbidden(`A web page may not change functions; found a request of ${origin}`);
    },
  };
}

function forbidden(message: string): Reply {
  const body = new TextEncoder().encode(JSON.stringify({ Message: message }));
  return {
    status: 403,
    headers: [
      ["Content-Type", "application/json"],
      ["Content-Length", String(body.byteLength)],
      ["x-amzn-ErrorType", "AccessDeniedException"],
    ],
    body: [body],
  };
}
