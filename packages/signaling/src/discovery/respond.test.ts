import { describe, expect, it } from 'vitest';
import { millis } from '@hellohaybye/core';
import type { DnsMessage } from './dns.js';
import { linksOf } from './links.js';
import { mdnsPort, respond } from './respond.js';
import { goodbyeRecords, serviceRecords, serviceType, type AnnouncedServer } from './service.js';

const server: AnnouncedServer = {
  ...{ id: 'abc', kind: 'server', since: millis(5), versions: [1], port: 5000, host: '0.0.0.0' },
};
const [eth, wlan, lo] = linksOf([
  { name: 'eth0', address: '10.1.0.1', prefix: 24 },
  { name: 'eth0', address: 'fd00::1', prefix: 64 },
  { name: 'eth0', address: 'fe80::1', prefix: 64 },
  { name: 'wlan0', address: '10.2.0.1', prefix: 24 },
  { name: 'lo', address: '127.0.0.1', prefix: 8 },
]);
const records = serviceRecords(server, eth!);
const query = (name: string, type: string, answers: DnsMessage['answers'] = []): DnsMessage => {
  return { id: 77, questions: [{ name, type }], answers, additionals: [] };
};
const addressesIn = (list: { type: string; data: unknown }[]) =>
  list.filter(({ type }) => type.startsWith('A')).map(({ data }) => data);

describe('serviceRecords', () => {
  it('holds the addresses of one link alone, and those that are listened at', () => {
    expect(addressesIn(records)).toEqual(['10.1.0.1']);
    expect(addressesIn(serviceRecords(server, wlan!))).toEqual(['10.2.0.1']);
    expect(addressesIn(serviceRecords(server, lo!))).toEqual(['127.0.0.1']);
    const everywhere = { ...server, host: '::' };
    expect(addressesIn(serviceRecords(everywhere, eth!))).toEqual(['10.1.0.1', 'fd00::1', 'fe80::1']);
    expect(addressesIn(serviceRecords({ ...server, host: 'fe80::1%eth0' }, eth!))).toEqual(['fe80::1']);
  });

  it('is empty where nobody listens', () => {
    expect(serviceRecords({ ...server, host: '127.0.0.1' }, eth!)).toEqual([]);
    expect(serviceRecords({ ...server, host: '10.2.0.1' }, wlan!)).not.toEqual([]);
  });

  it('names nobody', () => {
    const told = JSON.stringify(serviceRecords(server, eth!));
    expect(told).not.toContain('name=');
    expect(JSON.stringify(serviceRecords({ ...server, name: 'Anna' }, eth!))).toContain('name=Anna');
  });

  it('is taken back with a time to live of 0', () => {
    const goodbye = goodbyeRecords(records);
    expect(goodbye.map(({ type, ttl }) => [type, ttl])).toEqual([
      ['PTR', 0],
      ['SRV', 0],
      ['TXT', 0],
      ['A', 0],
    ]);
  });
});

describe('respond', () => {
  it('answers who looks for the service with all that is needed to reach it', () => {
    const response = respond(query('_HelloHayBye._tcp.local', 'PTR'), records, mdnsPort);
    expect(response?.answers.map(({ type }) => type)).toEqual(['PTR']);
    expect(response?.additionals.map(({ type }) => type)).toEqual(['SRV', 'TXT', 'A']);
    expect(response?.legacy).toBeUndefined();
  });

  it('answers who looks for all types, and who asks for one record', () => {
    expect(respond(query('_services._dns-sd._udp.local', 'PTR'), records, mdnsPort)?.answers).toMatchObject([
      { data: serviceType },
    ]);
    expect(respond(query('hellohaybye-abc.local', 'A'), records, mdnsPort)).toMatchObject({
      ...{ answers: [{ data: '10.1.0.1' }], additionals: [] },
    });
    const any = respond(query(`hellohaybye-abc.${serviceType}`, 'ANY'), records, mdnsPort);
    expect(any?.answers.map(({ type }) => type)).toEqual(['SRV', 'TXT']);
    expect(any?.additionals.map(({ type }) => type)).toEqual(['A']);
  });

  it('is silent when asked for anything else', () => {
    expect(respond(query('_http._tcp.local', 'PTR'), records, mdnsPort)).toBeUndefined();
    expect(respond(query(serviceType, 'TXT'), records, mdnsPort)).toBeUndefined();
    expect(respond(query('hellohaybye-abc.local', 'AAAA'), records, mdnsPort)).toBeUndefined();
  });

  it('is silent towards who knows the answer, unless half of its time is over', () => {
    const known = (ttl: number) => [{ ...records[0]!, ttl }];
    expect(respond(query(serviceType, 'PTR', known(60)), records, mdnsPort)).toBeUndefined();
    expect(respond(query(serviceType, 'PTR', known(59)), records, mdnsPort)).toBeDefined();
  });

  it('answers who asks as of a DNS server to it alone, with its question and id', () => {
    const response = respond(query(serviceType, 'PTR', [{ ...records[0]! }]), records, 40_000);
    expect(response?.legacy).toEqual({ id: 77, questions: [{ name: serviceType, type: 'PTR' }] });
    for (const record of [...response!.answers, ...response!.additionals]) {
      expect(record).toMatchObject({ ttl: 10, flush: false });
    }
  });
});
