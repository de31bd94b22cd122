/**
 * What comes once, such as the end of a function. Listeners are called in the order in which they came, at once: most invocations
 * have nobody who waits for a promise, and those of each cost an eighth of a short call.
 */
export class Moment<T> {
  #come = false;
  #value: T | undefined;
  #first: ((value: T) => void) | undefined;
  #others: ((value: T) => void)[] | undefined;

  /** What came; undefined before. */
  get value(): T | undefined {
    return this.#value;
  }

  /** Now. Only the first time counts. Listeners must not throw. */
  come(value: T): void {
    if (this.#come) return;
    this.#come = true;
    this.#value = value;
    const [first, others] = [this.#first, this.#others];
    this.#first = undefined;
    this.#others = undefined;
    first?.(value);
    if (others !== undefined) for (const listener of others) listener(value);
  }

  /** Calls back when it comes, or now if it has come. */
  when(listener: (value: T) => void): void {
    if (this.#come) listener(this.#value as T);
    else if (this.#first === undefined) this.#first = listener;
    else if (this.#others === undefined) this.#others = [listener];
    else this.#others.push(listener);
  }

  /** A new one. Never rejects. */
  promise(): Promise<T> {
    return new Promise((resolve) => this.when(resolve));
  }
}
