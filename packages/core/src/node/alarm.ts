import type { Clock } from '../clock.js';
import { micros, toMillis, type Micros } from '../units.js';

/** A timer that goes off at the earliest instant that it was set for. It may do so a little early or in vain. */
export class Alarm {
  #set: { at: Micros; timer: NodeJS.Timeout } | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly goOff: (now: Micros) => void,
  ) {}

  /** @param at undefined: nothing is due */
  set(at: Micros | undefined): void {
    // One that goes off too early does no harm, and every message puts the deadline of the silence off.
    if (at === undefined || (this.#set && this.#set.at <= at)) return;
    this.clear();
    const tick = () => {
      this.#set = undefined;
      this.goOff(this.clock.now());
    };
    this.#set = { at, timer: setTimeout(tick, Math.max(1, toMillis(micros(at - this.clock.now())))) };
  }

  clear(): void {
    clearTimeout(this.#set?.timer);
    this.#set = undefined;
  }
}
