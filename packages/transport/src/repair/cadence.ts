import { durationOf, micros, type Micros } from '@hellohaybye/core';

/** A frame that should come. */
export interface ExpectedFrame {
  /** About its timestamp: nearer than half an interval. */
  timestamp: number;
  /** When its first packet should have come, with some slack for how much the stream strays. */
  at: Micros;
}

/** When frames come: learnt from those that came, for those that do not. */
export class Cadence {
  /** Of the latest frame: timestamp, NaN while there is none, and when its first packet came. */
  #lastTimestamp = NaN;
  #lastAt = 0 as Micros;
  /** RTP ticks between frames. */
  #interval: number | undefined;
  /** How far arrivals stray from it, microseconds. */
  #deviation = 0;
  /** How far timestamps stray from it, RTP ticks. */
  #irregularity = 0;
  /** From a frame's first packet to its last, at most, lately; undefined before one came whole by itself. */
  #span: number | undefined;
  /** Grows with every change: what follows from the cadence can be kept until then. */
  changes = 0;

  /** @param deadline of the stream's frames; of no account where no gaps between packets are asked for */
  constructor(
    private readonly clockRate: number,
    private readonly deadline = 0 as Micros,
  ) {}

  /**
   * The first packet of a frame, newer than all before, came.
   * @param follows whether no frame can have been sent between it and the one before
   */
  begun(timestamp: number, at: Micros, follows: boolean): void {
    const ticks = timestamp - this.#lastTimestamp;
    const since = at - this.#lastAt;
    this.changes += 1;
    this.#lastTimestamp = timestamp;
    this.#lastAt = at;
    if (Number.isNaN(ticks)) return;
    const interval = durationOf(ticks, this.clockRate);
    if (interval > MAX_INTERVAL) return void (this.#interval = undefined);
    this.#deviation += (Math.abs(since - interval) - this.#deviation) / 8;
    const before = this.#interval ?? ticks;
    // Frames that were lost in between count as many.
    const frames = follows ? 1 : Math.max(1, Math.round(ticks / before));
    const now = ticks / frames;
    // Much less than was thought, after a loss: frames had got lost then, too.
    const strays = !follows && now < 0.7 * before ? 0 : Math.abs(now - before);
    this.#irregularity += (strays - this.#irregularity) / 8;
    // Frames come more or less often than they did: that holds at once.
    this.#interval = Math.abs(now - before) > 0.3 * before ? now : before + (now - before) / 8;
  }

  /** A frame, newer than all before, is known of, but its packets got lost. */
  missed(timestamp: number): void {
    const ticks = timestamp - this.#lastTimestamp;
    if (!(ticks > 0)) return;
    // Learnt while frames got lost: they come more often.
    if (this.#interval !== undefined && ticks < 0.7 * this.#interval) this.#interval = ticks;
    this.#lastTimestamp = timestamp;
    this.#lastAt = micros(this.#lastAt + durationOf(ticks, this.clockRate));
    this.changes += 1;
  }

  /** A frame came whole by itself. */
  spanned(span: Micros): void {
    this.#span = Math.max(span, (this.#span ?? 0) * 0.95);
    this.changes += 1;
  }

  /** How long a frame's packets take to come; 0 while that is not known. */
  get span(): Micros {
    return micros(this.#span ?? 0);
  }

  /**
   * How long after a packet of a frame, not its last, the next one may come. Before any frame came whole nobody
   * knows how long that takes: on a slow link twenty milliseconds, and to ask meanwhile would slow it down further.
   */
  gapAfter({ firstAt, received }: { firstAt: Micros; received: number }, now: Micros): number {
    const most = Math.max(PACKET_GAP, this.deadline * MOST_WAITING);
    if (this.#span === undefined) return most;
    return Math.min(most, Math.max(PACKET_GAP, (2 * (now - firstAt)) / Math.max(1, received - 1)));
  }

  /** RTP ticks; undefined while frames come too irregularly to tell. */
  get interval(): number | undefined {
    if (this.#interval === undefined) return undefined;
    return this.#strays > durationOf(this.#interval, this.clockRate) / 6 ? undefined : this.#interval;
  }

  /** A frame after the latest one: the next for 0. */
  expected(passed: number): ExpectedFrame | undefined {
    const { interval } = this;
    if (Number.isNaN(this.#lastTimestamp) || interval === undefined) return undefined;
    const ticks = (passed + 1) * interval;
    return {
      timestamp: this.#lastTimestamp + ticks,
      at: micros(this.#lastAt + durationOf(ticks, this.clockRate) + Math.max(MIN_SLACK, 3 * this.#strays)),
    };
  }

  restart(): void {
    this.changes += 1;
    this.#lastTimestamp = NaN;
    this.#interval = undefined;
    this.#deviation = 0;
    this.#irregularity = 0;
  }

  /** How far frames stray from the cadence, microseconds. */
  get #strays(): number {
    return this.#deviation + durationOf(this.#irregularity, this.clockRate);
  }
}

/** Slower than four frames a second is no cadence to wait for. */
const MAX_INTERVAL = 250_000;
const MIN_SLACK = 500;
/** Microseconds between packets of a frame that are sent at once. */
export const PACKET_GAP = 300;
/** Part of the deadline that may be spent on waiting for a frame's next packet. */
const MOST_WAITING = 0.25;
