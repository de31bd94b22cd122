/** What was wrong with what a test author gave to this package. The list is closed. */
export type LambdaEmulatorErrorCode =
  /** An option or argument has a value that is not allowed. */
  | "invalid_option"
  /** A function's name, code, version or alias is not what Lambda could have. */
  | "invalid_function";

/**
 * The one error class of this package, thrown to whoever sets an emulated Lambda up. Callers of the emulated Lambda
 * never see it: they get the answers of the service.
 */
export class LambdaEmulatorError extends Error {
  override readonly name = "LambdaEmulatorError";
  readonly code: LambdaEmulatorErrorCode;

  constructor(code: LambdaEmulatorErrorCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.code = code;
  }
}
