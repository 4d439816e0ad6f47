import type { Micros } from '@hellohaybye/core';
import type { Reports } from './reports.js';
import type { EndpointState } from './state.js';

/** Something that has to happen at an instant. */
export interface Timer {
  name: string;
  /** Why it is there. */
  reason: string;
  /** When it is due; undefined while it is not set. */
  next: () => Micros | undefined;
  /** Does what is due. */
  fire: (now: Micros) => void;
}

/** The timers of an endpoint, by what moves them. */
export interface Timers {
  /** Every packet of a stream does. */
  streams: Timer;
  /** Commands, reports and time do. To ask them takes a walk over all peers. */
  peers: readonly Timer[];
  /** They belong to parts that the endpoint was given, which may set them whenever they are called. */
  parts: readonly Timer[];
}

/**
 * Fires the timers that are due, and knows when the next one is. What it does for a datagram does not grow with
 * the number of streams and peers.
 */
export class Schedule {
  /** Not later than the first timer of the peers is due. */
  #peersDueBy = Infinity;

  constructor(
    private readonly state: EndpointState,
    private readonly timers: Timers,
  ) {}

  /** Not later than the next timer is due; undefined when none is set. */
  nextDeadline(): Micros | undefined {
    if (this.state.rescheduled) this.#askPeers();
    let earliest = Math.min(this.#peersDueBy, this.state.streamsDueBy);
    for (const timer of this.timers.parts) {
      const next = timer.next();
      if (next !== undefined && next < earliest) earliest = next;
    }
    return earliest === Infinity ? undefined : (earliest as Micros);
  }

  tick(now: Micros): void {
    const { streams, peers, parts } = this.timers;
    if (this.state.rescheduled) this.#askPeers();
    if (this.state.streamsDueBy <= now) streams.fire(now);
    if (this.#peersDueBy <= now) {
      fireDue(peers, now);
      this.#askPeers();
    }
    fireDue(parts, now);
  }

  #askPeers(): void {
    this.state.rescheduled = false;
    this.#peersDueBy = Infinity;
    for (const timer of this.timers.peers) {
      const next = timer.next();
      if (next !== undefined && next < this.#peersDueBy) this.#peersDueBy = next;
    }
  }
}

function fireDue(timers: readonly Timer[], now: Micros): void {
  for (const timer of timers) {
    const next = timer.next();
    if (next !== undefined && next <= now) timer.fire(now);
  }
}

/** All timers of an endpoint. There are no others. */
export const endpointTimers = (state: EndpointState, reports: Reports): Timers => ({
  streams: {
    name: 'stream',
    reason: 'What is missing is asked for before its deadline; after it, an incomplete frame is given up.',
    next: () => (state.streamsDueBy === Infinity ? undefined : (state.streamsDueBy as Micros)),
    fire: (now) => {
      for (const stream of state.incoming) if (stream.dueBy <= now) stream.tick(now);
      state.findStreamsDueBy();
    },
  },
  peers: [
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
  ],
  parts: [
    {
      name: 'pace',
      reason: 'A datagram may leave; it does when the endpoint is drained.',
      next: () => state.options.pacer.nextDeadline(),
      fire: () => undefined,
    },
    {
      name: 'control',
      reason: 'A control message was not confirmed in time.',
      next: () => state.options.control.nextDeadline(),
      fire: (now) => state.options.control.tick(now),
    },
    {
      name: 'path',
      reason: 'An address of a peer is to be probed, or did not answer in time.',
      next: () => state.paths.nextDeadline(),
      fire: (now) => state.paths.tick(now),
    },
  ],
});
