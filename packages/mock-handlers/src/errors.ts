/** What a handler was asked for that it cannot do, or what it met that it cannot show. The list is closed. */
export type MockHandlersErrorCode =
  /** The items of a stream are not a list, an iterable or a function that returns one; or they were read before. */
  | "items"
  /** An item is not one event, a step or bytes: `{ name: { ... } }` with exactly one name. */
  | "item_shape"
  /** A value inside an event has no form in the event's JSON document, or the event is not a JSON document. */
  | "item_value"
  /** `init` asks for a head that an event stream cannot have. */
  | "response_init"
  /** A source of handlers is of the wrong kind, or empty. */
  | "handlers"
  /** An option that the function does not have, or one with a value that it cannot have. */
  | "option"
  /** What `functionUrlHandlers` was given is no URL or fault that a function URL can have, or its configuration was refused. */
  | "function_url"
  /** What `replayHandlers` was given is no cassette, or a service whose options belong elsewhere. */
  | "cassette"
  /** No handler answered a request that came through `requestHandlerFor`. */
  | "unhandled_request"
  /** A handler answered `passthrough()`, and behind `requestHandlerFor` there is no network to pass through to. */
  | "passthrough"
  /** A client wanted an HTTP/2 connection, which msw cannot see, after `refuseHttp2()`. */
  | "http2";

/** The one error class of this package. Switch on {@link MockHandlersError.code}; messages may improve. */
export class MockHandlersError extends Error {
  override readonly name: string = "MockHandlersError";
  readonly code: MockHandlersErrorCode;

  constructor(code: MockHandlersErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
