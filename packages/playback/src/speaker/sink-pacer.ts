import { micros, type Micros } from '@hellohaybye/core';

/** A sink that reports its position regularly is believed to go on for so long without a report. */
const LONGEST_EXTRAPOLATION = 200_000;
/** How much of the difference between a report and what was believed counts: reports come unevenly. */
const REPORT_WEIGHT = 0.1;
/** A difference beyond this is no unevenness. Seconds. */
const LARGEST_UNEVENNESS = 0.1;
/** By how much the lead grows when it was too short, and up to where. Seconds. */
const WIDENING = 0.02;
const LONGEST_LEAD = 0.5;
/** After so long without trouble the lead is a block shorter again. Microseconds. */
const NARROWING_SPAN = 20_000_000;
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
 * clock between reports. Pure. What has been written and not taken does not exceed the lead, and a sink that ran dry goes on from where it stopped.
 */
export class SinkPacer {
  #written = 0;
  #position = 0;
  /** When the sink was at `#position`; undefined until it has started. */
  #at: number | undefined;
  #lead: number;
  #leadSince = 0;

  constructor(private readonly sink: SinkPacing) {
    this.#lead = sink.lead;
  }

  /** The sink reported a position, in samples. */
  position(position: number, now: Micros): void {
    // Players go on reporting zero until they have enough to start.
    if (position <= 0 && this.#at === undefined) return;
    const reported = Math.min(position, this.#written);
    const believed = this.#at === undefined ? reported : this.#estimate(now);
    const difference = reported - believed;
    const uneven = Math.abs(difference) < LARGEST_UNEVENNESS * this.sink.sampleRate;
    this.#position = uneven ? believed + difference * REPORT_WEIGHT : reported;
    this.#at = now;
  }

  /** The lead was too short: from now on it is longer, up to half a second, until all has gone well for a while. */
  widen(now: Micros): void {
    this.#leadSince = now;
    this.#lead = Math.max(this.#lead, Math.min(this.#lead + WIDENING, LONGEST_LEAD));
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
    const { sampleRate, blockLength } = this.sink;
    if (this.#lead > this.sink.lead && now - this.#leadSince > NARROWING_SPAN) {
      this.#lead = Math.max(this.sink.lead, this.#lead - blockLength / sampleRate);
      this.#leadSince = now;
    }
    const room = this.#lead * sampleRate - (this.#written - this.#estimate(now));
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
    const { sampleRate, blockLength } = this.sink;
    const room = this.#lead * sampleRate - (this.#written - this.#estimate(now));
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
