import type { Micros } from '@hellohaybye/core';

/** What a peer may have done for it: so much at once, and so much a second. */
export class Allowance {
  #left: number;

  constructor(
    private readonly atOnce: number,
    private readonly perSecond: number,
    private since: Micros,
  ) {
    this.#left = atOnce;
  }

  /** @returns false when nothing is left */
  take(now: Micros): boolean {
    this.#left = Math.min(this.atOnce, this.#left + ((now - this.since) / 1e6) * this.perSecond);
    this.since = now;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
