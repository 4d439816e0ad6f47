import { micros, type Micros } from '@hellohaybye/core';

/**
 * The round-trip time to one peer. What a path takes at best says whether an answer can come in time; how
 * long to wait for one is smoothed as RFC 6298, section 2, has it. A radio that stalls delivers late what was
 * measured before: such samples count for little, or asking would cease for seconds after each stall.
 */
export class RoundTrip {
  #smoothed: number | undefined;
  #variation = 0;
  /** Least of this period, and of the one before. */
  #least = Infinity;
  #leastBefore = Infinity;
  #periodEnd = -Infinity;

  /**
   * Takes a measurement in.
   * @param now when it was made
   */
  update(sample: Micros, now: Micros): void {
    if (!(sample >= 0) || sample > MAX_SAMPLE) return;
    if (now >= this.#periodEnd) {
      this.#leastBefore = now >= this.#periodEnd + PERIOD ? Infinity : this.#least;
      this.#least = Infinity;
      this.#periodEnd = now + PERIOD;
    }
    this.#least = Math.min(this.#least, sample);
    if (this.#smoothed === undefined) {
      this.#smoothed = sample;
      this.#variation = sample / 4;
      return;
    }
    const believed = Math.min(sample, 2 * this.shortest! + STALL);
    this.#variation += (Math.abs(believed - this.#smoothed) - this.#variation) / 4;
    // A much better one: those before met cold code, or a queue.
    const weight = believed < this.#smoothed / 2 ? 2 : 8;
    this.#smoothed += (believed - this.#smoothed) / weight;
  }

  /** Undefined before the first measurement. */
  get smoothed(): Micros | undefined {
    return this.#smoothed === undefined ? undefined : micros(this.#smoothed);
  }

  /** The shortest of the last seconds; undefined before the first measurement. */
  get shortest(): Micros | undefined {
    const least = Math.min(this.#least, this.#leastBefore);
    return least === Infinity ? undefined : micros(least);
  }

  /** What most answers take no longer than, where machines are busy; undefined before the first measurement. */
  get usual(): Micros | undefined {
    return this.#smoothed === undefined ? undefined : micros(this.#smoothed + this.#variation);
  }

  /** How long an answer may take before it counts as lost; undefined before the first measurement. */
  get timeout(): Micros | undefined {
    if (this.#smoothed === undefined) return undefined;
    return micros(this.#smoothed + Math.max(MIN_SLACK, 4 * this.#variation));
  }
}

/** More than this is no LAN, and rather a clock that was set. */
const MAX_SAMPLE = 10_000_000;
/** How long the shortest one is remembered, up to twice. */
const PERIOD = 3_000_000;
/** More than twice the shortest one and this is not believed. */
const STALL = 4000;
/** What answering takes on a quiet machine beside the network: timers, pacing. */
const MIN_SLACK = 500;
