import { micros, type Micros } from '@hellohaybye/core';
import type { RepairedStream } from './repair.js';

/** When a receiver asks for what does not come: what it knows of the way there and back. */
export class AskTimes {
  /** How late packets come that are not lost, microseconds. */
  tolerance = 0;
  /** Whether nothing gets lost, so that it is not looked for losses before it has to be. */
  lossless = false;
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

  /** How long an answer may take. */
  get timeout(): Micros {
    return this.stream.roundTrip.timeout ?? this.roundTrip;
  }

  /**
   * How long after it is due something is asked for, unless what follows comes first. A timer costs as much as ten
   * packets: while nothing gets lost none is set before the last moment, and a frame's lost end, which is all
   * that nothing else tells of, waits for the next frame.
   */
  get patience(): number {
    if (!this.lossless) return this.tolerance;
    return Math.max(this.tolerance, this.stream.deadline - 2 * this.roundTrip - LAST_MOMENT);
  }

  /** A frame began: packets were late when they were, and need not be for ever. */
  begun(lossless: boolean, share: number): void {
    this.lossless = lossless;
    this.#lossy = share > LOSSY;
    // Where packets get lost, promptness pays more than a request too many costs.
    if (this.#lossy) this.tolerance = micros(this.tolerance * PATIENCE_KEPT);
  }

  /** A packet that was thought to be lost was only late. Much later than usual is a stall: no patience helps. */
  late(lateness: number): void {
    if (lateness < this.stream.deadline / (this.#lossy ? MOST_PATIENCE : 2))
      this.tolerance = micros(this.tolerance + (lateness - this.tolerance) / 4);
  }
}

/** Share of packets lost from which on it is asked promptly. */
const LOSSY = 0.002;
/** Part of the deadline that may be spent on waiting for what is only late. */
const MOST_PATIENCE = 8;
/** From frame to frame: half of it in a quarter of a second. */
const PATIENCE_KEPT = 0.9;
const UNKNOWN_ROUND_TRIP = 10_000;
/** For timers, and for an answer to be made, beside the time for two requests. */
const LAST_MOMENT = 5000;
