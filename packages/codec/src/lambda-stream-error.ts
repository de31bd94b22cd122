/** What was wrong with the answer of a Lambda function. */
export type LambdaStreamErrorCode =
  /** `InvokeComplete` carries an `ErrorCode`: the function failed after its first bytes had been sent. */
  | "function_error"
  /** The stream ended without `InvokeComplete`. It is cut short, even between two events. */
  | "missing_complete"
  /** An event follows `InvokeComplete`, which is the last. */
  | "after_complete"
  /**
   * The connection broke, or the bytes are wrong or end inside a message, or the service sent an exception. `cause` is
   * that error.
   */
  | "interrupted";

/** Facts that belong to an error. */
export interface LambdaStreamErrorDetails {
  /** How many bytes of the function's output came before. */
  readonly receivedBytes: number;
  /** Those bytes. Undefined when there were more than `keepBytes`. */
  readonly received?: Uint8Array<ArrayBuffer> | undefined;
  /** For `function_error`: what Lambda calls it, such as `Unhandled` or the name of an error class. */
  readonly errorCode?: string | undefined;
  /** For `function_error`: explains it. Often, not always, JSON. */
  readonly errorDetails?: string | undefined;
  /** For `function_error`: the end of the log, if it was asked for. */
  readonly logResult?: string | undefined;
  /** For `interrupted`: the error of the connection, of the SDK or of the codec. */
  readonly cause?: unknown;
}

/** A Lambda function's answer that is not whole. */
export class LambdaStreamError extends Error {
  override readonly name: string = "LambdaStreamError";
  readonly code: LambdaStreamErrorCode;
  readonly receivedBytes: number;
  readonly received: Uint8Array<ArrayBuffer> | undefined;
  readonly errorCode: string | undefined;
  readonly errorDetails: string | undefined;
  readonly logResult: string | undefined;

  constructor(code: LambdaStreamErrorCode, message: string, details: LambdaStreamErrorDetails) {
    super(message, "cause" in details ? { cause: details.cause } : undefined);
    this.code = code;
    this.receivedBytes = details.receivedBytes;
    this.received = details.received;
    this.errorCode = details.errorCode;
    this.errorDetails = details.errorDetails;
    this.logResult = details.logResult;
  }
}
