interface Listener<T> {
  readonly call: (value: T) => void;
  next: Listener<T> | undefined;
}

/**
 * What comes once, such as the end of a function. Listeners are called in the order in which they came, at once: most invocations
 * have nobody who waits for a promise, and those of each cost an eighth of a short call.
 */
export class Moment<T> {
  #come = false;
  #value: T | undefined;
  #first: Listener<T> | undefined;
  #last: Listener<T> | undefined;

  /** What came; undefined before. */
  get value(): T | undefined {
    return this.#value;
  }

  /** Now. Only the first time counts. Listeners must not throw. */
  come(value: T): void {
    if (this.#come) return;
    this.#come = true;
    this.#value = value;
    let listener = this.#first;
    this.#first = undefined;
    this.#last = undefined;
    for (; listener !== undefined; listener = listener.next) listener.call(value);
  }

  /** Calls back when it comes, or now if it has come. */
  when(call: (value: T) => void): void {
    if (this.#come) {
      call(this.#value as T);
      return;
    }
    const listener: Listener<T> = { call, next: undefined };
    if (this.#last === undefined) this.#first = listener;
    else this.#last.next = listener;
    this.#last = listener;
  }

  /** A new one. Never rejects. */
  promise(): Promise<T> {
    return new Promise((resolve) => this.when(resolve));
  }
}
