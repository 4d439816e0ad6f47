import type { Micros } from '@hellohaybye/core';

/** How often something may happen: `burst` times at once, and `perSecond` times a second in the long run. */
export interface Rate {
  perSecond: number;
  burst: number;
}

/** Counts what happens against a rate. It begins full: a burst may come first. */
export class TokenBucket {
  readonly #rate: Rate;
  #tokens: number;
  #at: Micros;

  constructor(rate: Rate, now: Micros) {
    this.#rate = rate;
    this.#tokens = rate.burst;
    this.#at = now;
  }

  /** Whether it may happen now; if so, it counts. A clock that goes back gives nothing. */
  take(now: Micros): boolean {
    const { perSecond, burst } = this.#rate;
    if (now > this.#at) {
      this.#tokens = Math.min(burst, this.#tokens + ((now - this.#at) * perSecond) / 1e6);
      this.#at = now;
    }
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
