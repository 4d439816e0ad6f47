import { micros, millis, type Micros, type Random } from '@hellohaybye/core';
import { seededRandom, VirtualClock } from '@hellohaybye/core/testing';
import { Endpoint } from '../endpoint/endpoint.js';
import type { EndpointOptions } from '../endpoint/options.js';
import type {
  Address,
  ControlMessage,
  EndpointEvent,
  IncomingFrame,
  OutgoingDatagram,
} from '../endpoint/types.js';
import { NoPacing } from '../pace/pacer.js';
import { noRepair } from '../repair/repair.js';
import type { PayloadFormat } from '../payload/payload-format.js';

/** Decides when copies of a datagram arrive, as delays: none when it is lost, two when it is doubled. */
export type Link = (datagram: OutgoingDatagram, index: number, random: Random) => Micros[];

/** One side of a pair. */
export class Side {
  readonly frames: IncomingFrame[] = [];
  readonly events: EndpointEvent[] = [];
  readonly messages: ControlMessage[] = [];
  /** All that left. */
  readonly sent: OutgoingDatagram[] = [];
  link: Link = () => [millis(1)];
  #index = 0;

  constructor(
    readonly endpoint: Endpoint,
    readonly address: Address,
    private readonly clock: VirtualClock,
    private readonly random: Random,
    private readonly others: () => Side[],
  ) {}

  /** Calls the endpoint, then drains it. */
  do(input: (endpoint: Endpoint, now: Micros) => void): void {
    input(this.endpoint, this.clock.now());
    this.drain();
  }

  send(data: Uint8Array, stream = 'video', capturedAt = this.clock.now()): void {
    this.do((endpoint, now) => endpoint.send({ stream, data, capturedAt }, now));
  }

  drain(): void {
    for (let output = this.endpoint.poll(); output; output = this.endpoint.poll()) {
      if (output.type === 'frame') this.frames.push(output.frame);
      else if (output.type === 'event') this.events.push(output.event);
      else if (output.type === 'control') this.messages.push({ peer: output.peer, data: output.data });
      else this.#transmit(output);
    }
    const next = this.endpoint.nextDeadline();
    if (next === undefined) return;
    this.clock.schedule(next, () => {
      const due = this.endpoint.nextDeadline();
      if (due === undefined || due > this.clock.now()) return;
      this.do((endpoint, now) => endpoint.tick(now));
    });
  }

  #transmit(datagram: OutgoingDatagram): void {
    // The endpoint fills the same object again.
    this.sent.push({ ...datagram });
    const target = this.others().find(({ address }) => address.address === datagram.to.address);
    for (const delay of this.link(datagram, this.#index, this.random)) {
      const data = Uint8Array.from(datagram.data);
      this.clock.schedule(micros(this.clock.now() + delay), () =>
        target?.do((endpoint, now) =>
          endpoint.receive({ channel: datagram.channel, data, from: this.address }, now),
        ),
      );
    }
    this.#index += 1;
  }
}

export interface PairOptions {
  seed?: number;
  left?: Partial<EndpointOptions>;
  right?: Partial<EndpointOptions>;
}

/** Two endpoints, `left` sending to `right` and each knowing the other, in virtual time. */
export function makePair({ seed = 1, left = {}, right = {} }: PairOptions = {}) {
  const clock = new VirtualClock();
  const random = seededRandom(seed);
  const sides: Side[] = [];
  const make = (name: string, address: string, options: Partial<EndpointOptions>) => {
    const endpoint = new Endpoint({
      cname: name,
      random: seededRandom(random.uint32()),
      pacer: new NoPacing(),
      repair: noRepair,
      ...options,
    });
    const side = new Side(endpoint, { address, port: 5000 }, clock, random, () => sides);
    sides.push(side);
    return side;
  };
  const pair = {
    clock,
    random,
    left: make('left', '10.0.0.1', left),
    right: make('right', '10.0.0.2', right),
  };
  return pair;
}

export type Pair = ReturnType<typeof makePair>;

export const genericFormat: PayloadFormat = { format: 'generic', payloadType: 96, clockRate: 90_000 };
export const jpegFormat: PayloadFormat = { format: 'jpeg', payloadType: 26, clockRate: 90_000 };
export const l16Format: PayloadFormat = { format: 'l16', payloadType: 11, clockRate: 44_100, channels: 1 };

/** Sets up one stream from left to right, and both as each other's destinations. */
export function connect(
  pair: Pair,
  formats: PayloadFormat[] = [genericFormat],
  deadline = millis(100),
): void {
  const channel = 'video';
  pair.right.do((endpoint, now) => {
    endpoint.addIncoming({ peer: 'left', id: 'video', channel, ssrc: 7, formats, deadline }, now);
    endpoint.addDestination({ id: 'left', addresses: { [channel]: pair.left.address } }, now);
  });
  pair.left.do((endpoint, now) => {
    endpoint.addOutgoing({ id: 'video', channel, ssrc: 7, formats }, now);
    endpoint.addDestination({ id: 'right', addresses: { [channel]: pair.right.address } }, now);
  });
}

/** A message whose bytes tell its number. */
export const message = (number: number, length = 5000): Uint8Array =>
  Uint8Array.from({ length }, (_, index) => (number * 31 + index * 7 + (index >> 8)) & 255);

/** Whether a datagram is RTCP. */
export const isRtcp = ({ data }: { data: Uint8Array }): boolean => data[1]! >= 192 && data[1]! <= 223;

/** What the right side counts of the one stream. */
export const incomingOf = (side: Side, now: Micros) => side.endpoint.statistics(now).incoming[0]!;

/** Whether a datagram is of the control stream. */
export const isControl = ({ data }: { data: Uint8Array }): boolean => (data[1]! & 127) === 126;
