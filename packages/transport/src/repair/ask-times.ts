import { micros, type Micros } from '@hellohaybye/core';
import type { RepairedStream } from './repair.js';

/** When a receiver asks for what does not come: what it knows of the way there and back. */
export class AskTimes {
  /** How late packets come that are not lost, microseconds. */
  tolerance = 0;
  /** Whether nothing gets lost, so that it is not looked for losses before it has to be. */
  lossless = false;
  /** Whether, besides, the next frame comes early enough to tell of a loss in this one. */
  nextTells = false;
  #lossy = false;

  constructor(
    private readonly stream: RepairedStream,
    /** Whether it asks at all. */
    private readonly asks: boolean,
  ) {}

  /** Whether there is time to ask. */
  get mayAsk(): boolean {
    return this.asks && this.roundTrip < this.stream.deadline;
  }

  /** The least that asking and being answered takes. */
  get roundTrip(): Micros {
    return this.stream.roundTrip.shortest ?? micros(Math.min(UNKNOWN_ROUND_TRIP, this.stream.deadline / 3));
  }

  /** What asking and being answered takes as a rule. */
  get usualRoundTrip(): Micros {
    return this.stream.roundTrip.usual ?? this.roundTrip;
  }

  /**
   * After what time it is asked again. Early, for a request more costs a twentieth of what it asks for, and what is
   * on its way is not sent again.
   */
  get timeout(): Micros {
    const { usual } = this.stream.roundTrip;
    return usual === undefined ? this.roundTrip : micros(usual + ANSWERING);
  }

  /**
   * How long after it is due something is asked for, unless what follows comes first. A timer costs as much as ten
   * packets: while nothing gets lost none is set before the last moment, and where `nextTells` none at all. A frame's
   * lost end, which is all that nothing else tells of, waits for the next frame.
   */
  get patience(): number {
    if (!this.lossless) return this.tolerance;
    return Math.max(this.tolerance, this.stream.deadline - 2 * this.roundTrip - LAST_MOMENT);
  }

  /**
   * A frame began: packets were late when they were, and need not be for ever.
   * @param lossless whether nothing gets lost
   * @param share of packets lost
   * @param next microseconds until all of the next frame should be here; undefined when nobody can tell
   */
  begun(lossless: boolean, share: number, next: number | undefined): void {
    this.lossless = lossless;
    this.#lossy = share > LOSSY;
    this.nextTells =
      lossless && next !== undefined && next + 2 * this.roundTrip + LAST_MOMENT <= this.stream.deadline;
    // Where packets get lost, promptness pays more than a request too many costs.
    if (this.#lossy) this.tolerance = micros(this.tolerance * PATIENCE_KEPT);
  }

  /** A packet that was thought to be lost was only late. Much later than usual is a stall: no patience helps. */
  late(lateness: number): void {
    if (lateness < this.stream.deadline / (this.#lossy ? MOST_PATIENCE : 2))
      this.tolerance = micros(this.tolerance + (MARGIN * lateness - this.tolerance) / 4);
  }
}

/** Share of packets lost from which on it is asked promptly. */
const LOSSY = 0.002;
/** Part of the deadline that may be spent on waiting for what is only late. */
const MOST_PATIENCE = 8;
/** What always comes equally late is not asked for each time just before it comes. */
const MARGIN = 1.25;
/** From frame to frame: half of it in a quarter of a second. */
const PATIENCE_KEPT = 0.9;
const UNKNOWN_ROUND_TRIP = 10_000;
/** What answering takes on a quiet machine beside the network: timers, pacing. */
const ANSWERING = 500;
/** For timers, and for an answer to be made, beside the time for two requests. */
const LAST_MOMENT = 5000;
