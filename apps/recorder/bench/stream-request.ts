/** What a call of the bench asks the origin for: the request's body. Equal requests are answered with equal bytes. */
export interface StreamRequest {
  /** Tells the bytes of one stream from those of another. */
  readonly stream: number;
  readonly frames: number;
  /** Bytes of a frame's payload. */
  readonly payload: number;
  /** Frames in one write. */
  readonly framesPerWrite: number;
}

/** The path of every call: Lambda's, so that the recorder knows what it is. */
export const path = "/2021-11-15/functions/bench/response-streaming-invocations";

/** What an SDK client would send. The recorder signs again, and nobody else looks. */
export const headers = {
  authorization:
    "AWS4-HMAC-SHA256 Credential=AKIDBENCH/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=00",
  "content-type": "application/json",
};
