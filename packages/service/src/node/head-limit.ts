import type { Socket } from "node:net";
// Bound here, at import: a test that has replaced the global timers replaces no limit of a server's.
import { clearTimeout, setImmediate, setTimeout } from "node:timers";

/**
 * Ends an HTTP/1 connection on which the head of a request does not come in time. While a request is under way there is no
 * limit. Node's own `headersTimeout` is looked after by servers that listen, which ours does not: it is handed its connections.
 */
export class HeadLimit {
  readonly #socket: Socket;
  readonly #timer: NodeJS.Timeout | undefined;
  #open = 0;
  /** The time is over, and no request was under way then, nor has one begun since. */
  #due = false;

  /** @param ms since the connection, or since its last request is over. 0: for ever. */
  constructor(socket: Socket, ms: number) {
    this.#socket = socket;
    if (ms === 0) return;
    this.#timer = setTimeout(() => this.#passed(), ms).unref();
    socket.once("close", () => this.stop());
  }

  /** No request is under way. */
  get idle(): boolean {
    return this.#open === 0;
  }

  requestBegins(): void {
    this.#open++;
    this.#due = false;
  }

  requestEnds(): void {
    this.#open--;
    if (this.#open === 0 && !this.#socket.destroyed) this.#timer?.refresh();
  }

  /** For good. */
  stop(): void {
    this.#due = false;
    clearTimeout(this.#timer);
  }

  #passed(): void {
    if (this.#open > 0) return; // It begins anew at the end of the last one.
    this.#due = true;
    // What came while the process stood still is read first.
    setImmediate(() => {
      if (this.#due) this.#socket.destroy();
    });
  }
}
