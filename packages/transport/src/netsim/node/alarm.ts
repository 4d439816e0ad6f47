import type { Clock, Micros } from '@hellohaybye/core';

/**
 * Runs something at an instant, more exactly than a timer does, which is late by up to 1.5 ms. The last
 * 1.5 ms are spent in naps of 0.2 ms with a look at the sockets between them: as exact as a busy loop within
 * some 0.05 ms, and for as little of the processor as the timer alone.
 */
export class Alarm {
  #at: Micros | undefined;
  #timer: NodeJS.Timeout | undefined;
  #napping = false;

  constructor(
    private readonly clock: Clock,
    private readonly run: () => void,
  ) {}

  /** Sets it anew; undefined for never. */
  set(at: Micros | undefined): void {
    if (at === this.#at) return;
    this.#at = at;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (at !== undefined && !this.#napping) this.#wait(at);
  }

  #wait(at: Micros): void {
    const left = at - this.clock.now();
    if (left > NEAR) {
      this.#timer = setTimeout(this.#wake, Math.min(LONGEST_MS, Math.max(1, Math.floor(left / 1e3 - 0.5))));
      return;
    }
    this.#napping = true;
    setImmediate(this.#nap);
  }

  readonly #wake = (): void => {
    this.#timer = undefined;
    if (this.#at !== undefined) this.#look(this.#at);
  };

  readonly #nap = (): void => {
    this.#napping = false;
    if (this.#at === undefined) return;
    const left = this.#at - this.clock.now();
    if (left > SHORTEST_NAP && left <= NEAR) Atomics.wait(pillow, 0, 0, Math.min(NAP, left - MARGIN) / 1e3);
    this.#look(this.#at);
  };

  #look(at: Micros): void {
    if (this.clock.now() < at) return this.#wait(at);
    this.#at = undefined;
    this.run();
  }
}

/** Nobody wakes who sleeps on it. */
const pillow = new Int32Array(new SharedArrayBuffer(4));

// Microseconds.
const NEAR = 1500;
const NAP = 200;
const SHORTEST_NAP = 100;
/** A nap ends a little late. */
const MARGIN = 60;
/** What a timer can wait at most. */
const LONGEST_MS = 2 ** 31 - 1;
