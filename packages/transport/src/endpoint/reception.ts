import { unwrapNear, wrap } from '@hellohaybye/core';

/** What a packet's sequence number says of it. */
export type Arrival = 'new' | 'duplicate' | 'jump' | 'restart';

/**
 * Sequence numbers and arrival times of one source: which packets are new, how many are lost, and the
 * jitter (RFC 3550, A.1, A.3 and A.8). It is of fixed size.
 */
export class Reception {
  /** Of the last packet, unwrapped. */
  sequenceNumber = 0;
  /** Packets received, duplicates included, as reports count them. */
  #received = 0;
  #unique = 0;
  #base = 0;
  #highest = 0;
  /** Expected and seen of sources that came before. */
  #formerLost = 0;
  #formerExpected = 0;
  #started = false;
  /** After a jump: the sequence number that would confirm it. */
  #confirms = -1;
  /** Which of the last sequence numbers were seen. */
  readonly #seen = new Uint32Array(WINDOW / 32);
  #jitter = 0;
  /** Of the last packet, RTP ticks; NaN for none. */
  #transit = NaN;
  #reportedExpected = 0;
  #reportedReceived = 0;

  /** @param clockRate RTP ticks a second */
  constructor(private readonly clockRate = 1_000_000) {}

  /** Takes the sequence number of a packet. */
  receive(wrapped: number): Arrival {
    if (!this.#started) {
      this.#begin(wrapped);
      return 'new';
    }
    const sequenceNumber = unwrapNear(wrapped, this.#highest, 16);
    const ahead = sequenceNumber - this.#highest;
    if (ahead > MAX_DROPOUT || ahead < -MAX_MISORDER) {
      if (wrapped !== this.#confirms) {
        this.#confirms = wrap(wrapped + 1, 16);
        return 'jump';
      }
      this.restart();
      this.#begin(sequenceNumber);
      return 'restart';
    }
    this.#confirms = -1;
    this.#received += 1;
    this.sequenceNumber = sequenceNumber;
    if (ahead > 0) {
      for (let skipped = this.#highest + 1; skipped < sequenceNumber; skipped += 1)
        this.#mark(skipped, false);
      this.#highest = sequenceNumber;
    } else if (this.#isMarked(sequenceNumber)) return 'duplicate';
    this.#mark(sequenceNumber, true);
    this.#unique += 1;
    // One from before the first: the stream began earlier than it seemed.
    if (sequenceNumber < this.#base) this.#base = sequenceNumber;
    return 'new';
  }

  /**
   * Takes the arrival of a packet.
   * @param arrival microseconds
   * @param timestamp RTP ticks, unwrapped
   */
  measure(arrival: number, timestamp: number): void {
    const transit = (arrival * this.clockRate) / 1e6 - timestamp;
    // NaN, which stands for none, fails every comparison.
    const difference = Math.abs(transit - this.#transit);
    if (difference >= 0) this.#jitter += (difference - this.#jitter) / 16;
    this.#transit = transit;
  }

  /** Forgets the source but for the count of what it lost. */
  restart(): void {
    this.#formerLost = this.lost;
    this.#formerExpected = this.expected;
    this.#started = false;
    this.#confirms = -1;
    this.#received = 0;
    this.#unique = 0;
    this.#transit = NaN;
    this.#jitter = 0;
    this.#reportedExpected = 0;
    this.#reportedReceived = 0;
  }

  /** The timestamps begin anew. */
  restartTimestamps(): void {
    this.#transit = NaN;
  }

  /** Packets that were sent but not seen so far. */
  get lost(): number {
    return this.#formerLost + Math.max(0, this.#expected - this.#unique);
  }

  /** RTP ticks. */
  get jitter(): number {
    return this.#jitter;
  }

  /** The numbers of a report block; begins a new interval for `fractionLost`. */
  report(): { fractionLost: number; cumulativeLost: number; highestSequenceNumber: number; jitter: number } {
    const expected = this.#expected - this.#reportedExpected;
    const lost = expected - (this.#received - this.#reportedReceived);
    this.#reportedExpected = this.#expected;
    this.#reportedReceived = this.#received;
    return {
      fractionLost: expected > 0 && lost > 0 ? Math.min(255, Math.floor((lost * 256) / expected)) : 0,
      cumulativeLost: Math.max(-0x80_0000, Math.min(0x7f_ffff, this.#expected - this.#received)),
      highestSequenceNumber: wrap(this.#highest, 32),
      jitter: Math.floor(this.#jitter),
    };
  }

  /** Packets that were sent, as far as is known. */
  get expected(): number {
    return this.#formerExpected + this.#expected;
  }

  /** Whether one of the last 2048 sequence numbers was seen. */
  isSeen(sequenceNumber: number): boolean {
    return this.#isMarked(sequenceNumber);
  }

  /** Whether a packet has come from the source. */
  get started(): boolean {
    return this.#started;
  }

  /** Highest sequence number so far, unwrapped. */
  get highest(): number {
    return this.#highest;
  }

  get #expected(): number {
    return this.#started ? this.#highest - this.#base + 1 : 0;
  }

  #begin(sequenceNumber: number): void {
    this.#started = true;
    this.sequenceNumber = sequenceNumber;
    this.#base = sequenceNumber;
    this.#highest = sequenceNumber;
    this.#received = 1;
    this.#unique = 1;
    this.#seen.fill(0);
    this.#mark(sequenceNumber, true);
  }

  #mark(sequenceNumber: number, seen: boolean): void {
    const bit = sequenceNumber & (WINDOW - 1);
    if (seen) this.#seen[bit >> 5]! |= 1 << (bit & 31);
    else this.#seen[bit >> 5]! &= ~(1 << (bit & 31));
  }

  #isMarked(sequenceNumber: number): boolean {
    const bit = sequenceNumber & (WINDOW - 1);
    return (this.#seen[bit >> 5]! & (1 << (bit & 31))) !== 0;
  }
}

/**
 * A packet further ahead, or further behind, is taken for the start of something else once a second one
 * confirms it. RFC 3550 suggests 3000 and 100, for audio; here a second of a fast stream may get lost.
 */
const MAX_DROPOUT = 8192;
const MAX_MISORDER = 1024;
/** Sequence numbers remembered: twice what can be told apart from a jump. */
const WINDOW = 2048;
