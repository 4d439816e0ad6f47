import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readZonedHost, zonedHost } from './zoned-host.js';

describe('a link-local address as a host name', () => {
  it('has its zone, and may stand in a URL', () => {
    const host = zonedHost('fe80::fc:ff:fe00:1', 4);
    expect(host).toBe('fe80--fc-ff-fe00-1s4.ipv6-literal.net');
    expect(new URL(`ws://${host}:5000`).hostname).toBe(host);
    expect(readZonedHost(host.toUpperCase())).toEqual({ address: 'fe80::fc:ff:fe00:1', index: 4 });
  });

  it('comes back whole, whatever it is', () => {
    const group = fc.integer({ min: 0, max: 0xffff }).map((value) => value.toString(16));
    const address = fc
      .array(group, { minLength: 4, maxLength: 4 })
      .map((groups) => `fe80::${groups.join(':')}`);
    fc.assert(
      fc.property(address, fc.integer({ min: 1, max: 1e8 }), (address, index) => {
        const { hostname } = new URL(`ws://${zonedHost(address, index)}:1`);
        expect(readZonedHost(hostname)).toEqual({ address, index });
      }),
    );
  });

  it.each([
    'fe80--1.ipv6-literal.net',
    'fd00--1s4.ipv6-literal.net',
    'fe80--1s4.example',
    'fe80--1--2s4.ipv6-literal.net',
    'x.fe80--1s4.ipv6-literal.net',
    'ipv6-literal.net',
    '192.0.2.1',
    '',
  ])('%s is none', (host) => expect(readZonedHost(host)).toBeUndefined());
});
