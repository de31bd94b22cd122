import { nextTick } from "node:process";
import type { Body, LendingSteps, Parts, Reply, ServiceRequest, Step } from "@eventstream-kit/service";
import { isBytes } from "@eventstream-kit/service";
import { Moment } from "./moment.ts";

/**
 * What became of an answer:
 *
 * - `complete`: the transport has taken all of it;
 * - `client_left`: the client went away before. Transports that are not told cannot tell, such as msw 2;
 * - `broken`: a fault broke it off.
 */
export type Delivery = "complete" | "client_left" | "broken";

/** A body that says itself how its reading ended, as {@link WatchedBody} would: it spares each of its steps a detour. */
export interface ReportingBody {
  /** Called before anything is read. Gets a call for each end that is seen, of which the first counts. */
  reportTo(settle: (delivery: Delivery) => void): void;
}

/** Finds out what becomes of one answer. */
export class ReplyDelivery {
  /** Does not come for as long as nobody reads the answer to its end or lets go of it. */
  readonly settled = new Moment<Delivery>();
  readonly #request: ServiceRequest;
  readonly #settle = (delivery: Delivery) => this.settled.come(delivery);

  constructor(request: ServiceRequest) {
    this.#request = request;
    if (request.signal === undefined) return;
    if (request.signal.aborted) this.#settle("client_left");
    else nextTick(listen, request.signal, this.settled);
  }

  /** The same reply; how its body is read decides. */
  watch(reply: Reply): Reply {
    if (isWhole(reply, this.#request.method)) {
      this.#settle("complete");
      return reply;
    }
    if (reportsItself(reply.body)) {
      reply.body.reportTo(this.#settle);
      return reply;
    }
    return { ...reply, body: new WatchedBody(reply.body, this.#settle) };
  }
}

/**
 * While the function runs there is no body yet that could be let go of: the signal tells. At the end of the turn, by when many
 * answers are over: a listener of a signal costs a fiftieth of a short call.
 */
function listen(signal: AbortSignal, settled: Moment<Delivery>): void {
  if (settled.value !== undefined) return;
  const leave = () => settled.come("client_left");
  if (signal.aborted) {
    leave();
    return;
  }
  signal.addEventListener("abort", leave, { once: true });
  settled.when(() => signal.removeEventListener("abort", leave));
}

type Give = Parameters<LendingSteps["lend"]>[0];
type Fail = Parameters<LendingSteps["lend"]>[1];

/** A body whose end is reported. */
class WatchedBody implements AsyncIterable<Step> {
  readonly #body: Body;
  readonly #settle: (delivery: Delivery) => void;

  constructor(body: Body, settle: (delivery: Delivery) => void) {
    this.#body = body;
    this.#settle = settle;
  }

  [Symbol.asyncIterator](): AsyncIterator<Step> {
    return new WatchedSteps(this.#body, this.#settle);
  }
}

class WatchedSteps implements LendingSteps {
  readonly #steps: AsyncIterator<Step> | Iterator<Step> | LendingSteps;
  readonly #settle: (delivery: Delivery) => void;
  /** Of the step that was asked for. */
  #give: Give | undefined;
  #fail: Fail | undefined;

  constructor(body: Body, settle: (delivery: Delivery) => void) {
    this.#steps = Symbol.asyncIterator in body ? body[Symbol.asyncIterator]() : body[Symbol.iterator]();
    this.#settle = settle;
  }

  async next(): Promise<IteratorResult<Step>> {
    try {
      const result = await this.#steps.next();
      this.#look(result);
      return result;
    } catch (error) {
      this.#settle("broken");
      throw error;
    }
  }

  lend(give: Give, fail: Fail): void {
    if (!("lend" in this.#steps)) {
      this.next().then(give, fail);
      return;
    }
    this.#give = give;
    this.#fail = fail;
    this.#steps.lend(this.#given, this.#failed);
  }

  async return(): Promise<IteratorResult<Step>> {
    this.#settle("client_left");
    return (await this.#steps.return?.()) ?? { done: true, value: undefined };
  }

  readonly #given: Give = (result) => {
    this.#look(result);
    this.#give?.(result);
  };

  readonly #failed: Fail = (error) => {
    this.#settle("broken");
    this.#fail?.(error);
  };

  #look({ done, value }: IteratorResult<Step | Parts>): void {
    if (done === true) this.#settle("complete");
    else if ("kind" in value && value.kind === "reset") this.#settle("broken");
  }
}

function reportsItself(body: Body): body is Body & ReportingBody {
  return "reportTo" in body;
}

/** True when the transport has all there is to send as soon as it has the reply. */
function isWhole({ status, body }: Reply, method: string): boolean {
  if (method === "HEAD" || status === 204 || status === 205 || status === 304) return true;
  return Array.isArray(body) && body.every((step) => isBytes(step));
}
