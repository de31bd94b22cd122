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

  /** @param ms since the connection, or since its last request is over. 0: for ever. */
  constructor(socket: Socket, ms: number) {
    this.#socket = socket;
    if (ms === 0) return;
    // What came while the process stood still is read first.
    this.#timer = setTimeout(() => setImmediate(() => this.#expire()), ms).unref();
    socket.once("close", () => this.stop());
  }

  requestBegins(): void {
    this.#open++;
  }

  requestEnds(): void {
    this.#open--;
    if (this.#open === 0 && !this.#socket.destroyed) this.#timer?.refresh();
  }

  /** For good. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  #expire(): void {
    if (this.#open === 0) this.#socket.destroy();
  }
}
