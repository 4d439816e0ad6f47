import type { Micros } from '@hellohaybye/core';

/** What a report of a listener says of the path to it. */
export interface PathReport {
  /** Since the last report, 0 to 1. */
  fractionLost: number;
  roundTrip: Micros | undefined;
}

/** Decides what each destination may be sent: the budget that the pacer keeps to. */
export interface CongestionControl {
  /** A datagram left for a destination. */
  sent(destination: string, bytes: number, now: Micros): void;
  /** A report came from a destination. */
  reported(destination: string, report: PathReport, now: Micros): void;
  /** Bits a second; `Infinity` for no bound. */
  budget(destination: string): number;
  forget(destination: string): void;
}

/**
 * A budget that never changes, whatever is reported.
 * @param bitsPerSecond for each destination; no bound unless given
 */
export const fixedBudget = (bitsPerSecond = Infinity): CongestionControl => ({
  sent: () => undefined,
  reported: () => undefined,
  budget: () => bitsPerSecond,
  forget: () => undefined,
});
