import { describe } from "../bytes.ts";
import { isIterable } from "../check-object.ts";
import type { StreamSource } from "../chunk-source.ts";
import { EventStreamError } from "../errors.ts";
import { FrameSplitter } from "../frame-splitter.ts";
import { ItemStream } from "../item-stream.ts";
import type { Message, MessageInput } from "../types.ts";
import type { SignerOptions } from "./event-signer.ts";
import { EventSigner } from "./event-signer.ts";
import type { VerifierOptions } from "./event-verifier.ts";
import { EventVerifier, receiving } from "./event-verifier.ts";

/**
 * Signs events as they come and, when there are no more, the end of the stream. See `EventSigner`.
 *
 * A source that fails, and a loop that is left, leave the stream without its end: to the service it was cut short.
 *
 * @returns Signed frames, one a chunk, to be iterated once: the body of a request. An event is asked for when its frame
 *   is.
 * @throws {EventStreamError} `invalid_argument`, at once, for what cannot be iterated; what `EventSigner` throws.
 */
export function signEvents(
  events: AsyncIterable<MessageInput | Uint8Array> | Iterable<MessageInput | Uint8Array>,
  options: SignerOptions,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  const later = (events as Partial<AsyncIterable<unknown>> | null | undefined)?.[Symbol.asyncIterator];
  if (!isIterable(events) && typeof later !== "function") {
    const problem = `Signing events: found ${describe(events)}, expected an iterable of events`;
    throw new EventStreamError("invalid_argument", problem);
  }
  return signedFrames(events, new EventSigner(options));
}

async function* signedFrames(
  events: AsyncIterable<MessageInput | Uint8Array> | Iterable<MessageInput | Uint8Array>,
  signer: EventSigner,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  for await (const event of events) yield await signer.sign(event);
  yield await signer.end();
}

/** How to read a stream of signed events. */
export interface VerifyOptions extends VerifierOptions {
  /** Ends the stream with the reason of the abort, even while the source is being waited for, and cancels the source. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads a stream of signed events, such as the body of a request to a service: verifies each as it arrives and gives
 * what is inside. See `EventVerifier`, and `decodeStream` for what becomes of the source.
 *
 * @returns The events, to be iterated once. When it ends without an error, the signed end was there.
 * @throws {EventStreamError} `invalid_argument` at once; when iterated, what `EventVerifier` and `decodeStream` throw.
 */
export function verifyEvents(source: StreamSource, options: VerifyOptions): AsyncGenerator<Message, void, undefined> {
  const verifier = new EventVerifier(options);
  const splitter = new FrameSplitter(receiving(options));
  return verifiedEvents(new ItemStream(source, splitter, options.signal, "Verifying signed events"), verifier);
}

async function* verifiedEvents(
  frames: AsyncIterable<Uint8Array>,
  verifier: EventVerifier,
): AsyncGenerator<Message, void, undefined> {
  for await (const frame of frames) {
    const event = await verifier.verify(frame);
    if (event) yield event;
  }
  await verifier.finish();
}
