import { once } from 'node:events';
import { get } from 'node:http';
import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { describe, expect, it } from 'vitest';
import { zonedHost } from '../zoned-host.js';
import { lookupHost, placeOf, readServerUrl, resolveHost } from './resolve-host.js';

/** An interface of this machine that has a link-local address, if it has one. */
const own = Object.entries(networkInterfaces())
  .flatMap(([name, list = []]) => list.map((one) => ({ ...one, name })))
  .find((one) => (one.scopeid ?? 0) > 0);
const zone = process.platform === 'win32' ? String(own?.scopeid) : own?.name;
const withLinkLocal = it.skipIf(own === undefined);
const nowhere = zonedHost('fe80::1', 999_999_999);

describe('a host that stands for a link-local address', () => {
  withLinkLocal('is told with the zone that it has here, and read as it is told', () => {
    const host = zonedHost('fe80::1', own!.scopeid!);
    expect(resolveHost(host)).toBe(`fe80::1%${zone}`);
    expect(isIPv6(`fe80::1%${zone}`)).toBe(true);
    expect(placeOf(`ws://${host}:5000`)).toBe(`[fe80::1%${zone}]:5000`);
    expect(readServerUrl(`ws://[fe80::1%${zone}]:5000`)).toBe(`ws://${host}:5000`);
    expect(readServerUrl(`wss://[FE80::1%25${zone}]:5000#pin`)).toBe(`wss://${host}:5000#pin`);
  });

  it('is nowhere when its interface is not there', () => {
    expect(resolveHost(nowhere)).toBeUndefined();
    expect(placeOf(`ws://${nowhere}:5000`)).toBe(`${nowhere}:5000`);
  });

  it.each(['ws://[fe80::1%nowhere]:5000', 'ws://[fd00::1%eth0]:5000', 'ws://192.0.2.1:5000', 'nonsense', ''])(
    'is not in "%s", which stays as it is',
    (url) => expect(readServerUrl(url)).toBe(url),
  );

  it('is told like any other place where it is none', () => {
    expect(placeOf('ws://192.0.2.1:5000')).toBe('192.0.2.1:5000');
    expect(placeOf('wss://[fd00::1]:5000#pin')).toBe('[fd00::1]:5000');
    expect(placeOf('nonsense')).toBe('nonsense');
    expect(resolveHost('example.org')).toBe('example.org');
  });

  it('fails a request as an address does that leads nowhere, and never outside of it', async () => {
    const request = get(`http://${nowhere}:9/`, { agent: false, lookup: lookupHost });
    const [error] = (await once(request, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('EHOSTUNREACH');
  });
});
