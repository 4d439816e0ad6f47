import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { micros, millis, seconds } from '@hellohaybye/core';
import type { DnsMessage, DnsRecord } from './dns.js';
import { linksOf } from './links.js';
import { ServerCache } from './server-cache.js';
import { goodbyeRecords, serviceRecords, serviceType, type AnnouncedServer } from './service.js';

const ours = linksOf([
  { name: 'eth0', address: '10.1.0.9', prefix: 24 },
  { name: 'docker0', address: '172.17.0.1', prefix: 16 },
  { name: 'lo', address: '127.0.0.1', prefix: 8 },
]);
const [eth, docker, lo] = ours as [(typeof ours)[0], (typeof ours)[0], (typeof ours)[0]];
const theirs = linksOf([
  { name: 'eth0', address: '10.1.0.1', prefix: 24 },
  { name: 'docker0', address: '172.17.0.2', prefix: 16 },
  { name: 'lo', address: '127.0.0.1', prefix: 8 },
]);
const server: AnnouncedServer = {
  ...{ id: 'abc', kind: 'participant', since: millis(5), versions: [1], port: 5000, host: '0.0.0.0' },
};
const records = (link: number, change: Partial<AnnouncedServer> = {}) =>
  serviceRecords({ ...server, ...change }, theirs[link]!);
const message = (answers: readonly DnsRecord[], additionals: readonly DnsRecord[] = []): DnsMessage => {
  return { questions: [], answers, additionals };
};
const at = (s: number) => seconds(1000 + s);

let cache: ServerCache;
const events = () => {
  const told: string[] = [];
  for (let event = cache.poll(); event; event = cache.poll()) told.push(`${event.type} ${event.server.id}`);
  return told;
};
beforeEach(() => {
  cache = new ServerCache();
  cache.setLinks(ours);
});

