import { seconds, type Micros } from '@hellohaybye/core';
import { foldName, readRecords, type DnsMessage, type DnsQuestion, type DnsRecord } from './dns.js';
import { assembleServers } from './assemble-servers.js';
import type { Link } from './links.js';
import { serviceType } from './service.js';
import type { FoundServer, ServerEvent } from './types.js';

/** A record, and until when it holds. */
interface Kept {
  record: DnsRecord;
  expires: Micros;
}

/**
 * What was heard of servers on all links. Pure: responses and `now` go in, `poll` gives out what has changed,
 * until there is nothing more, and `nextDeadline` is when to call `expire`.
 */
export class ServerCache {
  #links: Link[] = [];
  readonly #kept = new Map<string, Kept[]>();
  #servers = new Map<string, FoundServer>();
  readonly #events: ServerEvent[] = [];

  /** All links, best first. What was heard on one that is gone is forgotten. */
  setLinks(links: readonly Link[]): void {
    this.#links = [...links];
    for (const name of this.#kept.keys()) {
      if (!links.some((link) => link.name === name)) this.#kept.delete(name);
    }
    this.#refresh();
  }

  /** Takes what a response that came over a link tells. */
  receive(message: DnsMessage, link: Link, now: Micros): void {
    const records = readRecords([...message.answers, ...message.additionals]);
    const flushed = new Set(records.filter(({ flush }) => flush).map(keyOf));
    const replaced = (kept: Kept) => flushed.has(keyOf(kept.record));
    const kept = (this.#kept.get(link.name) ?? []).filter((old) => !replaced(old));
    // Addresses last: they are of use only where a service is known that has them.
    for (const record of [...records.filter(isService), ...records.filter((other) => !isService(other))]) {
      const same = kept.findIndex((old) => isSame(old.record, record));
      if (same >= 0) kept.splice(same, 1);
      if (record.ttl === 0 || !isOfUse(record, kept)) continue;
      // Whoever floods the link does not fill the memory.
      if (kept.length >= mostRecords) continue;
      kept.push({ record, expires: (now + seconds(Math.min(record.ttl, longest))) as Micros });
    }
    this.#kept.set(link.name, kept);
    this.#refresh();
  }

  /** Forgets what holds no longer. */
  expire(now: Micros): void {
    for (const [name, kept] of this.#kept) {
      this.#kept.set(
        name,
        kept.filter(({ expires }) => expires > now),
      );
    }
    this.#refresh();
  }

  /** When the next record expires; undefined when there is none. */
  nextDeadline(): Micros | undefined {
    const all = [...this.#kept.values()].flat();
    return all.length === 0 ? undefined : (Math.min(...all.map(({ expires }) => expires)) as Micros);
  }

  /** The next change, until there is none. */
  poll(): ServerEvent | undefined {
    return this.#events.shift();
  }

  /** All servers that are known of now. */
  get servers(): FoundServer[] {
    return [...this.#servers.values()];
  }

  /** What a link has to be asked for besides, where a response told of a server and not all about it. */
  missing(link: Link): DnsQuestion[] {
    const records = (this.#kept.get(link.name) ?? []).map(({ record }) => record);
    const has = (name: string, ...types: string[]) =>
      records.some((record) => types.includes(record.type) && foldName(record.name) === foldName(name));
    return records.flatMap((record): DnsQuestion[] => {
      if (record.type === 'SRV') {
        const { target } = record.data;
        return has(target, 'A', 'AAAA') ? [] : [{ name: target, type: 'A' }, { name: target, type: 'AAAA' }]; // prettier-ignore
      }
      if (record.type !== 'PTR') return [];
      return ['SRV', 'TXT'].filter((type) => !has(record.data, type)).map((type) => ({ name: record.data, type })); // prettier-ignore
    });
  }

  #refresh(): void {
    const before = this.#servers;
    const perLink = this.#links.map((link) => ({
      link,
      records: (this.#kept.get(link.name) ?? []).map(({ record }) => record),
    }));
    this.#servers = new Map(assembleServers(perLink).map((server) => [server.id, server]));
    for (const [id, server] of before) {
      if (!this.#servers.has(id)) this.#events.push({ type: 'lost', server });
    }
    for (const [id, server] of this.#servers) {
      const old = before.get(id);
      if (!old) this.#events.push({ type: 'found', server });
      else if (JSON.stringify(old) !== JSON.stringify(server)) this.#events.push({ type: 'changed', server });
    }
  }
}

const keyOf = ({ name, type }: DnsRecord): string => `${type} ${foldName(name)}`;

const isSame = (one: DnsRecord, other: DnsRecord): boolean =>
  keyOf(one) === keyOf(other) && JSON.stringify(one.data) === JSON.stringify(other.data);

const isService = ({ type }: DnsRecord): boolean => type !== 'A' && type !== 'AAAA';

/** Whether a record is one of a server of ours, or an address of its host. */
function isOfUse(record: DnsRecord, kept: readonly Kept[]): boolean {
  const name = foldName(record.name);
  if (record.type === 'PTR') return name === serviceType;
  if (record.type === 'SRV' || record.type === 'TXT') return name.endsWith(`.${serviceType}`);
  return kept.some((other) => other.record.type === 'SRV' && foldName(other.record.data.target) === name);
}

/** Records that are kept for each link. */
const mostRecords = 120;

/** Seconds that a record is believed at most, whatever it says. */
const longest = 4500;
