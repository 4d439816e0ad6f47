import { HhbError, type Micros, type Random } from '@hellohaybye/core';
import { seededRandom, type VirtualClock } from '@hellohaybye/core/testing';
import { copyOf } from '../bytes.js';
import type { Address } from '../endpoint/types.js';
import { Link, type Delivery } from './link.js';
import type { LinkOptions } from './link-options.js';

/** A datagram on a simulated network. */
export interface Datagram {
  from: Address;
  to: Address;
  data: Uint8Array;
}

/** What a simulated network is made with. */
export interface SimulatedNetworkOptions {
  /** What time it is, and what moves the network on. */
  clock: VirtualClock;
  /** Everything that the network does follows from this and from what is sent. */
  random: Random;
  /** Sees each datagram that is sent with what will come of it; nothing does when it is lost. */
  onTransmit?: (datagram: Datagram, deliveries: readonly Delivery[], now: Micros) => void;
}

/**
 * Hosts, and links between them, in virtual time. A host is an IP address with all its ports. Each direction
 * from host to host is a link of its own; where there is none, nothing comes through. Move the clock on, and
 * what is under way arrives.
 */
export class SimulatedNetwork {
  readonly #hosts = new Map<string, (datagram: Datagram, now: Micros) => void>();
  /** By the address where it begins, then by the one where it ends. */
  readonly #links = new Map<string, Map<string, Link>>();
  #unreachable = 0;

  constructor(private readonly options: SimulatedNetworkOptions) {}

  /**
   * Adds a host, which is handed what arrives at its address: memory of its own, on the clock's time.
   * @throws HhbError `address-in-use`
   */
  addHost(address: string, onDatagram: (datagram: Datagram, now: Micros) => void): void {
    if (this.#hosts.has(address)) throw new HhbError('address-in-use', `There is a host ${address} already`);
    this.#hosts.set(address, onDatagram);
  }

  /** Takes a host away. What is under way to it arrives nowhere. */
  removeHost(address: string): void {
    this.#hosts.delete(address);
  }

  /** Links one direction, from host to host; a link that was there makes way. @throws HhbError `bad-option` */
  link(from: string, to: string, options: LinkOptions): Link {
    return this.#link(from, to, options, this.options.random);
  }

  /**
   * Links both directions. Where both have the same stalls, they stall at the same times: one radio.
   * @param back the way back: like the way there unless given
   * @throws HhbError `bad-option`
   */
  connect(
    one: string,
    other: string,
    there: LinkOptions,
    back: LinkOptions = there,
  ): { there: Link; back: Link } {
    const radio = this.options.random.uint32();
    return {
      there: this.#link(one, other, there, seededRandom(radio)),
      back: this.#link(other, one, back, seededRandom(radio)),
    };
  }

  /** Whether a link leads from host to host, whatever it lets through. */
  isLinked(from: string, to: string): boolean {
    return this.#links.get(from)?.has(to) === true;
  }

  /** Sends a datagram. Its data may be changed or used again afterwards. */
  send(from: Address, to: Address, data: Uint8Array): void {
    const { clock, onTransmit } = this.options;
    const now = clock.now();
    const link = this.#links.get(from.address)?.get(to.address);
    if (!link) this.#unreachable += 1;
    const deliveries = link?.transmit(data, now) ?? [];
    onTransmit?.({ from, to, data }, deliveries, now);
    for (const delivery of deliveries) {
      const datagram = { from, to, data: copyOf(delivery.data) };
      clock.schedule(delivery.at, () => this.#hosts.get(to.address)?.(datagram, clock.now()));
    }
  }

  /** Datagrams that were sent where no link leads. */
  get unreachable(): number {
    return this.#unreachable;
  }

  #link(from: string, to: string, options: LinkOptions, radio: Random): Link {
    const { clock, random } = this.options;
    const link = new Link(options, { random, start: clock.now(), radio });
    const links = this.#links.get(from) ?? new Map<string, Link>();
    this.#links.set(from, links.set(to, link));
    return link;
  }
}
