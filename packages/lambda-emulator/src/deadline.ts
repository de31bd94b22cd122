import type { FunctionTimer, StartTimer } from "./function-timer.ts";

/** How time passes for a running function. */
export interface Clock {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly startTimer: StartTimer;
}

/**
 * A time limit that stands still while paused. Lambda's timeout covers the whole stream but is not the slow reader's
 * fault: the function is paused whenever it waits for one.
 *
 * Pausing costs no timer: one runs for the whole time, and when it fires, what was paused is still to wait.
 */
export class Deadline {
  readonly #now: () => number;
  readonly #startTimer: StartTimer;
  readonly #startedAt: number;
  readonly #limitMs: number;
  readonly #onPassed: () => void;
  #timer: FunctionTimer | undefined;
  #pausedAt: number | undefined;
  /** Paused since the timer was set: the time it will fire too early. */
  #owed = 0;
  /** Paused in total, without the pause that lasts. */
  #paused = 0;
  #stopped = false;
  /** The timer fired in a pause; the next one waits for `resume`. */
  #fired = false;

  constructor(limitMs: number, clock: Clock, onPassed: () => void, startedAt = clock.now()) {
    this.#limitMs = limitMs;
    this.#now = clock.now;
    this.#startTimer = clock.startTimer;
    this.#startedAt = startedAt;
    this.#onPassed = onPassed;
    this.#wait(limitMs);
  }

  /** Milliseconds left, at least 0. */
  remaining(): number {
    const paused = this.#paused + (this.#pausedAt === undefined ? 0 : this.#now() - this.#pausedAt);
    return Math.max(0, this.#limitMs - (this.#now() - this.#startedAt - paused));
  }

  pause(): void {
    this.#pausedAt ??= this.#now();
  }

  resume(): void {
    if (this.#pausedAt === undefined) return;
    const paused = this.#now() - this.#pausedAt;
    this.#pausedAt = undefined;
    this.#paused += paused;
    if (!this.#fired) {
      this.#owed += paused;
      return;
    }
    this.#fired = false;
    this.#settle();
  }

  /** The function ended in time. */
  stop(): void {
    this.#stopped = true;
    this.#timer?.callOff();
  }

  #wait(ms: number): void {
    this.#timer = this.#startTimer(ms, () => this.#fire());
  }

  #fire(): void {
    if (this.#stopped) return;
    if (this.#pausedAt === undefined) {
      this.#settle();
      return;
    }
    this.#owed += this.#now() - this.#pausedAt;
    this.#fired = true;
  }

  #settle(): void {
    // Without a pause the timer is believed, whatever the clock says. It may also have fired late.
    const ms = Math.min(this.#owed, this.remaining());
    this.#owed = 0;
    if (ms > 0) this.#wait(ms);
    else this.#onPassed();
  }
}
