import { micros, type Micros } from '@hellohaybye/core';

/** A sink that reports its position regularly is believed to go on for so long without a report. */
const LONGEST_EXTRAPOLATION = 200_000;
/** A sink that catches up makes up for no more than this. */
const LONGEST_CATCH_UP = 1_000_000;

/** What pacing needs to know of a sink. */
export interface SinkPacing {
  /** Samples a second of one channel. */
  sampleRate: number;
  /** Samples of one channel in a block. */
  blockLength: number;
  /** How much is kept written ahead of the sink's position, seconds. */
  lead: number;
  /** Whether reports are rare, and the system clock stands in for the sink's. */
  freeRunning: boolean;
  /** Whether missed time is made up for. */
  catchUp: boolean;
}

/**
 * Says when a sink is due its next block: its reported positions are its clock, carried on by the system
 * clock between reports. Pure. What has been written and not taken never exceeds the lead by more than a
 * block, and a sink that ran dry goes on from where it stopped.
 */
export class SinkPacer {
  #written = 0;
  #position = 0;
  /** When the sink was at `#position`; undefined until it has started. */
  #at: number | undefined;

  constructor(private readonly sink: SinkPacing) {}

  /** The sink reported a position, in samples. */
  position(position: number, now: Micros): void {
    // Players go on reporting zero until they have enough to start.
    if (position <= 0 && this.#at === undefined) return;
    this.#position = Math.min(position, this.#written);
    this.#at = now;
  }

  /** The sink has started; until it reports a position it is taken to take samples at the pace of the system clock. */
  alive(now: Micros): void {
    this.#at ??= now;
  }

  /**
   * The next block, if it is due. It counts as written.
   * @returns the instant at which it fell due, which is even from block to block
   */
  next(now: Micros): Micros | undefined {
    const { sampleRate, blockLength, lead } = this.sink;
    const room = lead * sampleRate - (this.#written - this.#estimate(now));
    if (room < blockLength) return undefined;
    this.#written += blockLength;
    return micros(now - ((room - blockLength) * 1e6) / sampleRate);
  }

  /** Samples that are written and not yet taken. */
  queued(now: Micros): number {
    return this.#written - this.#estimate(now);
  }

  /** How long it takes until the next block is due if no report comes before, microseconds. */
  untilNext(now: Micros): number {
    const { sampleRate, blockLength, lead } = this.sink;
    const room = lead * sampleRate - (this.#written - this.#estimate(now));
    return Math.max(0, ((blockLength - room) * 1e6) / sampleRate);
  }

  #estimate(now: Micros): number {
    if (this.#at === undefined) return this.#position;
    const { sampleRate, freeRunning, catchUp } = this.sink;
    const passed = now - this.#at;
    const believed = freeRunning ? passed : Math.min(passed, LONGEST_EXTRAPOLATION);
    const estimate = this.#position + (believed * sampleRate) / 1e6;
    const furthest = this.#written + (catchUp ? (LONGEST_CATCH_UP * sampleRate) / 1e6 : 0);
    if (estimate <= furthest) return estimate;
    // It ran dry: it goes on from here when it is written to.
    this.#position = furthest;
    this.#at = now;
    return furthest;
  }
}
