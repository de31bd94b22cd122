import type { EmulatedLambda, FunctionDefinition } from "@eventstream-kit/lambda-emulator";
import { createLambda } from "@eventstream-kit/lambda-emulator";
import type { Service } from "@eventstream-kit/service";
import type { HttpHandler } from "msw";
import { checkOptions } from "./check-options.ts";
import { MockHandlersError } from "./errors.ts";
import { EmulatedUrl } from "./emulated-url.ts";
import type { FunctionUrlConfig } from "./emulated-url.ts";
import { frameless } from "./frameless-faults.ts";
import type { LambdaHandlersOptions } from "./lambda-handlers.ts";
import { handlersFor, optionsBehindMsw } from "./handlers-for.ts";

/** How a function URL is put behind msw. */
export interface FunctionUrlHandlersOptions extends LambdaHandlersOptions, FunctionUrlConfig {
  /** Where the function is defined and its invocations are recorded. Default: an emulated Lambda of its own. */
  readonly lambda?: EmulatedLambda;
  /** The function's name. Default: made of the URL's host, `chat-example-com`. */
  readonly functionName?: string;
}

/**
 * msw handlers for one Lambda function behind its URL, whatever that URL is: the real one, or a domain of your own in front
 * of it. The function gets the event that a function URL makes of a request, and its answer becomes the response as
 * Lambda does it:
 *
 * ```ts
 * functionUrlHandlers("https://chat.example.com", async function* (event) {
 *   yield `You asked for ${event.rawPath}, `;
 *   yield "and here it comes";
 * });
 * ```
 *
 * The URL streams unless `invokeMode` says `BUFFERED` (which is Lambda's own default). Every request to its origin is
 * answered; put these handlers before those of `lambdaHandlers`, which answer 403 for URLs they do not know.
 *
 * @param url an `http:` or `https:` origin, with no path.
 * @throws MockHandlersError `function_url` for any other URL, for an `invokeMode` or `authType` that Lambda does not have, and
 * for faults at a frame, which a URL's answer does not have; `option` for an option that there is not, and a `lambda` that is no
 * emulated Lambda.
 * @throws LambdaEmulatorError `invalid_function` for what is no function.
 */
export function functionUrlHandlers(
  url: string | URL,
  definition: FunctionDefinition,
  options: FunctionUrlHandlersOptions = {},
): HttpHandler[] {
  checkOptions("functionUrlHandlers", options, knownOptions);
  if (options.lambda !== undefined && typeof options.lambda?.define !== "function") {
    throw new MockHandlersError(
      "option",
      "functionUrlHandlers was given a lambda that is no emulated one; expected what createLambda returns",
    );
  }
  const origin = originOf(url);
  const { lambda = createLambda({ functions: {} }), functionName = nameFor(origin), ...rest } = options;
  // Of an emulator of the test's own, others may call the function, too.
  const code = options.lambda === undefined ? frameless(definition) : definition;
  const { invokeMode = "RESPONSE_STREAM", authType = "NONE", cors, ...behind } = rest;
  checkChoice("invokeMode", invokeMode, ["BUFFERED", "RESPONSE_STREAM"]);
  checkChoice("authType", authType, ["NONE", "AWS_IAM"]);
  const config = { invokeMode, authType, ...(cors ? { cors } : {}) };
  const emulated = new EmulatedUrl(lambda, functionName, code, config, regionOf(origin));
  // The emulator knows its URLs by their path, too. The host stays, since it may be signed.
  const service: Service = {
    handle: async (request) => lambda.handle({ ...request, target: (await emulated.path()) + request.target }),
  };
  return handlersFor(service, { ...behind, match: (request) => new URL(request.url).origin === origin });
}

const knownOptions = {
  invokeMode: "",
  authType: "",
  cors: "",
  lambda: "",
  functionName: "",
  ...optionsBehindMsw,
} as const;

function checkChoice(option: string, found: unknown, choices: readonly unknown[]): void {
  if (choices.includes(found)) return;
  // JSON has no text for a BigInt.
  const given = typeof found === "string" ? JSON.stringify(found) : String(found);
  throw new MockHandlersError(
    "function_url",
    `functionUrlHandlers was given the ${option} ${given}; expected ${choices.join(" or ")}`,
  );
}

function originOf(url: string | URL): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const bare = parsed && parsed.pathname === "/" && parsed.search === "" && parsed.hash === "";
  if (bare && /^https?:$/.test(parsed.protocol)) return parsed.origin;
  throw new MockHandlersError(
    "function_url",
    `functionUrlHandlers was given ${JSON.stringify(String(url))}; expected an origin, such as https://<url-id>.lambda-url.us-east-1.on.aws/`,
  );
}

/** Named by the host of a real function URL. */
function regionOf(origin: string): string | undefined {
  return /\.lambda-url\.([^.]+)\.on\.aws$/.exec(new URL(origin).hostname)?.[1];
}

/** A function's name has 64 characters at most; a host may have more. */
function nameFor(origin: string): string {
  return new URL(origin).host.replaceAll(/[^a-z0-9]+/gi, "-").slice(0, 64);
}
