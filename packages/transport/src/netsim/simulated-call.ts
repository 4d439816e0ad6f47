import { HhbError, millis, type Micros, type Random } from '@hellohaybye/core';
import { seededRandom, VirtualClock } from '@hellohaybye/core/testing';
import type { IncomingStreamOptions, OutgoingStreamOptions } from '../endpoint/types.js';
import type { Link } from './link.js';
import type { LinkOptions } from './link-options.js';
import { SimulatedNetwork, type SimulatedNetworkOptions } from './network.js';
import { Participant, type ParticipantOptions } from './participant.js';

/** How a simulated call is made. */
export interface SimulatedCallOptions extends Pick<SimulatedNetworkOptions, 'onTransmit'> {
  /** A whole number that decides all that is random: 1 unless given. */
  seed?: number;
  /** The time at its beginning: some day in 2023 unless given. */
  start?: Micros;
}

/**
 * Endpoints on a simulated network, two or more, in virtual time. Add participants, connect them, open
 * streams, send frames or schedule them, and `run`. The same seed and the same calls give the same run, byte
 * for byte.
 */
export class SimulatedCall {
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly network: SimulatedNetwork;
  readonly participants = new Map<string, Participant>();

  constructor({ seed = 1, start, onTransmit }: SimulatedCallOptions = {}) {
    this.clock = new VirtualClock(start);
    this.random = seededRandom(seed);
    const { clock, random } = this;
    this.network = new SimulatedNetwork({ clock, random, ...(onTransmit ? { onTransmit } : {}) });
  }

  /** Adds a participant. @throws HhbError `bad-option`, `name-in-use`, `address-in-use` */
  add(name: string, options: ParticipantOptions = {}): Participant {
    if (this.participants.has(name)) throw new HhbError('name-in-use', `There is a participant ${name}`);
    const number = this.participants.size + 1;
    const address = `10.0.${number >> 8}.${number & 255}`;
    const random = seededRandom(this.random.uint32());
    const participant = new Participant(name, { address, ...options, random }, this.clock, this.network);
    this.participants.set(name, participant);
    return participant;
  }

  /**
   * Links two participants and makes each a destination of the other, by name.
   * @param back the way back: like the way there unless given
   * @throws HhbError `bad-option`
   */
  connect(
    one: Participant,
    other: Participant,
    there: LinkOptions,
    back: LinkOptions = there,
  ): { there: Link; back: Link } {
    const links = this.network.connect(one.address, other.address, there, back);
    for (const [from, to] of [
      [one, other],
      [other, one],
    ] as const) {
      from.do((endpoint, now) => endpoint.addDestination({ id: to.name, addresses: to.addresses }, now));
    }
    return links;
  }

  /**
   * Opens a stream from one participant to others.
   * @param incoming what the receivers' side has besides, such as `deadline`
   * @throws HhbError `bad-option`
   */
  stream(
    from: Participant,
    to: readonly Participant[],
    outgoing: OutgoingStreamOptions,
    incoming: Partial<IncomingStreamOptions> = {},
  ): void {
    const { id, channel, ssrc, formats } = outgoing;
    for (const receiver of to) {
      receiver.do((endpoint, now) =>
        endpoint.addIncoming({ peer: from.name, id, channel, ssrc, formats, ...incoming }, now),
      );
    }
    from.do((endpoint, now) => endpoint.addOutgoing(outgoing, now));
  }

  /** Lets time pass. */
  run(span: Micros): void {
    this.clock.advance(span);
  }
}

/** What `simulatePair` is given. */
export interface SimulatedPairOptions extends SimulatedCallOptions {
  /** The link from left to right: 1 ms of delay unless given. */
  there?: LinkOptions;
  /** The link from right to left: like `there` unless given. */
  back?: LinkOptions;
  left?: ParticipantOptions;
  right?: ParticipantOptions;
  /** The stream from left to right: `video`, of generic frames, unless given. */
  stream?: Partial<OutgoingStreamOptions>;
  /** What the right side's end of the stream has besides, such as `deadline`. */
  incoming?: Partial<IncomingStreamOptions>;
}

/** A call of two, `left` sending one stream to `right`. @throws HhbError `bad-option` */
export function simulatePair(options: SimulatedPairOptions = {}) {
  const { there = { delay: millis(1) }, back = there, stream, incoming } = options;
  const call = new SimulatedCall(options);
  const left = call.add('left', options.left);
  const right = call.add('right', options.right);
  const links = call.connect(left, right, there, back);
  call.stream(left, [right], { ...videoStream, ...stream }, incoming);
  return { call, left, right, links };
}

const videoStream: OutgoingStreamOptions = {
  id: 'video',
  channel: 'video',
  ssrc: 7,
  formats: [{ format: 'generic', payloadType: 96, clockRate: 90_000 }],
};
