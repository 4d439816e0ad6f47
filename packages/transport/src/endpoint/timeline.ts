import { unwrapNear, Unwrapper } from '@hellohaybye/core';

/** The RTP timestamps of one source as plain numbers, and how far it has come. */
export class Timeline {
  /** Of the newest frame, RTP ticks; `-Infinity` before the first packet. */
  newest = -Infinity;
  /** The highest sequence number of that frame, unwrapped. */
  #sequenceNumber = 0;
  #unwrapper = new Unwrapper(32);
  /** Of the last packet, as on the wire and unwrapped; -1 for none. */
  #lastWrapped = -1;
  #last = 0;

  /** The plain number of a packet's timestamp, which as a rule is that of the packet before. */
  unwrap(wrapped: number): number {
    if (wrapped !== this.#lastWrapped) {
      this.#lastWrapped = wrapped;
      this.#last = this.#unwrapper.unwrap(wrapped);
    }
    return this.#last;
  }

  /** The plain number that lies nearest to the newest frame's. */
  near(wrapped: number): number {
    return this.newest === -Infinity ? wrapped : unwrapNear(wrapped, this.newest, 32);
  }

  /** Whether a packet is older than the newest one by its timestamp, and newer by its sequence number. */
  wentBack(timestamp: number, sequenceNumber: number): boolean {
    return timestamp < this.newest && sequenceNumber > this.#sequenceNumber;
  }

  /** Takes note of a packet. */
  add(timestamp: number, sequenceNumber: number): void {
    if (timestamp < this.newest || (timestamp === this.newest && sequenceNumber <= this.#sequenceNumber))
      return;
    this.newest = timestamp;
    this.#sequenceNumber = sequenceNumber;
  }

  restart(): void {
    this.newest = -Infinity;
    this.#unwrapper = new Unwrapper(32);
    this.#lastWrapped = -1;
  }
}