describe('ServerCache', () => {
  it('finds a server, whole in one response', () => {
    cache.receive(message(records(0)), eth, at(0));
    expect(events()).toEqual(['found abc']);
    expect(cache.servers).toEqual([
      {
        ...{ id: 'abc', kind: 'participant', since: millis(5), versions: [1], port: 5000, local: false },
        ...{ addresses: ['10.1.0.1'], urls: ['ws://10.1.0.1:5000'] },
      },
    ]);
    expect(cache.missing(eth)).toEqual([]);
  });

  it('finds a server piece by piece, and knows what to ask for', () => {
    const [pointer, service, txt, address] = records(0);
    cache.receive(message([pointer!]), eth, at(0));
    expect(cache.missing(eth).map(({ type }) => type)).toEqual(['SRV', 'TXT']);
    cache.receive(message([service!]), eth, at(0));
    expect(cache.missing(eth).map(({ type }) => type).sort()).toEqual(['A', 'AAAA', 'TXT']); // prettier-ignore
    cache.receive(message([address!, txt!]), eth, at(0));
    expect(cache.missing(eth)).toEqual([]);
    expect(events()).toEqual(['found abc']);
  });

  it('is told of a server in any order of records, in answers or additionals', () => {
    const all = records(0);
    const split = fc.tuple(fc.shuffledSubarray(all, { minLength: all.length }), fc.nat(all.length));
    fc.assert(
      fc.property(split, ([shuffled, cut]) => {
        const fresh = new ServerCache();
        fresh.setLinks(ours);
        fresh.receive(message(shuffled.slice(0, cut), shuffled.slice(cut)), eth, at(0));
        expect(fresh.servers).toHaveLength(1);
      }),
    );
  });

  it('tells once of what is repeated, and of what has changed', () => {
    cache.receive(message(records(0)), eth, at(0));
    cache.receive(message(records(0)), eth, at(1));
    expect(events()).toEqual(['found abc']);
    cache.receive(message(records(0, { port: 6000 })), eth, at(2));
    expect(events()).toEqual(['changed abc']);
    expect(cache.servers).toMatchObject([{ port: 6000 }]);
  });

  it('puts a server’s addresses in order: loopback, good links, others, and those of no network of ours', () => {
    const odd: DnsRecord = { type: 'A', name: 'hellohaybye-abc.local', ttl: 120, data: '192.0.2.1' };
    cache.receive(message(records(1)), docker, at(0));
    cache.receive(message([odd, ...records(0).map((record) => ({ ...record, flush: false }))]), eth, at(0));
    expect(cache.servers[0]?.addresses).toEqual(['10.1.0.1', '172.17.0.2', '192.0.2.1']);
    expect(cache.servers[0]?.local).toBe(false);
    cache.receive(message(records(2)), lo, at(0));
    expect(cache.servers[0]?.addresses[0]).toBe('127.0.0.1');
    expect(cache.servers[0]?.local).toBe(true);
  });

  it('gives link-local addresses the zone of the link they were heard on, and a url that can be used', () => {
    const interfaces = ['eth0', 'wlan0'].map((name, at) => ({
      ...{ name, address: `fe80::${at + 9}`, prefix: 64, zone: name, index: at + 2 },
    }));
    const [one, other] = linksOf(interfaces);
    const [answer] = linksOf([{ name: 'eth0', address: 'fe80::1', prefix: 64, zone: 'eth0' }]);
    const told = message(serviceRecords({ ...server, host: '::' }, answer!));
    cache.setLinks([one!, other!]);
    cache.receive(told, one!, at(0));
    // Over the other family as well, or over another link.
    cache.receive(told, one!, at(0));
    cache.receive(told, other!, at(0));
    expect(events()).toEqual(['found abc', 'changed abc']);
    expect(cache.servers).toMatchObject([
      {
        addresses: ['fe80::1%eth0', 'fe80::1%wlan0'],
        urls: ['ws://fe80--1s2.ipv6-literal.net:5000', 'ws://fe80--1s3.ipv6-literal.net:5000'],
      },
    ]);
  });

  it('puts IPv4 first, and link-local IPv6 last', () => {
    const [both] = linksOf([
      { name: 'eth0', address: '10.1.0.9', prefix: 24 },
      { name: 'eth0', address: 'fd00::9', prefix: 64, zone: 'eth0' },
      { name: 'eth0', address: 'fe80::9', prefix: 64, zone: 'eth0', index: 2 },
    ]);
    const [answer] = linksOf([
      { name: 'eth0', address: 'fe80::1', prefix: 64, zone: 'eth0' },
      { name: 'eth0', address: 'fd00::1', prefix: 64, zone: 'eth0' },
      { name: 'eth0', address: '10.1.0.1', prefix: 24 },
    ]);
    cache.setLinks([both!]);
    cache.receive(message(serviceRecords({ ...server, host: '::' }, answer!)), both!, at(0));
    expect(cache.servers[0]?.addresses).toEqual(['10.1.0.1', 'fd00::1', 'fe80::1%eth0']);
  });

  it.each(['127.0.0.1', '224.0.0.1', '0.0.0.0', 'x', '::1', 'fe80::1'])(
    'takes no %s for an address of another machine',
    (address) => {
      const family = address.includes(':') ? 'AAAA' : 'A';
      const bad = records(0).map((record) =>
        record.type === 'A' ? ({ ...record, type: family, data: address } as DnsRecord) : record,
      );
      cache.receive(message(bad), eth, at(0));
      expect(events()).toEqual([]);
    },
  );

  it('forgets who says goodbye, at once', () => {
    cache.receive(message(records(0)), eth, at(0));
    cache.receive(message(goodbyeRecords(records(0))), eth, at(1));
    expect(events()).toEqual(['found abc', 'lost abc']);
    expect(cache.nextDeadline()).toBeUndefined();
  });

  it('forgets who is not heard of for the time that was told', () => {
    cache.receive(message(records(0)), eth, at(0));
    expect(cache.nextDeadline()).toBe(at(120));
    cache.expire(micros(at(120) - 1));
    expect(events()).toEqual(['found abc']);
    cache.expire(at(120));
    expect(events()).toEqual(['lost abc']);
  });

  it('forgets what was heard on a link that is gone, and no more', () => {
    cache.receive(message(records(0)), eth, at(0));
    cache.receive(message(records(1)), docker, at(0));
    events();
    cache.setLinks([docker, lo]);
    expect(events()).toEqual(['changed abc']);
    expect(cache.servers[0]?.addresses).toEqual(['172.17.0.2']);
    cache.setLinks([lo]);
    expect(events()).toEqual(['lost abc']);
  });

  it('does not fill the memory with what others say', () => {
    for (let index = 0; index < 2000; index++) {
      const name = `x${index}.${serviceType}`;
      cache.receive(message([{ type: 'PTR', name: serviceType, ttl: 1e9, data: name }]), eth, at(0));
    }
    expect(cache.missing(eth).length).toBeLessThanOrEqual(240);
    expect(cache.nextDeadline()).toBeLessThanOrEqual(at(4500));
    // The addresses of printers and the like are none of ours.
    const fresh = new ServerCache();
    fresh.setLinks(ours);
    fresh.receive(message([{ type: 'A', name: 'printer.local', ttl: 120, data: '10.1.0.7' }]), eth, at(0));
    expect(fresh.nextDeadline()).toBeUndefined();
  });

  it('never throws, whatever is in a response', () => {
    const record = fc.record(
      {
        name: fc.oneof(fc.constantFrom(serviceType, `a.${serviceType}`, 'b.local'), fc.anything()),
        type: fc.oneof(fc.constantFrom('PTR', 'SRV', 'TXT', 'A', 'AAAA'), fc.anything()),
        ttl: fc.oneof(fc.nat(), fc.anything()),
        data: fc.oneof(
          fc.constantFrom(
            `a.${serviceType}`,
            { target: 'b.local', port: 1 },
            [new Uint8Array([1])],
            '10.1.0.3',
          ),
          fc.anything(),
        ),
        flush: fc.boolean(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.array(record), (list) => {
        cache.receive(message(list as unknown as DnsRecord[]), eth, at(0));
        for (const { addresses, port } of cache.servers) {
          expect(addresses.length).toBeGreaterThan(0);
          expect(port).toBeGreaterThan(0);
        }
        cache.missing(eth);
        events();
      }),
    ); // prettier-ignore
  });
});
