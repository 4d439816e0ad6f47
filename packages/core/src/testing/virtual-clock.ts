import type { Clock } from '../clock.js';
import { HhbError } from '../errors.js';
import { micros, type Micros } from '../units.js';

interface Timer {
  at: Micros;
  run: () => void;
}

/** A clock that moves only when it is told to. What was scheduled runs in order of time, then of scheduling. */
export class VirtualClock implements Clock {
  #now: Micros;
  #timers: Timer[] = [];

  /** @param start the first `now`, microseconds since the Unix epoch */
  constructor(start: Micros = micros(1_700_000_000_000_000)) {
    this.#now = start;
  }

  now(): Micros {
    return this.#now;
  }

  /** Runs a function when the clock reaches an instant; one in the past runs at the next `advance`. */
  schedule(at: Micros, run: () => void): void {
    const later = this.#timers.findIndex((timer) => timer.at > at);
    this.#timers.splice(later === -1 ? this.#timers.length : later, 0, { at, run });
  }

  /** Moves on by a span and runs what falls due on the way, at its own instant. */
  advance(span: Micros): void {
    this.advanceTo(micros(this.#now + span));
  }

  /**
   * Moves on to an instant and runs what falls due on the way.
   * @throws HhbError `clock-backwards` when the instant is in the past
   */
  advanceTo(at: Micros): void {
    if (at < this.#now) throw new HhbError('clock-backwards', `The clock is past ${at} already`);
    for (let next = this.#timers[0]; next && next.at <= at; next = this.#timers[0]) {
      this.#timers.shift();
      if (next.at > this.#now) this.#now = next.at;
      next.run();
    }
    this.#now = at;
  }
}
