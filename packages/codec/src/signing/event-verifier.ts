import { isBytes, plainBytes } from "../bytes.ts";
import { checkOptions } from "../check-object.ts";
import { decodeMessage } from "../decode-message.ts";
import type { ReceiveOptions } from "../decode-options.ts";
import { receiveLimits } from "../decode-options.ts";
import { encodeMessage } from "../encode-message.ts";
import { EventStreamError } from "../errors.ts";
import type { Message } from "../types.ts";
import { checkedSignature } from "./request-signature.ts";
import type { SignedContent } from "./signed-event.ts";
import { dateHeader, isSignableDate, signatureBytes, signatureHeader, signatureInput, toHex } from "./signed-event.ts";
import { SigningKeys } from "./signing-key.ts";
import type { SigningOptions } from "./signing-options.ts";
import { TaskQueue } from "./task-queue.ts";

/** How to verify the events of one stream. Whoever does is a service, so that is the default `role`. */
export interface VerifierOptions extends SigningOptions, ReceiveOptions {}

/**
 * Verifies the events of one stream that `EventSigner` or any other signer made, and takes them out of their envelope.
 *
 * A signature covers the time, the event and the signature before it. So an event that was changed, moved, left out or
 * put in is found at the first signature that does not fit, and an end that was cut off by `finish`. How old an event
 * may be is for the caller to say: its `:date` is signed. Other headers of the envelope are not, and not looked at.
 *
 * After an error every further call throws it again.
 */
export class EventVerifier {
  readonly #keys: SigningKeys;
  readonly #receive: ReceiveOptions;
  readonly #queue = new TaskQueue();
  #prior: string;
  #ended = false;
  #count = 0;
  #failure: { readonly error: unknown } | undefined;

  /** @throws {EventStreamError} `invalid_argument` */
  constructor(options: VerifierOptions) {
    checkOptions(options);
    this.#prior = checkedSignature(options.priorSignature);
    this.#keys = new SigningKeys(options);
    this.#receive = receiving(options);
    receiveLimits(this.#receive);
  }

  /**
   * Verifies the next signed event. Calls may overlap: events are taken in the order of the calls.
   *
   * @param signed The signed event, decoded or as a whole frame. Read at once.
   * @returns The event inside, or undefined for the signed end of the stream.
   * @throws {EventStreamError} `signature_mismatch`, `signature_missing`, `signing_ended`; any `DecodeErrorCode` for a
   *   frame that is none, outside or inside.
   */
  async verify(signed: Message | Uint8Array): Promise<Message | undefined> {
    const doing = "Verifying a signed event";
    const frame = isBytes(signed)
      ? new Uint8Array(plainBytes(signed, doing))
      : encodeMessage(signed, { limits: "wire" });
    return this.#queue.run(() => this.#sticky(() => this.#verify(frame)));
  }

  /**
   * Says that no event follows.
   *
   * @throws {EventStreamError} `signing_end_missing` when the last one was not the signed end.
   */
  finish(): Promise<void> {
    return this.#queue.run(() =>
      this.#sticky(async () => {
        if (!this.#ended)
          throw this.#fault("signing_end_missing", "the stream stops, expected a signed end before that");
      }),
    );
  }

  async #verify(frame: Uint8Array<ArrayBuffer>): Promise<Message | undefined> {
    const options = { ...this.#receive, payload: "view" } as const;
    if (this.#ended) throw this.#fault("signing_ended", "found an event after the signed end, expected none");
    const { signature, ...content } = this.#read(decodeMessage(frame, options));
    if (!(await this.#matches(content, signature))) {
      // The signature it should have is not told: it would be good for a second try.
      throw this.#fault("signature_mismatch", "the signature is not that of this event after the one before it");
    }
    this.#prior = toHex(signature);
    this.#count += 1;
    if (content.payload.length > 0) return decodeMessage(content.payload, options);
    this.#ended = true;
    return undefined;
  }

  #read({ headers, payload }: Message): SignedContent & { readonly signature: Uint8Array<ArrayBuffer> } {
    const date = headers.get(dateHeader);
    const signature = headers.get(signatureHeader);
    if (date?.type !== "timestamp" || signature?.type !== "binary" || signature.value.length !== signatureBytes) {
      const expected = `a timestamp ${dateHeader} and ${signatureBytes} bytes ${signatureHeader}`;
      throw this.#fault("signature_missing", `found an event that is not signed, expected ${expected}`);
    }
    return {
      date: date.value,
      prior: this.#prior,
      payload: new Uint8Array(payload),
      signature: new Uint8Array(signature.value),
    };
  }

  /** Compared by the platform, in a time that does not depend on where the difference is. */
  async #matches(content: SignedContent, signature: Uint8Array<ArrayBuffer>): Promise<boolean> {
    if (!isSignableDate(content.date)) return false;
    const { key, text } = await signatureInput(this.#keys, content);
    return crypto.subtle.verify("HMAC", key, signature, text);
  }

  async #sticky<T>(task: () => Promise<T>): Promise<T> {
    if (this.#failure) throw this.#failure.error;
    try {
      return await task();
    } catch (error) {
      this.#failure = { error };
      throw error;
    }
  }

  #fault(code: "signature_mismatch" | "signature_missing" | "signing_end_missing" | "signing_ended", problem: string) {
    const messageIndex = this.#count;
    return new EventStreamError(code, `Verifying signed event ${messageIndex}: ${problem}`, { messageIndex });
  }
}

/** What a receiver of signed events accepts unless told otherwise. */
export function receiving({ role = "service", limits, maxMessageBytes }: ReceiveOptions): ReceiveOptions {
  return { role, limits, maxMessageBytes } as ReceiveOptions;
}
