import type { Body, Reply, ServiceRequest, Step } from "@eventstream-kit/service";

/**
 * What became of an answer:
 *
 * - `complete`: the transport has taken all of it;
 * - `client_left`: the client went away before. Transports that are not told cannot tell: msw 2, service workers;
 * - `broken`: a fault broke it off.
 */
export type Delivery = "complete" | "client_left" | "broken";

/** Finds out what becomes of one answer. */
export class ReplyDelivery {
  /** Never rejects. Pending for as long as nobody reads the answer to its end or lets go of it. */
  readonly settled: Promise<Delivery>;
  readonly #request: ServiceRequest;
  readonly #settle: (delivery: Delivery) => void;
  readonly #leave = () => this.#settle("client_left");

  constructor(request: ServiceRequest) {
    this.#request = request;
    let resolve!: (delivery: Delivery) => void;
    this.settled = new Promise((settle) => (resolve = settle));
    this.#settle = (delivery) => {
      request.signal?.removeEventListener("abort", this.#leave);
      resolve(delivery);
    };
    // While the function runs there is no body yet that could be let go of.
    if (request.signal?.aborted) this.#leave();
    else request.signal?.addEventListener("abort", this.#leave, { once: true });
  }

  /** The same reply; how its body is read decides. */
  watch(reply: Reply): Reply {
    if (isWhole(reply, this.#request.method)) {
      this.#settle("complete");
      return reply;
    }
    return { ...reply, body: { [Symbol.asyncIterator]: () => this.#watched(reply.body) } };
  }

  #watched(body: Body): AsyncIterator<Step, unknown> {
    const steps = Symbol.asyncIterator in body ? body[Symbol.asyncIterator]() : body[Symbol.iterator]();
    const seen = ({ done, value }: IteratorResult<Step, unknown>) => {
      if (done === true) this.#settle("complete");
      else if (!(value instanceof Uint8Array) && value.kind === "reset") this.#settle("broken");
    };
    return {
      next: () => {
        const step = Promise.resolve(steps.next());
        // Beside the way of the step, which is not slowed down.
        step.then(seen, () => this.#settle("broken"));
        return step;
      },
      return: async () => {
        this.#settle("client_left");
        return (await steps.return?.()) ?? { done: true, value: undefined };
      },
    };
  }
}

/** True when the transport has all there is to send as soon as it has the reply. */
function isWhole({ status, body }: Reply, method: string): boolean {
  if (method === "HEAD" || status === 204 || status === 205 || status === 304) return true;
  return Array.isArray(body) && body.every((step) => step instanceof Uint8Array);
}
