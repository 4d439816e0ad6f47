import { EventEmitter } from 'node:events';
import { toMillis, type Micros } from '@hellohaybye/core';
import { systemClock } from '@hellohaybye/core/node';
import { compareHosts } from '../choose-host.js';
import type { DnsMessage } from '../dns.js';
import type { Family, Link } from '../links.js';
import { QuerySchedule } from '../query-schedule.js';
import { ServerCache } from '../server-cache.js';
import { serviceType } from '../service.js';
import type { FoundServer } from '../types.js';
import { LinkSockets, type LinkOptions } from './link-sockets.js';

/** News of servers on the local network; what was heard of need not be reachable. */
export interface ServerWatchEvents {
  found: [server: FoundServer];
  /** Its addresses, or what it tells of itself. */
  changed: [server: FoundServer];
  /** It said goodbye, was not heard of for two minutes, or the link to it is gone. */
  lost: [server: FoundServer];
}

/** Starts to look for servers, on each link by itself, and goes on until `close`. Asks at once. */
export function watchServers(options: LinkOptions = {}): ServerWatch {
  return new ServerWatch(options);
}

/** A look-out for servers on the local network. Made by `watchServers`. */
export class ServerWatch extends EventEmitter<ServerWatchEvents> {
  readonly #cache = new ServerCache();
  readonly #sockets: LinkSockets;
  readonly #schedules = new Map<string, QuerySchedule>();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: LinkOptions) {
    super();
    this.#sockets = new LinkSockets(options);
    this.#sockets.on('up', (link, family) => {
      this.#schedules.set(channelOf(link, family), new QuerySchedule(systemClock.now()));
      this.#proceed();
    });
    this.#sockets.on('links', (links) => {
      this.#cache.setLinks(links);
      this.#proceed();
    });
    this.#sockets.on('response', (link, message, source) => this.#receive(link, message, source.family));
    this.#sockets.start();
  }

  /** The servers that are known of now, in the order of `compareHosts`. */
  get servers(): FoundServer[] {
    return this.#cache.servers.sort(compareHosts);
  }

  /** Ends the look-out; there are no more events. May be called again. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#sockets.close();
  }

  #receive(link: Link, message: DnsMessage, family: Family): void {
    this.#cache.receive(message, link, systemClock.now());
    this.#proceed();
    const tells = message.answers.some(({ name }) => name.toLowerCase().endsWith(serviceType));
    const questions = tells ? this.#cache.missing(link) : [];
    if (questions.length > 0) void this.#sockets.send(link, { type: 'query', questions }, { family });
  }

  /** Does what is due, tells what is new, and sleeps until something is due again. */
  #proceed(): void {
    if (this.#closed) return;
    const now = systemClock.now();
    this.#cache.expire(now);
    for (const { link, family } of this.#sockets.channels) {
      if (!this.#schedules.get(channelOf(link, family))?.isDue(now)) continue;
      const questions = [{ name: serviceType, type: 'PTR' }];
      void this.#sockets.send(link, { type: 'query', questions }, { family });
    }
    for (let event = this.#cache.poll(); event; event = this.#cache.poll()) {
      this.emit(event.type, event.server);
    }
    this.#sleep(now);
  }

  #sleep(now: Micros): void {
    clearTimeout(this.#timer);
    const asking = this.#sockets.channels.map(({ link, family }) =>
      this.#schedules.get(channelOf(link, family))?.nextDeadline(),
    );
    const deadlines = [this.#cache.nextDeadline(), ...asking].filter((deadline) => deadline !== undefined);
    if (deadlines.length === 0 || this.#closed) return;
    const pause = toMillis((Math.min(...deadlines) - now) as Micros);
    this.#timer = setTimeout(() => this.#proceed(), Math.max(1, Math.ceil(pause)));
    this.#timer.unref();
  }
}

const channelOf = ({ name }: Link, family: Family): string => `${family} ${name}`;
