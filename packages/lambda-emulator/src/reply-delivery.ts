import type { Body, LendingSteps, Parts, Reply, ServiceRequest, Step } from "@eventstream-kit/service";

/**
 * What became of an answer:
 *
 * - `complete`: the transport has taken all of it;
 * - `client_left`: the client went away before. Transports that are not told cannot tell, such as msw 2;
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
    return { ...reply, body: { [Symbol.asyncIterator]: () => new WatchedSteps(reply.body, this.#settle) } };
  }
}

/** The steps of a body, whose end is reported. */
class WatchedSteps implements LendingSteps {
  readonly #steps: AsyncIterator<Step> | Iterator<Step> | LendingSteps;
  readonly #settle: (delivery: Delivery) => void;

  constructor(body: Body, settle: (delivery: Delivery) => void) {
    this.#steps = Symbol.asyncIterator in body ? body[Symbol.asyncIterator]() : body[Symbol.iterator]();
    this.#settle = settle;
  }

  next(): Promise<IteratorResult<Step>> {
    return this.#watched(this.#steps.next());
  }

  lend(): Promise<IteratorResult<Step | Parts>> {
    return this.#watched<Step | Parts>("lend" in this.#steps ? this.#steps.lend() : this.#steps.next());
  }

  async return(): Promise<IteratorResult<Step>> {
    this.#settle("client_left");
    return (await this.#steps.return?.()) ?? { done: true, value: undefined };
  }

  /** Looks on beside the way of the step, which is not slowed down. */
  #watched<S extends Step | Parts>(result: IteratorResult<S> | Promise<IteratorResult<S>>): Promise<IteratorResult<S>> {
    const step = Promise.resolve(result);
    step.then(this.#seen, this.#failed);
    return step;
  }

  readonly #seen = ({ done, value }: IteratorResult<Step | Parts>): void => {
    if (done === true) this.#settle("complete");
    else if ("kind" in value && value.kind === "reset") this.#settle("broken");
  };

  readonly #failed = (): void => this.#settle("broken");
}

/** True when the transport has all there is to send as soon as it has the reply. */
function isWhole({ status, body }: Reply, method: string): boolean {
  if (method === "HEAD" || status === 204 || status === 205 || status === 304) return true;
  return Array.isArray(body) && body.every((step) => step instanceof Uint8Array);
}
