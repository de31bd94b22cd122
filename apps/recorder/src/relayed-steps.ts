import type { End } from "@eventstream-kit/cassette";
import type { LendingSteps, Parts, Step } from "@eventstream-kit/service";
import { BorrowedChunks } from "./borrowed-chunks.ts";
import type { UpstreamChunk, UpstreamChunks } from "./upstream-chunks.ts";
import { isTimeout } from "./upstream.ts";

/** A response that is relayed. */
export interface RelayedResponse {
  readonly chunks: UpstreamChunks;
  /** Whether it goes on when the client has left. */
  readonly finishes: boolean;
  /** Aborted when it is to end at once. */
  readonly cancel: AbortSignal | undefined;
  /** Told of each chunk when it has been passed on. A promise asks to wait with the next one; it does not reject. */
  record(chunk: UpstreamChunk): Promise<void> | undefined;
  /** Called once, by whatever happens first. `clientLeft`: it came to its end without its client. */
  end(how: End["how"], clientLeft: boolean): void;
}

type Give = (result: IteratorResult<Step | Parts>) => void;

const done: IteratorReturnResult<undefined> = { done: true, value: undefined };

/**
 * The chunks of a response as the steps of a reply, each the moment it arrives. One that breaks off ends with a reset: never
 * cleanly, since the client must not take a part for the whole.
 *
 * Without generators, and without promises as far as the transport does without: with them, a megabyte in chunks of 1 KiB took a
 * millisecond more of the processor.
 */
export class RelayedSteps implements LendingSteps {
  readonly #response: RelayedResponse;
  readonly #borrowed = new BorrowedChunks();
  /** What has been given and is not recorded yet: the client is served first. */
  #fresh: UpstreamChunk | undefined;
  // Those of the step that is asked for.
  #give: Give | undefined;
  #lends = false;
  /** Nobody asks any more. */
  #left = false;
  /** It is told how the response ended. */
  #ended = false;
  /** No more steps. */
  #over = false;

  constructor(response: RelayedResponse) {
    this.#response = response;
    response.cancel?.addEventListener("abort", this.#cancelled);
  }

  lend(give: Give): void {
    this.#ask(true, give);
  }

  next(): Promise<IteratorResult<Step>> {
    return new Promise((resolve) => this.#ask(false, resolve as Give));
  }

  /** Also when nothing was read yet. */
  return(): Promise<IteratorReturnResult<undefined>> {
    this.#left = true;
    if (this.#response.finishes) void this.#readOn();
    else {
      this.#over = true;
      this.#end("client-abort");
    }
    return Promise.resolve(done);
  }

  #ask(lends: boolean, give: Give): void {
    this.#lends = lends;
    this.#give = give;
    const behind = this.#catchUp();
    if (behind) void behind.then(this.#read);
    else this.#read();
  }

  readonly #read = (): void => {
    // While a client leaves, they may still be on their way.
    if (!this.#left) this.#borrowed.askedForMore();
    if (this.#over) this.#settle(done);
    else this.#response.chunks.read(this.#arrived, this.#broken);
  };

  readonly #arrived = (chunk: UpstreamChunk | undefined): void => {
    if (chunk) {
      this.#fresh = chunk;
      this.#settle({ value: this.#lends ? this.#borrowed.give(chunk.bytes) : chunk.bytes });
    } else {
      this.#over = true;
      this.#end("eof");
      this.#settle(done);
    }
  };

  readonly #broken = (error: unknown): void => {
    this.#over = true;
    const broken = isTimeout(error) ? "timeout" : "reset";
    this.#end(this.#response.cancel?.aborted ? "client-abort" : broken);
    this.#settle({ value: { kind: "reset" } });
  };

  readonly #cancelled = (): void => this.#end("client-abort");

  #settle(result: IteratorResult<Step | Parts>): void {
    const give = this.#give;
    this.#give = undefined;
    give?.(result);
  }

  #catchUp(): Promise<void> | undefined {
    const chunk = this.#fresh;
    this.#fresh = undefined;
    return chunk && !this.#ended ? this.#response.record(chunk) : undefined;
  }

  #end(how: End["how"]): void {
    if (this.#ended) return;
    void this.#catchUp();
    this.#ended = true;
    this.#response.cancel?.removeEventListener("abort", this.#cancelled);
    this.#response.end(how, this.#left && how !== "client-abort");
  }

  /** Reads what no client reads any more. Nobody need wait for that. */
  async #readOn(): Promise<void> {
    // The step that was asked for is nobody's now.
    const asked = this.#give && new Promise<IteratorResult<Step | Parts>>((resolve) => (this.#give = resolve));
    let result = await (asked ?? this.next());
    while (!result.done) result = await this.next();
  }
}
