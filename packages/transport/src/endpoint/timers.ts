import type { Micros } from '@hellohaybye/core';
import type { Reports } from './reports.js';
import type { EndpointState } from './state.js';

/** Something that has to happen at an instant. */
export interface Timer {
  name: string;
  /** Why it is there. */
  reason: string;
  /**
   * Whether it is of a part that the endpoint was given, which may set it at any time: then it is asked for
   * whenever the next deadline is. Asking all others takes too long to be done for every datagram.
   */
  given?: true;
  /** When it is due; undefined while it is not set. */
  next: () => Micros | undefined;
  /** Does what is due. */
  fire: (now: Micros) => void;
}

/** All timers of an endpoint. There are no others. */
export const endpointTimers = (state: EndpointState, reports: Reports): readonly Timer[] => [
  {
    name: 'stream',
    reason: 'What is missing is asked for before its deadline; after it, an incomplete frame is given up.',
    next: () => {
      let earliest = Infinity;
      for (const { dueBy } of state.incoming) if (dueBy < earliest) earliest = dueBy;
      return earliest === Infinity ? undefined : (earliest as Micros);
    },
    fire: (now) => {
      for (const stream of state.incoming) if (stream.dueBy <= now) stream.tick(now);
    },
  },
  {
    name: 'report',
    reason:
      'Each destination gets reports at RTCP intervals: for synchronisation, round trip and as a sign of life.',
    next: () => reports.nextDeadline(),
    fire: (now) => reports.tick(now),
  },
  {
    name: 'silence',
    reason: 'A peer of whom nothing is heard is gone, whatever signaling says.',
    next: () => state.peers.nextDeadline(),
    fire: (now) => {
      for (const peer of state.peers.takeSilent(now)) state.event({ type: 'timeout', peer });
    },
  },
  {
    name: 'goodbye',
    reason: 'A BYE is not confirmed, so it is sent again.',
    next: () => state.goodbyes.nextDeadline(),
    fire: (now) => state.goodbyes.tick(now),
  },
  {
    name: 'pace',
    reason: 'A datagram may leave; it does when the endpoint is drained.',
    given: true,
    next: () => state.options.pacer.nextDeadline(),
    fire: () => undefined,
  },
  {
    name: 'control',
    reason: 'A control message was not confirmed in time.',
    given: true,
    next: () => state.options.control.nextDeadline(),
    fire: (now) => state.options.control.tick(now),
  },
];
