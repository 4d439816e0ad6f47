import { EventEmitter } from 'node:events';
import { messageOf } from '@hellohaybye/core';
import multicastDns from 'multicast-dns';
import { interfaceAddresses } from '../../addresses/node/local-candidates.js';
import type { InterfaceAddress } from '../../addresses/order-candidates.js';
import type { DnsMessage } from '../dns.js';
import { diffLinks, isOnLink, linksOf, type Link, type LinkChoice } from '../links.js';

/** Which links are used, and how often it is looked whether they have changed. */
export interface LinkOptions extends LinkChoice {
  /** Milliseconds between looks at the network interfaces. Default 1000. */
  pollMs?: number;
  /** Told when a link can't be used, a line each time; it is tried again. */
  onProblem?: (link: string, message: string) => void;
}

/** Who sent a packet. */
export interface Source {
  address: string;
  port: number;
}

interface LinkSocketEvents {
  /** A link can be sent on from now on. */
  up: [link: Link];
  /** The links have changed: those that are in use, best first. */
  links: [links: readonly Link[]];
  query: [link: Link, message: DnsMessage, source: Source];
  response: [link: Link, message: DnsMessage, source: Source];
}

/** What is used of multicast-dns; its own types lack some of it. */
interface Mdns extends EventEmitter {
  send(message: object, to: Source | null, sent: (error?: Error | null) => void): void;
  destroy(closed: () => void): void;
}

interface Open {
  link: Link;
  mdns: Mdns;
  up: boolean;
}

/**
 * A multicast DNS socket for each link, over IPv4. Links that come, go and fail while it runs do no harm: one that
 * fails is closed and tried again at the next look. No error ever leaves it as an event or an exception.
 */
export class LinkSockets extends EventEmitter<LinkSocketEvents> {
  #open: Open[] = [];
  readonly #options: LinkOptions;
  readonly #addresses: () => InterfaceAddress[];
  #timer: NodeJS.Timeout | undefined;
  #lastLook = 0;

  /** @param addresses where the system's interfaces are looked up */
  constructor(options: LinkOptions = {}, addresses = interfaceAddresses) {
    super();
    this.#options = options;
    this.#addresses = addresses;
  }

  /** Opens the links; events come after this has returned. */
  start(): void {
    const { pollMs = 1000 } = this.#options;
    this.#timer = setInterval(() => this.#look(), pollMs);
    this.#timer.unref();
    this.#look();
  }

  /** The links that can be sent on now, best first. */
  get links(): Link[] {
    return this.#open.filter(({ up }) => up).map(({ link }) => link);
  }

  /** Sends a message on a link, to everybody there or to one. Resolves when it is sent, or can't be. */
  send(link: Link, message: object, to?: Source): Promise<void> {
    const open = this.#open.find((one) => one.link === link);
    if (!open) return Promise.resolve();
    return new Promise((resolve) => {
      const sent = (error?: Error | null) => {
        if (error) this.#fail(open, error);
        resolve();
      };
      try {
        open.mdns.send(message, to ?? null, sent);
      } catch (error) {
        sent(error as Error);
      }
    });
  }

  /** Closes all links. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    const open = this.#open;
    this.#open = [];
    await Promise.all(open.map(({ mdns }) => destroy(mdns)));
  }

  #look(): void {
    let found: Link[];
    try {
      found = linksOf(this.#addresses(), this.#options);
    } catch (error) {
      return this.#options.onProblem?.('network', messageOf(error));
    }
    // A machine that has slept may have lost its groups without any sign of it: everything is opened anew.
    const { pollMs = 1000 } = this.#options;
    const slept = this.#lastLook > 0 && Date.now() - this.#lastLook > pollMs + longestDelay;
    this.#lastLook = Date.now();
    const { start, stop } = diffLinks(slept ? [] : this.#running, found);
    const stopping = slept ? this.#running : stop;
    if (start.length === 0 && stopping.length === 0) return;
    for (const open of this.#open.filter(({ link }) => stopping.includes(link))) this.#drop(open);
    for (const link of start) this.#openLink(link);
    const order = found.map(({ name }) => name);
    this.#open.sort((one, other) => order.indexOf(one.link.name) - order.indexOf(other.link.name));
    this.emit('links', this.#running);
  }

  get #running(): Link[] {
    return this.#open.map(({ link }) => link);
  }

  #openLink(link: Link): void {
    const { address } = link.addresses[0]!;
    // Bound to its own address, a socket would get no multicast packets.
    const mdns = multicastDns({ interface: address, bind: '0.0.0.0' }) as unknown as Mdns;
    const open: Open = { link, mdns, up: false };
    this.#open.push(open);
    let joined = false;
    mdns.on('networkInterface', () => (joined = true));
    mdns.on('error', (error: Error) => this.#fail(open, error));
    mdns.on('warning', (error: NodeJS.ErrnoException) => {
      // What is no error of the system's is a packet that can't be read.
      if (error.syscall !== undefined) this.#fail(open, error);
    });
    mdns.on('ready', () => {
      if (!this.#open.includes(open)) return;
      if (!joined) return this.#fail(open, new Error('the multicast group could not be joined'));
      open.up = true;
      this.emit('up', link);
    });
    for (const type of ['query', 'response'] as const) {
      mdns.on(type, (message: DnsMessage, source: Source) => {
        if (open.up && isOnLink(link, source.address)) this.emit(type, link, message, source);
      });
    }
  }

  #fail(open: Open, error: Error): void {
    if (!this.#open.includes(open)) return;
    this.#options.onProblem?.(open.link.name, error.message);
    this.#drop(open);
    this.emit('links', this.#running);
  }

  #drop(open: Open): void {
    this.#open = this.#open.filter((other) => other !== open);
    void destroy(open.mdns);
  }
}

/**
 * Closes a socket, whatever state it is in. Not at once: multicast-dns goes on using it after it has told of a
 * failure, and throws when it is closed then.
 */
function destroy(mdns: Mdns): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(() => {
      try {
        mdns.destroy(resolve);
      } catch {
        resolve();
      }
    });
  });
}

/** How late a look may come on a busy machine, milliseconds. */
const longestDelay = 10_000;
