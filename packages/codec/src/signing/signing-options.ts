/** The part of AWS credentials that signs. An identity of the AWS SDK is one. */
export interface SigningCredentials {
  readonly secretAccessKey: string;
}

/** What both ends of a signed stream have to agree on. */
export interface SigningOptions {
  /**
   * Of whoever signed the request that opened the stream. A function is called once, when the signer or verifier is
   * made: a stream keeps its credentials to the end, whatever the provider gives to others meanwhile. A session token
   * belongs to the request only.
   */
  readonly credentials: SigningCredentials | (() => SigningCredentials | PromiseLike<SigningCredentials>);
  /** Such as `us-east-1`. */
  readonly region: string;
  /** The name that requests are signed for, such as `transcribe`. */
  readonly service: string;
  /** Signature of the request that opened the stream, which the first event continues: see `requestSignature`. */
  readonly priorSignature: string;
}
