import { micros, type Micros } from '@hellohaybye/core';

/** The round-trip time to one peer, smoothed as RFC 6298, section 2, has it. */
export class RoundTrip {
  #smoothed: number | undefined;
  #variation = 0;

  /** Takes a measurement in. */
  update(sample: Micros): void {
    if (!(sample >= 0) || sample > MAX_SAMPLE) return;
    if (this.#smoothed === undefined) {
      this.#smoothed = sample;
      this.#variation = sample / 4;
      return;
    }
    this.#variation += (Math.abs(sample - this.#smoothed) - this.#variation) / 4;
    this.#smoothed += (sample - this.#smoothed) / 8;
  }

  /** Undefined before the first measurement. */
  get smoothed(): Micros | undefined {
    return this.#smoothed === undefined ? undefined : micros(this.#smoothed);
  }

  /** How long an answer may take before it counts as lost; undefined before the first measurement. */
  get timeout(): Micros | undefined {
    if (this.#smoothed === undefined) return undefined;
    return micros(this.#smoothed + Math.max(MIN_SLACK, 4 * this.#variation));
  }
}

/** More than this is no LAN, and rather a clock that was set. */
const MAX_SAMPLE = 10_000_000;
/** What answering takes on a quiet machine beside the network: timers, pacing. */
const MIN_SLACK = 500;
