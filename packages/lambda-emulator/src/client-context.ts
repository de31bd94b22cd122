import { invalidRequestContent } from "./lambda-error.ts";

/**
 * Reads `X-Amz-Client-Context`: padded base64 of a JSON document, at most `maxBytes` of base64.
 *
 * The service's documentation gives the limit (3,583 bytes) but no capture shows either refusal. Both are reported
 * as `InvalidRequestContentException`: the description of that error is the request that cannot be read, and the
 * member has no modelled bound that a `ValidationException` could name.
 *
 * @throws {LambdaError} `InvalidRequestContentException`
 */
export function parseClientContext(text: string, maxBytes: number): unknown {
  if (text.length > maxBytes) {
    throw invalidRequestContent(`Client context must be at most ${maxBytes} bytes of base64, found ${text.length}`);
  }
  if (/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) {
    try {
      return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(text, "base64"))) as unknown;
    } catch {
      // Refused below, like any other text.
    }
  }
  throw invalidRequestContent("Client context must be base64-encoded JSON");
}
