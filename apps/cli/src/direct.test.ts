import { describe, expect, it } from 'vitest';
import { checkHost, hostInUrl, shouldMove } from './direct.js';

describe('shouldMove', () => {
  it.each([
    ['192.168.1.7', '192.168.1.30'],
    ['10.0.0.9', '10.0.0.10'],
    ['fe80::2', 'fe80::10'],
  ])('of %s and %s exactly the higher one moves', (low, high) => {
    expect(shouldMove({ localAddress: low, remoteAddress: high })).toBe(false);
    expect(shouldMove({ localAddress: high, remoteAddress: low })).toBe(true);
  });

  it('nobody moves to itself', () => {
    expect(shouldMove({ localAddress: '127.0.0.1', remoteAddress: '127.0.0.1' })).toBe(false);
  });
});

it('hostInUrl puts IPv6 addresses into brackets', () => {
  expect(hostInUrl('fe80::1', 5000)).toBe('[fe80::1]:5000');
  expect(hostInUrl('laptop.local', 5000)).toBe('laptop.local:5000');
});

describe('checkHost', () => {
  it.each(['laptop', 'laptop.local.', '192.168.1.20', 'fe80::1', 'büro-2'])('lets %s through', (host) => {
    expect(checkHost(host)).toBe(host);
  });

  it.each(['', 'http://x/', 'a b', 'a:::b', '1.2.3.4.5', 'fe80::1%eth0', 'x:5000'])(
    'refuses "%s"',
    (host) => {
      expect(() => checkHost(host)).toThrow('is no host name or IP address');
    },
  );
});
