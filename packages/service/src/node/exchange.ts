import type { Readable } from "node:stream";
import type { HeaderLine, Parts } from "../service.ts";

/** One request that has come in, and the means to answer it: what HTTP/1.1 and HTTP/2 have in common. */
export interface Exchange {
  readonly method: string;
  /** Origin form: path and query as received. */
  readonly target: string;
  /** What the client wants to reach: `host:port`. Absent when it did not say (HTTP/1.0). */
  readonly authority: string | undefined;
  readonly headers: readonly HeaderLine[];
  readonly source: Readable;
  /** The client waits for leave before it sends its body. */
  readonly expectsContinue: boolean;
  sendContinue(): void;
  /** A head before the head (1xx). Sends nothing where that cannot be, or comes too late. */
  sendInterim(status: number, headers: readonly HeaderLine[]): void;
  /**
   * Sends the head at once. `bodyless`: no body follows, whatever the header lines say. `trailers`: they may, after the body, if
   * {@link takesTrailers} then says so. Throws, and has sent nothing, at what cannot be sent.
   */
  sendHead(status: number, headers: readonly HeaderLine[], options: { bodyless: boolean; trailers: boolean }): void;
  /**
   * One write. True when there is room for more; else resolves as {@link taken}. Behind parts, all that was lent is copied or sent
   * then.
   */
  write(step: Uint8Array | Parts): true | Promise<boolean>;
  /** True when parts are written as they are: it is worth while to ask for them. */
  readonly takesParts: boolean;
  /** Resolves when the connection has taken every byte written, or with `false` when it no longer takes any. */
  taken(): Promise<boolean>;
  /** Whether trailers can follow the body. Known when the head is sent. */
  takesTrailers(): boolean;
  /** The clean end of the body. */
  end(trailers?: readonly HeaderLine[]): void;
  /**
   * After that end: nobody waits for what is missing of the request. In HTTP/1.1 it is the head that says so, by `connection:
   * close`; otherwise the rest runs off.
   */
  leaveRest(): void;
  /** Breaks the connection so that nobody can take it for a clean end: a TCP reset, or RST_STREAM. */
  reset(): void;
  /** Calls back once nothing can be sent any more: with `true` when the response is out, `false` when it broke off. */
  onClosed(listener: (complete: boolean) => void): void;
}
