import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCidr, type Cidr } from './cidr.js';
import { clientAddress } from './client-address.js';

const networks = (...texts: string[]): Cidr[] => texts.map((text) => parseCidr(text)!);
const trusted = networks('10.0.0.0/8', 'fd00::/8');

describe('a network', () => {
  it.each([
    ['10.0.0.0/8', 8],
    ['192.0.2.7', 32],
    ['fd00::/8', 8],
    ['::1', 128],
    ['0.0.0.0/0', 0],
  ])('%s has a prefix of %i bits', (text, prefix) => expect(parseCidr(text)?.prefix).toBe(prefix));

  it.each([
    '',
    '10.0.0.0/33',
    '10.0.0/8',
    '10.0.0.0/',
    'fd00::/129',
    'proxy.example',
    '10.0.0.0/8/8',
    ' 10.0.0.1',
  ])('%j is none', (text) => expect(parseCidr(text)).toBeUndefined());
});

describe('the address of a client', () => {
  it.each([
    ['without a header', '10.0.0.1', undefined, '10.0.0.1'],
    ['from who is no proxy of ours', '192.0.2.9', '198.51.100.7', '192.0.2.9'],
    ['through one proxy', '10.0.0.1', '198.51.100.7', '198.51.100.7'],
    ['through two', '10.0.0.1', '198.51.100.7, 10.0.0.2', '198.51.100.7'],
    ['with something made up before it', '10.0.0.1', '203.0.113.1, 198.51.100.7', '198.51.100.7'],
    ['that is hidden', '10.0.0.1', 'unknown', '10.0.0.1'],
    ['that is hidden behind two', '10.0.0.1', 'unknown, 10.0.0.2', '10.0.0.2'],
    ['when all are ours', '10.0.0.1', '10.0.0.3,10.0.0.2', '10.0.0.3'],
    ['with a port', '10.0.0.1', '198.51.100.7:4711', '198.51.100.7'],
    ['of IPv6 with a port', 'fd00::1', '[2001:db8::7]:4711', '2001:db8::7'],
    ['of IPv6', 'fd00::1', '2001:db8::7', '2001:db8::7'],
    ['of IPv4 in IPv6', '::ffff:10.0.0.1', '::ffff:198.51.100.7', '198.51.100.7'],
    ['with an empty header', '10.0.0.1', '', '10.0.0.1'],
  ])('%s', (_, peer, header, client) =>
    expect(clientAddress(peer, header, 'x-forwarded-for', trusted)).toBe(client),
  );

  it.each([
    ['for=198.51.100.7', '198.51.100.7'],
    ['For="[2001:db8::7]:4711";proto=https;by=10.0.0.1', '2001:db8::7'],
    ['for=203.0.113.1, for=198.51.100.7;host="a,b;for=1.2.3.4", for=10.0.0.2', '198.51.100.7'],
    ['for=_hidden', '10.0.0.1'],
    ['proto=https', '10.0.0.1'],
    ['for="198.51.100.7', '10.0.0.1'],
  ])('in Forwarded: %s', (header, client) =>
    expect(clientAddress('10.0.0.1', header, 'forwarded', trusted)).toBe(client),
  );

  const foreign = fc.ipV4().filter((address) => !address.startsWith('10.') && !/^0|\.0\d/.test(address));
  const ours = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255)).map((bytes) => `10.${bytes.join('.')}`);

  it('is who the first proxy of ours heard from, whatever the client claims', () => {
    fc.assert(
      fc.property(fc.string(), foreign, fc.array(ours), ours, (claim, client, hops, peer) => {
        // Each proxy adds whom it heard from; the client may have sent a header of its own.
        const header = [claim, client, ...hops].join(', ');
        expect(clientAddress(peer, header, 'x-forwarded-for', trusted)).toBe(client);
      }),
    );
  });

  it('is the peer’s whatever it sends, when it is no proxy of ours', () => {
    const kind = fc.constantFrom('x-forwarded-for' as const, 'forwarded' as const);
    fc.assert(
      fc.property(foreign, fc.string(), kind, (peer, header, kind) => {
        expect(clientAddress(peer, header, kind, trusted)).toBe(peer);
        expect(clientAddress(peer, header, kind, [])).toBe(peer);
      }),
    );
  });

  it('is an address whatever the header holds', () => {
    const kind = fc.constantFrom('x-forwarded-for' as const, 'forwarded' as const);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), kind, (header, kind) => {
        expect(clientAddress('10.0.0.1', header, kind, trusted)).toMatch(/^[\da-f:.]+$/i);
      }),
    );
  });
});
