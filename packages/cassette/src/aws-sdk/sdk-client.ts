import { CassetteError } from "../errors.ts";

/** Any AWS SDK v3 client: what is needed of one here. */
export interface SdkClient {
  readonly config: object;
  readonly middlewareStack: object;
}

/** `HttpRequest` of `@smithy/types`, as far as it matters here. */
export interface SdkRequest {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | string[] | null>> | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** What is going to be sent. A stream is replaced by its bytes once they have been read. */
  body?: unknown;
}

/** `HttpResponse` of `@smithy/types`. */
export interface SdkResponse {
  readonly statusCode: number;
  readonly reason?: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  body?: unknown;
}

/** What `send(command, options)` was given. */
export interface SendOptions {
  readonly abortSignal?: unknown;
}

/** `HttpHandler` of `@smithy/types`: what an SDK client sends its requests with. */
export interface SdkRequestHandler {
  readonly metadata?: { readonly handlerProtocol?: string };
  handle(request: SdkRequest, options?: SendOptions): Promise<{ response: SdkResponse }>;
  destroy?(): void;
}

/** The settings of a client that matter here. */
export interface SdkConfig {
  requestHandler: SdkRequestHandler;
  readonly serviceId?: string;
}

/** What the SDK knows of a call beside its HTTP request. */
export interface CallFacts {
  /** Such as `InvokeWithResponseStream`. */
  readonly operation?: string | undefined;
  /** Whose call it is: the credentials or token it was signed with. */
  readonly identity?: Readonly<Record<string, unknown>> | undefined;
  readonly region?: string | undefined;
}

/** What stands in for a client's own request handler. */
export interface StandIn {
  handle(request: SdkRequest, options: SendOptions, facts: CallFacts): Promise<{ response: SdkResponse }>;
  /** The client has been destroyed: `client.destroy()`. Its own handler is told afterwards. */
  destroyed?(): void;
  /** It stands in no longer: what else was changed is to be put back. */
  restore?(): void;
}

/** The part of a `MiddlewareStack` that is used. */
interface Stack {
  add(middleware: Middleware, options: Readonly<Record<string, unknown>>): void;
  remove(name: string): boolean;
}

type Next = (args: { readonly request: object }) => Promise<unknown>;
type Middleware = (next: Next, context: Readonly<Record<string, unknown>>) => Next;

const middlewareName = "eventstreamKitCallFacts";

/** The clients that somebody stands in for. */
const taken = new WeakSet<object>();

/**
 * Puts a stand-in where the client's request handler is. Everything else is as before: commands, middleware, signing,
 * retries, parsing.
 *
 * A request handler is the place because it is the last thing before the socket, whatever middleware there is, and
 * because it is told what a middleware is not: the abort signal of a call, and that the client is destroyed. What
 * only middleware is told (the name of the operation, the credentials used) comes from one at the innermost place.
 *
 * @returns what puts the client's own handler back. Calls under way go on with the stand-in.
 * @throws CassetteError `option` for what is no client; `state` for a client that has a stand-in already.
 */
export function takeOver(client: SdkClient, make: (own: SdkRequestHandler, config: SdkConfig) => StandIn): () => void {
  const { config, stack } = partsOf(client);
  if (taken.has(config)) {
    throw new CassetteError(
      "state",
      "Attaching to an AWS SDK client: it is recorded or replayed already; expected one that is not, or that is stopped first",
    );
  }
  const own = config.requestHandler;
  const standIn = make(own, config);
  const facts = new WeakMap<object, CallFacts>();
  const replacement = new Proxy(own, {
    get(target, key) {
      if (key === "handle") {
        return (request: SdkRequest, options: SendOptions = {}) =>
          standIn.handle(request, options, facts.get(request) ?? {});
      }
      if (key === "destroy") {
        return () => {
          standIn.destroyed?.();
          target.destroy?.();
        };
      }
      const value: unknown = Reflect.get(target, key);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
  taken.add(config);
  config.requestHandler = replacement;
  stack.add(noting(facts), { step: "deserialize", priority: "low", name: middlewareName, override: true });
  forgetHandlers(client);
  return () => {
    if (config.requestHandler !== replacement) return;
    config.requestHandler = own;
    stack.remove(middlewareName);
    forgetHandlers(client);
    taken.delete(config);
    standIn.restore?.();
  };
}

function partsOf(client: SdkClient): { config: SdkConfig; stack: Stack } {
  const { config, middlewareStack: stack } = (client ?? {}) as {
    config?: Partial<SdkConfig>;
    middlewareStack?: Partial<Stack>;
  };
  if (typeof config?.requestHandler?.handle !== "function" || typeof stack?.add !== "function") {
    throw new CassetteError(
      "option",
      "Attaching to an AWS SDK client: found no requestHandler and middlewareStack; expected a client of AWS SDK for JavaScript v3, such as new LambdaClient({})",
    );
  }
  return { config: config as SdkConfig, stack: stack as Stack };
}

/** Notes what the SDK knows of each request, which a handler is not told. */
function noting(facts: WeakMap<object, CallFacts>): Middleware {
  return (next, context) => (args) => {
    const { commandName } = context;
    const smithy = context["__smithy_context"] as SmithyContext | undefined;
    const scheme = smithy?.selectedHttpAuthScheme;
    facts.set(args.request, {
      operation: typeof commandName === "string" ? commandName.replace(/Command$/, "") : undefined,
      identity: scheme?.identity,
      region: scheme?.httpAuthOption?.signingProperties?.region,
    });
    return next(args);
  };
}

interface SmithyContext {
  readonly selectedHttpAuthScheme?: {
    readonly identity?: Readonly<Record<string, unknown>>;
    readonly httpAuthOption?: { readonly signingProperties?: { readonly region?: string } };
  };
}

/** With `cacheMiddleware`, a client keeps the handler of each command. It has to look again. */
function forgetHandlers(client: SdkClient): void {
  Reflect.deleteProperty(client, "handlers");
}
