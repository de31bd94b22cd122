// Bound here, at import: a test that has replaced the global timers still gets its bytes and resets.
import { setImmediate, setTimeout } from "node:timers";
import type { BodyReader } from "../body-reader.ts";
import { ServiceError } from "../errors.ts";
import type { HeaderLine, Parts, Reset } from "../service.ts";
import { isParts, lengthOf } from "../steps.ts";
import type { Exchange } from "./exchange.ts";

/**
 * After so many bytes timers and other connections have a turn, however quick this one is: a generator that waits for nothing
 * would go on without one up to its end.
 */
const turnBytes = 256 * 1024;

/** What there is to know about the end of a body. */
export interface BodyEnds {
  /** What a `content-length` line says. */
  readonly declared: string | undefined;
  /** Called at the clean end. */
  readonly trailers: () => readonly HeaderLine[];
  /** Aborted when the client has gone. */
  readonly gone: AbortSignal;
}

/**
 * Sends the body of a reply: one write a step. The next step is asked for when the connection has room for it.
 *
 * A loop without promises: this runs for every chunk of every stream, and to await each step made a stream of ten
 * small chunks a twentieth dearer.
 */
export class BodyPump {
  readonly #exchange: Exchange;
  readonly #reader: BodyReader;
  readonly #declared: string | undefined;
  readonly #trailers: () => readonly HeaderLine[];
  readonly #gone: AbortSignal;
  #sent = 0;
  /** What had been sent when others had their turn last. */
  #sentBefore = 0;
  #resolve!: () => void;
  #reject!: (error: unknown) => void;

  constructor(exchange: Exchange, reader: BodyReader, { declared, trailers, gone }: BodyEnds) {
    this.#exchange = exchange;
    this.#reader = reader;
    this.#declared = declared;
    this.#trailers = trailers;
    this.#gone = gone;
  }

  /** Resolves when the body has ended, in whichever way it wanted to. Rejects with what the body threw. */
  run(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#read();
    });
  }

  #read(): void {
    this.#reader.read(this.#exchange.takesParts, this.#step, this.#failed);
  }

  readonly #step = (step: Uint8Array | Parts | Reset | undefined): void => {
    try {
      if (step === undefined) this.#end();
      else if (isParts(step) || !("kind" in step)) this.#write(step);
      else breakOff(this.#exchange).then(this.#resolve, this.#reject);
    } catch (error) {
      this.#failed(error);
    }
  };

  #write(step: Uint8Array | Parts): void {
    this.#sent += lengthOf(step);
    const declared = this.#declared;
    if (declared !== undefined && this.#sent > Number(declared)) {
      throw wrongLength(declared, `${String(this.#sent)} or more`);
    }
    let room = this.#exchange.write(step);
    if (this.#sent - this.#sentBefore >= turnBytes) room = this.#afterOthers(room);
    if (room === true) this.#read();
    else room.then(this.#taken, this.#failed);
  }

  async #afterOthers(room: true | Promise<boolean>): Promise<boolean> {
    this.#sentBefore = this.#sent;
    await new Promise((resolve) => setImmediate(resolve));
    return room;
  }

  readonly #taken = (taken: boolean): void => {
    if (taken) this.#read();
    else this.#reader.cancel().then(this.#resolve, this.#reject);
  };

  #end(): void {
    const declared = this.#declared;
    if (!this.#gone.aborted) {
      if (declared !== undefined && this.#sent !== Number(declared)) throw wrongLength(declared, String(this.#sent));
      this.#exchange.end(this.#trailers());
    }
    this.#resolve();
  }

  readonly #failed = (error: unknown): void => void this.#fail(error);

  async #fail(error: unknown): Promise<void> {
    await this.#reader.cancel(error);
    this.#reject(error);
  }
}

/**
 * Resets, a moment after the last write: some systems throw away what a peer has not read when a reset comes, and some
 * event loops take data with a reset on its heels for the end. So what was sent before is received before.
 */
export async function breakOff(exchange: Exchange): Promise<void> {
  await exchange.taken();
  await new Promise((resolve) => setTimeout(resolve, 10));
  exchange.reset();
}

function wrongLength(declared: string, sent: string): ServiceError {
  return new ServiceError("reply_length", `A reply's body has ${sent} bytes; its content-length line says ${declared}`);
}
