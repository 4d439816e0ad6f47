import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diffLinks, isOnLink, linksOf } from './links.js';

const lo = { name: 'lo', address: '127.0.0.1', prefix: 8 };
const lo6 = { name: 'lo', address: '::1', prefix: 128, zone: 'lo' };
const eth = { name: 'eth0', address: '192.168.1.20', prefix: 24 };
const eth6 = { name: 'eth0', address: 'fd00::20', prefix: 64, zone: 'eth0' };
const ethLocal = { name: 'eth0', address: 'fe80::20', prefix: 64, zone: 'eth0', index: 2 };
const names = (...args: Parameters<typeof linksOf>) => linksOf(...args).map(({ name }) => name);

describe('linksOf', () => {
  it('puts networks first, then those of containers and tunnels, and loopback last', () => {
    const interfaces = [
      lo,
      ...['docker0', 'br-12ab', 'veth9', 'virbr0', 'tun0', 'tap1', 'wg0', 'tailscale0', 'ztabc'].map(
        (name, index) => ({ name, address: `10.${index}.0.1`, prefix: 24 }),
      ),
      { name: 'wlan0', address: '169.254.3.4', prefix: 16 },
      eth,
    ];
    const sorted = linksOf(interfaces);
    expect(sorted.map(({ name }) => name)).toEqual([
      ...['eth0', 'wlan0', 'docker0', 'br-12ab', 'veth9', 'virbr0', 'tun0', 'tap1', 'wg0'],
      ...['tailscale0', 'ztabc', 'lo'],
    ]);
    expect(sorted.map(({ kind }) => kind)).toEqual([
      ...['network', 'network', ...new Array<string>(9).fill('virtual'), 'loopback'],
    ]);
  });

  it('gives an interface’s IPv4 address first, then IPv6, and link-local IPv6 last', () => {
    const [link] = linksOf([ethLocal, eth6, eth]);
    expect(link?.addresses.map(({ address }) => address)).toEqual(['192.168.1.20', 'fd00::20', 'fe80::20']);
    expect(link).toMatchObject({ families: [4, 6], zone: 'eth0', index: 2 });
  });

  it('takes an interface with the families that it has', () => {
    const familiesOf = (...interfaces: (typeof eth & { zone?: string })[]) =>
      linksOf(interfaces).map(({ families }) => families);
    expect(familiesOf(eth)).toEqual([[4]]);
    expect(familiesOf(eth6)).toEqual([[6]]);
    expect(familiesOf(ethLocal)).toEqual([[6]]);
    expect(familiesOf(eth, ethLocal)).toEqual([[4, 6]]);
    // Without the system's word for the interface there is no way to its IPv6 group, nor is there over loopback.
    expect(familiesOf({ ...eth6, zone: undefined as unknown as string })).toEqual([]);
    expect(familiesOf(lo, lo6)).toEqual([[4]]);
    expect(familiesOf(lo6)).toEqual([]);
  });

  it('puts one that has nothing but link-local addresses after a network', () => {
    const wlan = { name: 'wlan0', address: 'fd01::1', prefix: 64, zone: 'wlan0' };
    expect(names([ethLocal, wlan])).toEqual(['wlan0', 'eth0']);
  });

  it('uses the family alone of the address that was chosen', () => {
    const familiesFor = (address: string) => linksOf([eth, eth6, ethLocal], { address })[0]?.families;
    expect(familiesFor('192.168.1.20')).toEqual([4]);
    expect(familiesFor('fd00::20')).toEqual([6]);
  });

  it('takes those that were chosen, by name or by address', () => {
    expect(names([lo, lo6, eth], { interfaces: ['lo'] })).toEqual(['lo']);
    expect(names([lo, lo6, eth], { address: '192.168.1.20' })).toEqual(['eth0']);
    expect(names([lo, eth], { interfaces: [] })).toEqual([]);
    expect(names([lo, eth], { interfaces: ['lo'], address: '192.168.1.20' })).toEqual([]);
  });
});

describe('diffLinks', () => {
  it('starts what is new, stops what is gone, and does both with what has changed', () => {
    const before = linksOf([lo, eth, { name: 'wlan0', address: '10.0.0.2', prefix: 24 }]);
    const after = linksOf([lo, { ...eth, address: '192.168.1.21' }, { name: 'tun0', address: '10.8.0.2' }]);
    const { start, stop } = diffLinks(before, after);
    expect(start.map(({ name }) => name)).toEqual(['eth0', 'tun0']);
    expect(stop.map(({ name }) => name)).toEqual(['eth0', 'wlan0']);
  });

  it('leads from any links to any others, and to nothing to do', () => {
    const address = fc.record({
      name: fc.constantFrom('eth0', 'wlan0', 'docker0', 'lo'),
      address: fc.oneof(fc.ipV4(), fc.ipV6()),
      prefix: fc.nat(32),
    });
    fc.assert(
      fc.property(fc.array(address), fc.array(address), (one, other) => {
        const [before, after] = [linksOf(one), linksOf(other)];
        const { start, stop } = diffLinks(before, after);
        const running = [...before.filter((link) => !stop.includes(link)), ...start];
        expect(diffLinks(running, after)).toEqual({ start: [], stop: [] });
        expect(running).toHaveLength(after.length);
      }),
    );
  });
});

describe('isOnLink', () => {
  const [link] = linksOf([eth, eth6, ethLocal]);
  it.each([
    ['192.168.1.77', true],
    ['::ffff:192.168.1.77', true],
    ['fd00::1', true],
    ['fe80::77%eth0', true],
    ['fe80::77%eth1', false],
    ['192.168.2.77', false],
    ['127.0.0.1', false],
    ['nonsense', false],
  ])('%s: %s', (address, expected) => expect(isOnLink(link!, address)).toBe(expected));
});
