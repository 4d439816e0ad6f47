import { percentile } from '@hellohaybye/core';

/** How long margins are gathered before they are judged. */
const WINDOW = 2_000_000;
/** Fewer margins than this say nothing. */
const FEWEST = 20;
/** So many blocks in a row that came too late are judged at once. */
const LATE_RUN = 20;

/**
 * Watches how long before their playout the blocks of a stream come, and says when that has drifted from
 * the playout delay. Nine of ten blocks count on either side, so that single slow blocks (jitter) or
 * several at once (a sender's larger chunks) move nothing: only what has befallen all of them does.
 */
export class DriftMonitor {
  #margins: number[] = [];
  #since: number | undefined;
  #lateRun = 0;

  /**
   * @param delay the margin that a block should have, microseconds
   * @param threshold how far from it the margins may be, microseconds
   */
  constructor(
    private readonly delay: number,
    private readonly threshold: number,
  ) {}

  /**
   * Takes the margin of a block.
   * @param margin from its arrival to its playout, microseconds; negative when it came too late
   * @param now its arrival, microseconds
   * @returns by how much playout has to move on in the stream (negative: back) to make up for the drift,
   *   microseconds; undefined when nothing has to be done
   */
  add(margin: number, now: number): number | undefined {
    this.#since ??= now;
    this.#margins.push(margin);
    this.#lateRun = margin < 0 ? this.#lateRun + 1 : 0;
    if (this.#lateRun >= LATE_RUN) this.#margins = this.#margins.slice(-LATE_RUN);
    else if (now - this.#since < WINDOW) return undefined;
    const sorted = Float64Array.from(this.#margins).sort();
    const fewest = sorted.length < FEWEST;
    this.reset();
    if (fewest) return undefined;
    const low = percentile(sorted, 0.1)!;
    const high = percentile(sorted, 0.9)!;
    if (low > this.delay + this.threshold) return low - this.delay;
    if (high < this.delay - this.threshold) return high - this.delay;
    return undefined;
  }

  /** Forgets all margins: the stream has a new place on the playout clock. */
  reset(): void {
    this.#margins = [];
    this.#since = undefined;
    this.#lateRun = 0;
  }
}
