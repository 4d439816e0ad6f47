import { createSocket } from 'node:dgram';
import { EventEmitter } from 'node:events';
import { messageOf } from '@hellohaybye/core';
import multicastDns from 'multicast-dns';
import { interfaceAddresses } from '../../addresses/node/local-candidates.js';
import type { InterfaceAddress } from '../../addresses/order-candidates.js';
import type { DnsMessage } from '../dns.js';
import { diffLinks, isOnLink, linksOf, type Family, type Link, type LinkChoice } from '../links.js';

/** Which links are used, and how often it is looked whether they have changed. */
export interface LinkOptions extends LinkChoice {
  /** Milliseconds between looks at the network interfaces. Default 1000. */
  pollMs?: number;
  /** Told when a link can't be used over one of its families, a line each time; it is tried again. */
  onProblem?: (link: string, message: string) => void;
}

/** Who sent a packet. */
export interface Source {
  address: string;
  port: number;
  family: Family;
}

/** To whom a message goes; to everybody on the link, over each family that is up, where nothing is said. */
export interface Destination {
  /** Over one family alone. */
  family?: Family;
  /** To one alone. */
  to?: Source;
}

/** One way over which a link is used. */
export interface Channel {
  link: Link;
  family: Family;
}

interface LinkSocketEvents {
  /** A link can be sent on over this family from now on. */
  up: [link: Link, family: Family];
  /** The links have changed: those that are in use, best first. */
  links: [links: readonly Link[]];
  query: [link: Link, message: DnsMessage, source: Source];
  response: [link: Link, message: DnsMessage, source: Source];
}

/** What is used of multicast-dns; its own types lack some of it. */
interface Mdns extends EventEmitter {
  send(
    message: object,
    to: { address: string; port: number } | null,
    sent: (error?: Error | null) => void,
  ): void;
  destroy(closed: () => void): void;
}

interface Open extends Channel {
  mdns: Mdns;
  up: boolean;
}

/**
 * A multicast DNS socket for each link and each of its families, IPv4 and IPv6. Links that come, go and fail while it
 * runs do no harm, nor does a family that fails where the other one works: what fails is closed and tried again at the
 * next look. No error ever leaves it as an event or an exception.
 */
export class LinkSockets extends EventEmitter<LinkSocketEvents> {
  /** Those that there are, best first, whether they can be used or not. */
  #links: readonly Link[] = [];
  #open: Open[] = [];
  /** The links that were told of last. */
  #told: readonly Link[] = [];
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
    return this.#links.filter((link) => this.#open.some((open) => open.up && open.link === link));
  }

  /** The ways over which they can be. */
  get channels(): Channel[] {
    return this.#open.filter(({ up }) => up).map(({ link, family }) => ({ link, family }));
  }

  /** Sends a message on a link. Resolves when it is sent, or can't be. */
  async send(link: Link, message: object, { family, to }: Destination = {}): Promise<void> {
    const ways = this.#open.filter(
      (open) => open.up && open.link === link && (family === undefined || open.family === family),
    );
    await Promise.all(ways.map((open) => this.#sendOver(open, message, to)));
  }

  /** Closes all links. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#links = [];
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
    const { start, stop } = diffLinks(slept ? [] : this.#links, found);
    const stopping = slept ? this.#links : stop;
    const kept = this.#links.filter((link) => !stopping.includes(link));
    for (const open of this.#open.filter(({ link }) => stopping.includes(link))) this.#drop(open);
    const order = (link: Link) => found.findIndex(({ name }) => name === link.name);
    this.#links = [...kept, ...start].sort((one, other) => order(one) - order(other));
    for (const link of this.#links) {
      for (const family of link.families) {
        const isOpen = this.#open.some((open) => open.link === link && open.family === family);
        if (!isOpen) this.#openLink(link, family);
      }
    }
    this.#tellLinks();
  }

  /** Tells of the links that are open, where others are than before. */
  #tellLinks(): void {
    const running = this.#links.filter((link) => this.#open.some((open) => open.link === link));
    const isSame = running.length === this.#told.length && running.every((one, at) => one === this.#told[at]);
    if (isSame) return;
    this.#told = running;
    this.emit('links', running);
  }

  #sendOver(open: Open, message: object, to: Source | undefined): Promise<void> {
    return new Promise((resolve) => {
      const sent = (error?: Error | null) => {
        if (error) this.#fail(open, error);
        resolve();
      };
      try {
        open.mdns.send(message, to ? { address: to.address, port: to.port } : null, sent);
      } catch (error) {
        sent(error as Error);
      }
    });
  }

  #openLink(link: Link, family: Family): void {
    const mdns = family === 4 ? openIpv4(link) : openIpv6(link);
    const open: Open = { link, family, mdns, up: false };
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
      this.emit('up', link, family);
    });
    for (const type of ['query', 'response'] as const) {
      mdns.on(type, (message: DnsMessage, { address, port }: { address: string; port: number }) => {
        if (open.up && isOnLink(link, address)) this.emit(type, link, message, { address, port, family });
      });
    }
  }

  #fail(open: Open, error: Error): void {
    if (!this.#open.includes(open)) return;
    this.#options.onProblem?.(open.link.name, error.message);
    this.#drop(open);
    this.#tellLinks();
  }

  #drop(open: Open): void {
    this.#open = this.#open.filter((other) => other !== open);
    void destroy(open.mdns);
  }
}

function openIpv4({ addresses }: Link): Mdns {
  const { address } = addresses.find(({ family }) => family === 4)!;
  // Bound to its own address, a socket would get no multicast packets.
  return multicastDns({ interface: address, bind: '0.0.0.0' }) as unknown as Mdns;
}

function openIpv6({ zone }: Link): Mdns {
  // It leaves IPv4 to the other socket.
  const socket = createSocket({ type: 'udp6', reuseAddr: true, ipv6Only: true });
  const options = { socket, type: 'udp6' as const, ip: ipv6Group, interface: `::%${zone}`, bind: '::' };
  return multicastDns(options) as unknown as Mdns;
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

/** The group of mDNS (RFC 6762, section 3), on the link that the socket is of. */
const ipv6Group = 'ff02::fb';

/** How late a look may come on a busy machine, milliseconds. */
const longestDelay = 10_000;
