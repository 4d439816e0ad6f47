import { seconds, micros, uniform, type Micros, type Random } from '@hellohaybye/core';

/** What the interval between reports follows from. */
export interface ReportIntervalOptions {
  /** Participants, this one included. */
  members: number;
  /** Those of them that send. */
  senders: number;
  /** Whether this one sends. */
  weSend: boolean;
  /** Bytes a second that all reports together may take: 5 % of the session's. */
  bandwidth: number;
  /** Bytes of a compound packet, with IP and UDP headers. */
  averageBytes: number;
  /** Whether none was sent yet: then half the minimum is enough. */
  initial: boolean;
  minimum: Micros;
}

/** The time from one report to the next (RFC 3550, section 6.3.1 and A.7), randomised so that no two keep step. */
export function reportInterval(options: ReportIntervalOptions, random: Random): Micros {
  const { members, senders, weSend, averageBytes, initial, minimum } = options;
  let { bandwidth } = options;
  let sharers = members;
  if (senders <= members * 0.25) {
    bandwidth *= weSend ? 0.25 : 0.75;
    sharers = weSend ? senders : members - senders;
  }
  const shortest = initial ? minimum / 2 : minimum;
  const interval = Math.max(shortest, seconds((averageBytes * sharers) / bandwidth));
  return micros((interval * (uniform(random) + 0.5)) / COMPENSATION);
}

/** e - 3/2: what the randomisation's effect under timer reconsideration is made up for with (A.7). */
const COMPENSATION = Math.E - 1.5;
