import type { Micros } from '@hellohaybye/core';
import type { OutgoingDatagram } from '../endpoint/types.js';
import { Fifo } from '../fifo.js';

/** Decides when each datagram leaves: stage 6 of a frame's journey. */
export interface Pacer {
  /** Takes a datagram in. @returns false when the queue is full: the datagram is then lost */
  push(datagram: OutgoingDatagram, now: Micros): boolean;
  /** The next datagram that may leave by now. */
  pop(now: Micros): OutgoingDatagram | undefined;
  /** When the next one may leave; undefined when none waits, or all may leave at once. */
  nextDeadline(): Micros | undefined;
  /** What a destination may be sent, bits a second. */
  setBudget(destination: string, bitsPerSecond: number): void;
  /** A destination is gone; what waits for it may still leave. */
  forget(destination: string): void;
}

/**
 * Most datagrams that wait to be drained: more than the 16 MiB of the largest frame makes of 1200-byte
 * packets for sixteen listeners.
 */
export const MAX_QUEUED_DATAGRAMS = 2 ** 18;

/** No pacing: first in, first out, all at once. */
export class NoPacing implements Pacer {
  readonly #queue = new Fifo<OutgoingDatagram>(MAX_QUEUED_DATAGRAMS);

  push(datagram: OutgoingDatagram): boolean {
    return this.#queue.push(datagram);
  }

  pop(): OutgoingDatagram | undefined {
    return this.#queue.shift();
  }

  nextDeadline(): undefined {
    return undefined;
  }

  setBudget(): void {
    // All leaves at once, whatever the budget.
  }

  forget(): void {
    // Nothing is kept of a destination.
  }
}
