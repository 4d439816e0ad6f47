import { micros, type Clock } from '@hellohaybye/core';
import { systemClock } from '@hellohaybye/core/node';
import { seededRandom, VirtualClock } from '@hellohaybye/core/testing';
import type { Address } from '../../endpoint/types.js';
import { Link } from '../link.js';
import type { LinkOptions } from '../link-options.js';
import type { LinkStatistics } from '../link-statistics.js';
import { Alarm } from './alarm.js';
import { checkRelay, type RelayOptions, type RelayRoute } from './relay-options.js';
import { Route } from './route.js';

/** What a relay counted. */
export interface RelayStatistics {
  /** From the listening side to `to`. */
  up: LinkStatistics;
  /** From `to` to whoever sent. */
  down: LinkStatistics;
  /** Who sent to the listening side, at present. */
  clients: number;
  /** Datagrams under way, at present. */
  underWay: number;
  /** Datagrams lost because over 64 MiB were under way. */
  overflow: number;
  /** Datagrams not taken: of somebody else than `to`, of a 65th client, or of `to` before there was a client. */
  refused: number;
  /** Datagrams that the system did not send, by its error code. */
  sendErrors: Record<string, number>;
}

/**
 * Relays datagrams between real sockets over simulated links, in the event loop of this process. Each client,
 * an address that sends to the listening side, has a socket of its own towards `to`, as behind a NAT: answers
 * go to whom they are for. Up to 64 at a time; who was silent for 10 s makes way for a newcomer.
 * @throws HhbError `bad-option`, `bad-address`, `port-in-use`, `port-not-allowed`, `host-not-available`, `bind-failed`
 */
export async function openRelay(options: RelayOptions): Promise<Relay> {
  checkRelay(options);
  const relay = new Relay(options);
  try {
    const { also = [], ...first } = options;
    for (const route of [first, ...also]) await relay.add(route);
  } catch (error) {
    await relay.close();
    throw error;
  }
  return relay;
}

/** A relay that is open. */
class Relay {
  readonly #clock: Clock;
  /** Moved on to what the real clock shows, it does what is due. */
  readonly #due: VirtualClock;
  readonly #up: Link;
  readonly #down: Link;
  readonly #alarm: Alarm;
  readonly #routes: Route[] = [];
  readonly #underWay = { datagrams: 0, bytes: 0 };
  #overflow = 0;
  #refused = 0;
  #closed = false;
  readonly #sendErrors: Record<string, number> = {};

  constructor({ up = {}, down = {}, seed = 1, clock = systemClock }: RelayOptions) {
    this.#clock = clock;
    const start = clock.now();
    const random = seededRandom(seed);
    // One radio: where both directions stall, they stall together.
    const radio = random.uint32();
    this.#up = new Link(up, { random, start, radio: seededRandom(radio) });
    this.#down = new Link(down, { random, start, radio: seededRandom(radio) });
    this.#due = new VirtualClock(start);
    this.#alarm = new Alarm(clock, () => this.#deliver());
  }

  /**
   * Opens a further route over the same two links.
   * @throws HhbError as `openRelay` does
   */
  async add(route: RelayRoute): Promise<void> {
    checkRelay(route);
    const opened = await Route.open(route, {
      up: (data, deliver) => this.#relay(this.#up, data, deliver),
      down: (data, deliver) => this.#relay(this.#down, data, deliver),
      failed: (code) => {
        this.#sendErrors[code] = (this.#sendErrors[code] ?? 0) + 1;
      },
      refused: () => {
        this.#refused += 1;
      },
      now: () => this.#clock.now(),
    });
    this.#routes.push(opened);
    if (this.#closed) await opened.close();
  }

  /** Where it listens. */
  get address(): string {
    return this.#routes[0]!.listening.address;
  }

  /** The port where it listens. */
  get port(): number {
    return this.#routes[0]!.listening.port;
  }

  /** Each route: where it listens, where it leads to, and where the first client's datagrams come from as `to` sees it. */
  get routes(): { listen: Address; to: Address; via: Address }[] {
    return this.#routes.map(({ listening, to, via }) => ({ listen: listening, to, via }));
  }

  get statistics(): RelayStatistics {
    return {
      up: this.#up.statistics,
      down: this.#down.statistics,
      clients: this.#routes.reduce((sum, { clients }) => sum + clients, 0),
      underWay: this.#underWay.datagrams,
      overflow: this.#overflow,
      refused: this.#refused,
      sendErrors: { ...this.#sendErrors },
    };
  }

  /** Turns the links into others, as `Link.change` does. @throws HhbError `bad-option` */
  change({ up, down }: { up?: LinkOptions; down?: LinkOptions }): void {
    const now = this.#clock.now();
    if (up) this.#up.change(up, now);
    if (down) this.#down.change(down, now);
  }

  /** Closes the sockets. What is under way is lost. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#alarm.set(undefined);
    await Promise.all(this.#routes.map((route) => route.close()));
  }

  #relay(link: Link, data: Uint8Array, deliver: (data: Uint8Array) => void): void {
    if (this.#closed) return;
    const underWay = this.#underWay;
    for (const delivery of link.transmit(data, this.#clock.now())) {
      if (underWay.bytes > MOST_BYTES_UNDER_WAY) {
        this.#overflow += 1;
        continue;
      }
      const bytes = delivery.data.length + BYTES_A_DATAGRAM;
      underWay.datagrams += 1;
      underWay.bytes += bytes;
      this.#due.schedule(delivery.at, () => {
        underWay.datagrams -= 1;
        underWay.bytes -= bytes;
        deliver(delivery.data);
      });
    }
    this.#deliver();
  }

  #deliver(): void {
    if (this.#closed) return;
    this.#due.advanceTo(micros(Math.max(this.#clock.now(), this.#due.now())));
    this.#alarm.set(this.#due.next());
  }
}

export type { Relay };

const MOST_BYTES_UNDER_WAY = 64 * 1024 * 1024;
/** What a datagram takes besides its bytes, about. */
const BYTES_A_DATAGRAM = 500;
