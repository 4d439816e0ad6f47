import type { Micros } from '@hellohaybye/core';

/**
 * Credit in bytes that grows with time, up to a bound. Whoever has credit may send, and may overdraw it by
 * the rest of one datagram. `reaches` alone decides what may leave and when the next timer is due, so that
 * the two never differ by a rounding.
 */
export class Bucket {
  #credit: number;
  #at = 0 as Micros;
  #bound: number;
  #rate: number;

  /**
   * @param rate bytes a microsecond
   * @param bound most bytes of credit, and what there is at first
   */
  constructor(rate: number, bound: number) {
    this.#rate = rate;
    this.#bound = bound;
    this.#credit = bound;
  }

  get rate(): number {
    return this.#rate;
  }

  /** When the credit is, or was, at least this many bytes, if nothing is taken: a whole microsecond. */
  reaches(bytes: number): Micros {
    const missing = bytes - this.#credit;
    return missing <= 0 ? this.#at : ((this.#at + Math.ceil(missing / this.#rate)) as Micros);
  }

  /** The credit, bytes; negative when overdrawn. */
  credit(now: Micros): number {
    if (now > this.#at) {
      this.#credit = Math.min(this.#bound, this.#credit + (now - this.#at) * this.#rate);
      this.#at = now;
    }
    return this.#credit;
  }

  take(bytes: number, now: Micros): void {
    this.#credit = this.credit(now) - bytes;
  }

  /** Another rate from now on, bytes a microsecond. */
  setRate(rate: number, now: Micros): void {
    if (rate === this.#rate) return;
    this.credit(now);
    this.#rate = rate;
  }

  /** Another bound from now on; what exceeds it is lost. */
  setBound(bound: number, now: Micros): void {
    if (bound === this.#bound) return;
    this.credit(now);
    this.#bound = bound;
    this.#credit = Math.min(bound, this.#credit);
  }
}
