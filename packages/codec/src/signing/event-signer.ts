import { describe, isBytes, plainBytes } from "../bytes.ts";
import { badOption, checkOptions } from "../check-object.ts";
import { decodeMessage } from "../decode-message.ts";
import type { EncodeOptions } from "../begin-frame.ts";
import { encodeMessage } from "../encode-message.ts";
import { EventStreamError } from "../errors.ts";
import { sizeLimits } from "../limits.ts";
import type { MessageInput } from "../types.ts";
import { checkedSignature } from "./request-signature.ts";
import { dateHeader, isSignableDate, signatureHeader, signatureInput, toHex } from "./signed-event.ts";
import { SigningKeys } from "./signing-key.ts";
import type { SigningOptions } from "./signing-options.ts";
import { TaskQueue } from "./task-queue.ts";

/** How to sign the events of one stream. */
export interface SignerOptions extends SigningOptions, EncodeOptions {
  /** The time, in milliseconds since the epoch. Read once for each event, when its turn comes. Default `Date.now`. */
  readonly now?: (() => number) | undefined;
  /** Milliseconds to add to the time: how far the service's clock is ahead of this one. Default 0. */
  readonly clockOffset?: number | undefined;
}

/**
 * Signs the events of one stream with AWS Signature Version 4, as services expect of whoever sends them an event stream
 * (Transcribe, Lex, Polly, Bedrock's bidirectional streams). The request that opens the stream is signed before, by
 * somebody else, with `x-amz-content-sha256: STREAMING-AWS4-HMAC-SHA256-EVENTS`.
 *
 * ```ts
 * const signer = new EventSigner({ credentials, region, service, priorSignature: requestSignature(authorization) });
 * for await (const audio of microphone) send(await signer.sign(encodeEvent({ event: "AudioEvent", payload: audio })));
 * send(await signer.end());
 * ```
 *
 * Each signature covers the one before, so events are signed one at a time in the order of the calls, awaited or not, and
 * must be sent in it.
 */
export class EventSigner {
  readonly #keys: SigningKeys;
  readonly #encode: EncodeOptions;
  readonly #now: () => number;
  readonly #clockOffset: number;
  readonly #queue = new TaskQueue();
  #prior: string;
  #ended = false;

  /** @throws {EventStreamError} `invalid_argument` */
  constructor(options: SignerOptions) {
    checkOptions(options);
    const { now = Date.now, clockOffset = 0, limits = "specification" } = options;
    if (typeof now !== "function") throw badOption("now", now, "a function");
    if (typeof clockOffset !== "number") throw badOption("clockOffset", clockOffset, "a number of milliseconds");
    sizeLimits(limits);
    this.#prior = checkedSignature(options.priorSignature);
    this.#keys = new SigningKeys(options);
    this.#encode = { limits };
    this.#now = now;
    this.#clockOffset = clockOffset;
  }

  /**
   * Signs the next event. One that fails is not part of the chain: the next continues from the one before.
   *
   * @param event A message, or one that is encoded already. Read at once: it may be changed when this has returned.
   * @returns The signed event as a whole frame, 83 bytes longer than the event.
   * @throws {EventStreamError} `signing_ended` after `end`; `invalid_argument` for bytes that are not one whole message,
   *   credentials without a secret, and a clock that gives no time; whatever `encodeMessage` throws. An error of the
   *   function that gives the credentials is thrown as it is.
   */
  async sign(event: MessageInput | Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
    this.#refuseAfterEnd();
    const frame = isBytes(event) ? wholeFrame(event) : encodeMessage(event, this.#encode);
    return this.#queue.run(() => this.#sign(frame));
  }

  /**
   * Signs the end of the stream, without which services complain that it was cut short.
   *
   * @returns A signed event of 83 bytes that holds nothing, not even an empty message.
   * @throws {EventStreamError} As `sign`.
   */
  async end(): Promise<Uint8Array<ArrayBuffer>> {
    this.#refuseAfterEnd();
    this.#ended = true;
    try {
      return await this.#queue.run(() => this.#sign(new Uint8Array()));
    } catch (error) {
      // Nothing was signed, so it may be tried again.
      this.#ended = false;
      throw error;
    }
  }

  #refuseAfterEnd(): void {
    if (!this.#ended) return;
    const problem = "Signing an event: the end of the stream was signed before, expected nothing after it";
    throw new EventStreamError("signing_ended", problem);
  }

  async #sign(payload: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
    const date = this.#date();
    const { key, text } = await signatureInput(this.#keys, { date, prior: this.#prior, payload });
    const signature = new Uint8Array(await crypto.subtle.sign("HMAC", key, text));
    const headers = { [dateHeader]: { type: "timestamp", value: date }, [signatureHeader]: signature } as const;
    const frame = encodeMessage({ headers, payload }, this.#encode);
    this.#prior = toHex(signature);
    return frame;
  }

  /** In whole seconds: the string to sign has no milliseconds, so a header without them cannot differ from it. */
  #date(): bigint {
    const now = this.#now();
    const seconds = typeof now === "number" ? Math.floor((now + this.#clockOffset) / 1000) : Number.NaN;
    if (Number.isFinite(seconds)) {
      const date = BigInt(seconds) * 1000n;
      if (isSignableDate(date)) return date;
    }
    const found = `${describe(now)} with a clockOffset of ${describe(this.#clockOffset)}`;
    const expected = "milliseconds since the epoch, of the years 0 to 9999";
    throw new EventStreamError("invalid_argument", `Signing an event: the time is ${found}, expected ${expected}`);
  }
}

/** A copy of the bytes, which have to be one message: a signature over anything else would only fail at the service. */
function wholeFrame(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(plainBytes(bytes, "Signing an event"));
  try {
    decodeMessage(frame, { payload: "view", maxMessageBytes: Number.POSITIVE_INFINITY });
  } catch (cause) {
    const problem = `Signing an event: found ${frame.length} bytes that are not one whole message, expected one`;
    throw new EventStreamError("invalid_argument", problem, { cause });
  }
  return frame;
}
