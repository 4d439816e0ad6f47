import { durationOf, micros, type Micros } from '@hellohaybye/core';

/**
 * How long packets queue on the way, at least: a queue that stands, not a stall, nor a burst that passes.
 * Travel times are only known up to a constant, so the shortest of the last seconds counts as none.
 */
export class QueueDelay {
  /** Shortest travel time of this period and of the one before. */
  #shortest = Infinity;
  #shortestBefore = Infinity;
  #periodEnd: Micros | undefined;
  /** Of the last frames, in any order, and how many there were. */
  readonly #recent: number[] = new Array<number>(RECENT_FRAMES).fill(0);
  #frames = 0;

  constructor(private readonly clockRate: number) {}

  /** The first packet of a frame came. */
  begun(timestamp: number, at: Micros): void {
    const travel = at - durationOf(timestamp, this.clockRate);
    const before = this.#frames === 0 ? travel : this.#recent[(this.#frames - 1) % RECENT_FRAMES]!;
    if (Math.abs(travel - before) > CLOCK_SET) this.restart();
    if (this.#periodEnd === undefined || at >= this.#periodEnd) {
      this.#shortestBefore = this.#shortest;
      this.#shortest = Infinity;
      this.#periodEnd = micros(at + PERIOD);
    }
    if (travel < this.#shortest) this.#shortest = travel;
    this.#recent[this.#frames % RECENT_FRAMES] = travel;
    this.#frames += 1;
  }

  get standing(): Micros {
    if (this.#frames < RECENT_FRAMES) return micros(0);
    return micros(Math.min(...this.#recent) - Math.min(this.#shortest, this.#shortestBefore));
  }

  restart(): void {
    this.#shortest = Infinity;
    this.#shortestBefore = Infinity;
    this.#frames = 0;
  }
}

/** Long enough to see an empty queue, short enough that clocks that drift apart do not matter. */
const PERIOD = 10_000_000;
/**
 * From one frame to the next: no queue grows by so much, but the clock of a machine that slept lags behind. Taken for a
 * queue, that would keep repair from working for a period.
 */
const CLOCK_SET = 250_000;
/** Frames that all have to be late. */
const RECENT_FRAMES = 6;
