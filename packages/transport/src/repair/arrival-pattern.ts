import { durationOf, micros, type Micros } from '@hellohaybye/core';

/**
 * When packets of a steady stream come, at the latest: by how much they were late lately, be it that the network
 * jitters or that their source hands them over in twos and threes.
 */
export class ArrivalPattern {
  /** Of arrivals less timestamps: of this period and of the one before. */
  #earliest = Infinity;
  #latest = -Infinity;
  #earliestBefore = Infinity;
  #latestBefore = -Infinity;
  #periodEnd = -Infinity;
  #samples = 0;

  /**
   * @param clockRate timestamp ticks a second
   * @param most what is later than that is a stall, which no patience helps against
   */
  constructor(
    private readonly clockRate: number,
    private readonly most: Micros,
  ) {}

  /** A packet came by itself. */
  arrived(timestamp: number, at: Micros): void {
    if (at >= this.#periodEnd) {
      this.#earliestBefore = this.#earliest;
      this.#latestBefore = this.#latest;
      this.#earliest = Infinity;
      this.#latest = -Infinity;
      this.#periodEnd = at + PERIOD;
    }
    const travel = at - durationOf(timestamp, this.clockRate);
    this.#earliest = Math.min(this.#earliest, travel);
    if (travel - Math.min(this.#earliest, this.#earliestBefore) > this.most) return;
    this.#latest = Math.max(this.#latest, travel);
    this.#samples += 1;
  }

  /** When a packet is overdue; undefined while too few came to tell. */
  overdueAt(timestamp: number): Micros | undefined {
    if (this.#samples < MIN_SAMPLES) return undefined;
    return micros(durationOf(timestamp, this.clockRate) + Math.max(this.#latest, this.#latestBefore));
  }

  restart(): void {
    this.#samples = 0;
    this.#periodEnd = -Infinity;
    this.#earliest = Infinity;
    this.#latest = -Infinity;
  }
}

/** Long enough to see how a source hands over its packets, short enough to forget a bad moment. */
const PERIOD = 1_500_000;
const MIN_SAMPLES = 10;
