import { HhbError, type Micros, type Random } from '@hellohaybye/core';
import type { Scheduled, VirtualClock } from '@hellohaybye/core/testing';
import { Endpoint } from '../endpoint/endpoint.js';
import type { EndpointOptions } from '../endpoint/options.js';
import type {
  Address,
  ControlMessage,
  EndpointEvent,
  IncomingFrame,
  OutgoingDatagram,
  OutgoingFrame,
} from '../endpoint/types.js';
import { IP_UDP_HEADER_BYTES } from './link-options.js';
import type { Datagram, SimulatedNetwork } from './network.js';

/** How a participant of a simulated call is made. */
export interface ParticipantOptions {
  /** What its endpoint is made with besides `cname`, its name, and `random`, which comes from the call's seed. */
  endpoint?: Partial<EndpointOptions>;
  /** Channel name to UDP port: video 5001 and audio 5002 unless given. Those of one port share a socket. */
  channels?: Record<string, number>;
  /** Its IP address: 10.0.0.1 and so on unless given. */
  address?: string;
  /** Further addresses, as of a second network: it sends from the first address that has a link to where it sends. */
  moreAddresses?: readonly string[];
  /** Takes the frames, which are then not collected in `frames`. */
  onFrame?: (frame: IncomingFrame, now: Micros) => void;
  /** Takes the control messages, which are then not collected in `messages`. */
  onControl?: (message: ControlMessage, now: Micros) => void;
  /** Sees each datagram before it goes into the network. */
  onDatagram?: (datagram: OutgoingDatagram, now: Micros) => void;
}

/** A frame to send; captured when it is sent, unless it says otherwise. */
export type SimulatedFrame = Omit<OutgoingFrame, 'capturedAt'> & { capturedAt?: Micros };

/** An endpoint on a simulated network, drained after every input and ticked when it is due. */
export class Participant {
  readonly address: string;
  readonly endpoint: Endpoint;
  /** Channel name to where it is received. */
  readonly addresses: Readonly<Record<string, Address>>;
  /** What came in, unless `onFrame` takes it. */
  readonly frames: IncomingFrame[] = [];
  readonly events: EndpointEvent[] = [];
  /** Control messages that came in, unless `onControl` takes them. */
  readonly messages: ControlMessage[] = [];
  /** What left, reports and repair included; `bytes` at IP level. */
  readonly sent = { datagrams: 0, bytes: 0 };
  readonly #own: readonly string[];
  readonly #socketOfPort = new Map<number, string>();
  #timer: Scheduled | undefined;
  #gone = false;
  /** How often it was ticked at the present instant. */
  #ticks = { at: 0 as Micros, count: 0 };

  /** @throws HhbError `bad-option`, `address-in-use` */
  constructor(
    readonly name: string,
    private readonly options: ParticipantOptions & { address: string; random: Random },
    private readonly clock: VirtualClock,
    private readonly network: SimulatedNetwork,
  ) {
    const { address, channels = { video: 5001, audio: 5002 }, random } = options;
    this.address = address;
    this.addresses = Object.fromEntries(
      Object.entries(channels).map(([channel, port]) => [channel, { address, port }]),
    );
    // A channel that shares its port with one before it shares its socket too.
    const sockets: Record<string, string> = {};
    for (const [channel, port] of Object.entries(channels)) {
      const first = this.#socketOfPort.get(port) ?? channel;
      this.#socketOfPort.set(port, first);
      sockets[channel] = first;
    }
    this.endpoint = new Endpoint({ cname: name, random, sockets, ...options.endpoint });
    this.#own = [address, ...(options.moreAddresses ?? [])];
    for (const own of this.#own) network.addHost(own, (datagram) => this.#receive(datagram));
  }

  /** Calls the endpoint, drains it and arms its timer. */
  do<T>(input: (endpoint: Endpoint, now: Micros) => T): T {
    const result = input(this.endpoint, this.clock.now());
    this.#drain();
    return result;
  }

  /** Sends a frame now. @returns what `Endpoint.send` does */
  send(frame: SimulatedFrame): boolean {
    return this.do((endpoint, now) => endpoint.send({ capturedAt: now, ...frame }, now));
  }

  /** Sends a frame at an instant; made only then when a function makes it. */
  sendAt(at: Micros, frame: SimulatedFrame | (() => SimulatedFrame)): void {
    this.clock.schedule(at, () => this.send(typeof frame === 'function' ? frame() : frame));
  }

  /** Sends frames at equal distances, the first one now. @param make makes them, given their number from 0 on */
  sendEvery(interval: Micros, frames: number, make: (number: number) => SimulatedFrame): void {
    const first = this.clock.now();
    const next = (number: number) => {
      this.send(make(number));
      if (number + 1 < frames) {
        this.clock.schedule((first + (number + 1) * interval) as Micros, () => next(number + 1));
      }
    };
    if (frames > 0) next(0);
  }

  /** Is gone at once, without a goodbye, as when its process is killed. */
  vanish(): void {
    for (const own of this.#own) this.network.removeHost(own);
    if (this.#timer) this.clock.cancel(this.#timer);
    this.#timer = undefined;
    this.#gone = true;
  }

  #receive({ from, to, data }: Datagram): void {
    const channel = this.#socketOfPort.get(to.port);
    // Nobody listens there.
    if (channel === undefined) return;
    this.endpoint.receive({ channel, data, from }, this.clock.now());
    this.#drain();
  }

  #drain(): void {
    if (this.#gone) return;
    const { onFrame } = this.options;
    for (let output = this.endpoint.poll(); output; output = this.endpoint.poll()) {
      if (output.type === 'datagram') this.#transmit(output);
      else if (output.type === 'event') this.events.push(output.event);
      else if (output.type === 'control') this.#message(output);
      else if (onFrame) onFrame(output.frame, this.clock.now());
      else this.frames.push(output.frame);
    }
    this.#arm();
  }

  #message({ peer, data }: ControlMessage): void {
    const { onControl } = this.options;
    if (onControl) onControl({ peer, data }, this.clock.now());
    else this.messages.push({ peer, data });
  }

  #transmit(datagram: OutgoingDatagram): void {
    const { channel, to, data } = datagram;
    this.sent.datagrams += 1;
    this.sent.bytes += data.length + IP_UDP_HEADER_BYTES;
    this.options.onDatagram?.(datagram, this.clock.now());
    const from = this.addresses[channel];
    if (!from) return;
    const address = this.#own.find((own) => this.network.isLinked(own, to.address)) ?? from.address;
    this.network.send({ address, port: from.port }, to, data);
  }

  /** One timer is armed at most. One that is armed too early stays: when it runs, it finds nothing due. */
  #arm(): void {
    const next = this.endpoint.nextDeadline();
    if (next === undefined || (this.#timer && this.#timer.at <= next)) return;
    if (this.#timer) this.clock.cancel(this.#timer);
    this.#timer = this.clock.schedule(next, this.#tick);
  }

  readonly #tick = (): void => {
    this.#timer = undefined;
    const now = this.clock.now();
    const due = this.endpoint.nextDeadline();
    if (due === undefined || due > now) return this.#arm();
    this.#ticks = { at: now, count: this.#ticks.at === now ? this.#ticks.count + 1 : 1 };
    if (this.#ticks.count > MOST_TICKS_AT_ONCE) {
      throw new HhbError('deadline-stuck', `The endpoint of ${this.name} is ticked and stays due at ${due}`);
    }
    this.endpoint.tick(now);
    this.#drain();
  };
}

/** An endpoint may have several things to do at one instant, but time has to go on. */
const MOST_TICKS_AT_ONCE = 1000;
