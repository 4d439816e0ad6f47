import { micros, unwrapNear, type Micros } from '@hellohaybye/core';
import type { OtherRtcp } from '../packet/rtcp.js';
import type { RepairedStream, RepairReceiver } from '../repair/repair.js';
import { RoundTrip } from '../repair/round-trip.js';

/** A stream as the receiving half of repair sees it, fed by a test. */
export class FakeStream implements RepairedStream {
  readonly roundTrip = new RoundTrip();
  readonly clockRate: number;
  readonly deadline: Micros;
  readonly single: boolean;
  readonly requests = 'parity';
  /** Feedback that was sent, and when. */
  readonly feedback: { packet: OtherRtcp; at: Micros }[] = [];
  readonly decided = new Set<number>();
  now = micros(1_000_000);
  readonly #seen = new Set<number>();
  #highest = 0;
  #newest: number | undefined;

  constructor({ clockRate = 90_000, deadline = micros(40_000), single = false } = {}) {
    this.clockRate = clockRate;
    this.deadline = deadline;
    this.single = single;
  }

  ssrc = () => 7;
  reporter = () => 1;
  highest = () => this.#highest;
  isSeen = (sequenceNumber: number) => this.#seen.has(sequenceNumber);
  isDecided = (timestamp: number) => this.decided.has(timestamp);
  unwrapSequenceNumber = (wrapped: number) => unwrapNear(wrapped, this.#highest, 16);
  unwrapTimestamp = (wrapped: number) => unwrapNear(wrapped, this.#newest ?? wrapped, 32);
  send = (packet: OtherRtcp) => void this.feedback.push({ packet, at: this.now });

  /** A source packet comes. */
  source(
    receiver: RepairReceiver,
    sequenceNumber: number,
    timestamp: number,
    { first = false, last = false, packet = new Uint8Array(100) } = {},
  ): void {
    this.#seen.add(sequenceNumber);
    this.#highest = Math.max(this.#highest, sequenceNumber);
    this.#newest = Math.max(this.#newest ?? timestamp, timestamp);
    receiver.source({ sequenceNumber, timestamp, first, last, packet }, this.now);
  }

  /** Time passes: the receiver is ticked whenever it is due. */
  run(receiver: RepairReceiver, until: Micros): void {
    let stuck = 0;
    for (
      let next = receiver.nextDeadline();
      next !== undefined && next <= until;
      next = receiver.nextDeadline()
    ) {
      stuck = next <= this.now ? stuck + 1 : 0;
      if (stuck > 100) throw new Error(`ticked 100 times at ${this.now}, and still due at ${next}`);
      if (next > this.now) this.now = next;
      receiver.tick(this.now);
    }
    this.now = until;
  }
}
