/** Every code this package throws. The list is closed. */
export type ServiceErrorCode =
  /** Text that is not a fault: see `FaultText` for the grammar. */
  | "fault_syntax"
  /** A fault whose number, name or duration is out of its range. */
  | "fault_range"
  /** The stream ended before the place a fault names, so the fault did not happen. */
  | "fault_unreached"
  /** A reply's status is not an integer from 200 to 599, or an interim response's not one from 102 to 199. */
  | "reply_status"
  /** A header or trailer line of a reply or an interim response cannot be sent: a character HTTP does not allow, or a name that is not a token. */
  | "reply_header"
  /** A reply has trailers where HTTP has no place for them: to an HTTP/1.0 client, or in HTTP/1.1 behind a body with a content-length. */
  | "reply_trailers"
  /** A reply's body yielded something that is neither bytes, nor a wait, nor a reset. */
  | "reply_step"
  /** A reply's body is longer or shorter than its own content-length line says. */
  | "reply_length"
  /** A reply's body reached a reset step on a transport that can only show it as an error. */
  | "connection_reset"
  /** A wait that is negative, not finite, or longer than {@link longestWait}. */
  | "wait_range"
  /** A `Request` whose body has been read already. */
  | "request_used"
  /** What should be a service has no function `handle`. */
  | "not_a_service"
  /** A server option has a value it cannot have, or there is no such option. */
  | "option_range"
  /** The server could not listen: `cause` is the operating system's error. */
  | "listen";

/** The one error class of this package. Switch on {@link ServiceError.code}; messages may improve. */
export class ServiceError extends Error {
  override readonly name: string = "ServiceError";
  readonly code: ServiceErrorCode;

  constructor(code: ServiceErrorCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.code = code;
  }
}
