import fc from 'fast-check';
import { isIP } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { Candidate } from '../protocol/types.js';
import { chooseAddress, chooseAddresses } from './choose-address.js';
import { isLinkLocal, isLoopback, isUnicast, normalizeAddress, parseIp } from './ip.js';
import { isOwnAddress, localCandidates, offeredCandidates } from './node/local-candidates.js';
import { linkLocalZones, orderCandidates } from './order-candidates.js';

const v4 = (address: string, prefix?: number): Candidate =>
  prefix === undefined ? { address, family: 4 } : { address, family: 4, prefix };
const v6 = (address: string, prefix = 64): Candidate => ({ address, family: 6, prefix });
const loopback = v4('127.0.0.1', 8);
const docker = v4('172.17.0.1', 16);
const at = (observedAddress: string, ...candidates: Candidate[]) => ({
  observedAddress,
  media: { candidates, ports: {}, streams: [] },
});

/** What `mine` sends to `theirs`. */
const choose = (mine: ReturnType<typeof at>, theirs: ReturnType<typeof at>, family?: 4 | 6) =>
  chooseAddress({ mine, theirs, myInterfaces: mine.media.candidates, ...(family && { family }) });

describe('chooseAddress', () => {
  it('stays on loopback when all are on one machine', () => {
    const one = at('127.0.0.1', v4('192.168.1.5', 24), loopback);
    expect(choose(one, one)).toBe('127.0.0.1');
    expect(choose(one, at('::ffff:127.0.0.1', v4('192.168.1.5', 24)))).toBe('127.0.0.1');
    expect(choose(at('127.0.0.1'), at('::1'))).toBe('127.0.0.1');
  });

  it('finds both ways when the server is on the machine of one of them', () => {
    const host = at('127.0.0.1', v4('192.168.1.5', 24), docker, loopback);
    const guest = at('192.168.1.9', v4('192.168.1.9', 24), docker, loopback);
    expect(choose(host, guest)).toBe('192.168.1.9');
    expect(choose(guest, host)).toBe('192.168.1.5');
  });

  it('uses the network they share when both have two interfaces', () => {
    const one = at('10.0.0.2', v4('10.0.0.2', 24), v4('192.168.1.2', 24));
    const other = at('192.168.7.3', v4('192.168.7.3', 24), v4('10.0.0.3', 24));
    expect(choose(one, other)).toBe('10.0.0.3');
    expect(choose(other, one)).toBe('10.0.0.2');
  });

  it('prefers the shared network in which the server sees them', () => {
    const mine = at('10.0.0.2', v4('10.0.0.2', 24), v4('192.168.1.2', 24));
    const theirs = at('192.168.1.3', v4('10.0.0.3', 24), v4('192.168.1.3', 24));
    expect(choose(mine, theirs)).toBe('192.168.1.3');
  });

  it('is not fooled by the bridge that every container host has', () => {
    const one = at('10.1.0.2', v4('10.1.0.2', 24), docker);
    const other = at('10.2.0.3', v4('10.2.0.3', 24), docker);
    expect(choose(one, other)).toBe('10.2.0.3');
  });

  it('prefers the local network to a VPN that both are in', () => {
    const one = at('192.168.1.2', v4('192.168.1.2', 24), v4('10.8.0.2', 24));
    const other = at('192.168.1.3', v4('192.168.1.3', 24), v4('10.8.0.6', 24));
    expect(choose(one, other)).toBe('192.168.1.3');
  });

  it('uses the VPN when it is all that they share', () => {
    const one = at('10.8.0.2', v4('192.168.1.2', 24), v4('10.8.0.2', 24));
    const other = at('10.8.0.6', v4('192.168.2.3', 24), v4('10.8.0.6', 24));
    expect(choose(one, other)).toBe('10.8.0.6');
  });

  it('knows two on one machine that came in through the network', () => {
    const one = at('192.168.1.5', v4('192.168.1.5', 24), docker);
    expect(choose(one, one)).toBe('192.168.1.5');
  });

  it('finds two containers behind one address', () => {
    const one = at('192.168.1.5', v4('172.17.0.2', 16));
    const other = at('192.168.1.5', v4('172.17.0.3', 16));
    expect(choose(one, other)).toBe('172.17.0.3');
  });

  it('takes what the server sees when they share no network', () => {
    const one = at('10.0.0.2', v4('10.0.0.2', 24));
    expect(choose(one, at('203.0.113.4', v4('192.168.1.3', 24)))).toBe('203.0.113.4');
    expect(choose(one, at('::ffff:203.0.113.4', v4('192.168.1.3', 24)))).toBe('203.0.113.4');
  });

  it('takes their first address when the server shares a machine with them and no network is shared', () => {
    const theirs = at('127.0.0.1', loopback, v4('192.168.1.3', 24), v4('10.0.0.9', 24));
    expect(choose(at('172.20.0.2', v4('172.20.0.2', 24)), theirs)).toBe('192.168.1.3');
  });

  it('has an answer when they offer nothing', () => {
    expect(choose(at('10.0.0.2'), at('10.0.0.3'))).toBe('10.0.0.3');
    expect(choose(at('10.0.0.2'), at('127.0.0.1'))).toBe('127.0.0.1');
    expect(choose(at('10.0.0.2'), at('127.0.0.1', loopback))).toBe('127.0.0.1');
  });

  it('takes IPv4 before IPv6, and one family alone when told so', () => {
    const one = at('fd00::1', v6('fd00::1'), v4('192.168.1.2', 24));
    const other = at('fd00::2', v6('fd00::2'), v4('192.168.1.3', 24));
    expect(choose(one, other)).toBe('192.168.1.3');
    expect(choose(one, other, 6)).toBe('fd00::2');
    const v4only = at('fd00::2', v4('10.5.0.3', 24), v6('fd00::2'));
    expect(choose(one, v4only, 4)).toBe('10.5.0.3');
  });

  it('goes by the narrower of two prefixes', () => {
    const one = at('10.0.1.2', v4('10.0.1.2', 8));
    const other = at('203.0.113.4', v4('10.0.2.3', 24));
    expect(choose(one, other)).toBe('203.0.113.4');
  });

  it('answers with an address of theirs, whatever the addresses are', () => {
    const address = fc.oneof(fc.ipV4(), fc.ipV6(), fc.string());
    const candidate = fc.record({
      address,
      family: fc.constantFrom(4 as const, 6 as const),
      prefix: fc.nat(128),
    });
    const person = fc.tuple(address, fc.array(candidate, { maxLength: 5 }));
    fc.assert(
      fc.property(person, person, ([mineSeen, mine], [theirsSeen, theirs]) => {
        const chosen = choose(at(mineSeen, ...mine), at(theirsSeen, ...theirs));
        const known = [theirsSeen, ...theirs.map(({ address }) => address), '127.0.0.1'];
        expect(known.map(normalizeAddress)).toContain(chosen);
      }),
    );
  });
});

describe('orderCandidates', () => {
  it('puts real networks first and loopback last', () => {
    const ordered = orderCandidates([
      { name: 'lo', address: '127.0.0.1', prefix: 8 },
      { name: 'lo', address: '::1', prefix: 128 },
      { name: 'docker0', address: '172.17.0.1', prefix: 16 },
      { name: 'tun0', address: '10.8.0.2', prefix: 24 },
      { name: 'eth1', address: '169.254.3.4', prefix: 16 },
      { name: 'eth0', address: 'fe80::1%eth0', prefix: 64 },
      { name: 'eth0', address: 'fd00::5', prefix: 64 },
      { name: 'eth0', address: '192.168.1.5', prefix: 24 },
      { name: 'Wi-Fi', address: '192.168.2.5', prefix: 24 },
    ]);
    expect(ordered.map(({ address }) => address)).toEqual([
      '192.168.1.5',
      '192.168.2.5',
      'fd00::5',
      '169.254.3.4',
      '172.17.0.1',
      '10.8.0.2',
      '127.0.0.1',
      '::1',
    ]);
    expect(ordered[0]).toEqual({ address: '192.168.1.5', family: 4, prefix: 24 });
  });

  it.each([
    'br-1a2b3c',
    'veth12ab',
    'virbr0',
    'vboxnet0',
    'vmnet8',
    'wg0',
    'utun3',
    'tailscale0',
    'ztabc',
    'awdl0',
    'bridge100',
    'vEthernet (WSL)',
    'VirtualBox Host-Only Network',
    'VMware Network Adapter VMnet1',
    'NordVPN',
  ])('takes %s for virtual', (name) => {
    const ordered = orderCandidates([
      { name, address: '10.0.0.1' },
      { name: 'zzz', address: '10.0.0.2' },
    ]);
    expect(ordered[0]?.address).toBe('10.0.0.2');
  });

  it.each(['eth0', 'en0', 'enp3s0', 'wlan0', 'wlp2s0', 'br0', 'bridge0', 'bond0', 'Ethernet', 'Wi-Fi'])(
    'takes %s for real',
    (name) => {
      const ordered = orderCandidates([
        { name: 'docker0', address: '10.0.0.1' },
        { name, address: '10.0.0.2' },
      ]);
      expect(ordered[0]?.address).toBe('10.0.0.2');
    },
  );

  it('offers link-local addresses of IPv6 where asked for, last, and only where a network has no other', () => {
    const interfaces = [
      { name: 'lo', address: '127.0.0.1', prefix: 8 },
      { name: 'eth2', address: 'fe80::2%eth2', prefix: 64 },
      { name: 'docker0', address: 'fe80::3', prefix: 64 },
      { name: 'eth0', address: 'fe80::1', prefix: 64 },
      { name: 'eth0', address: '192.168.1.5', prefix: 24 },
      { name: 'wg0', address: '10.8.0.2', prefix: 24 },
    ];
    const ordered = orderCandidates(interfaces, { linkLocal: true });
    expect(ordered.map(({ address }) => address)).toEqual([
      '192.168.1.5',
      '10.8.0.2',
      'fe80::2',
      '127.0.0.1',
    ]);
  });

  it('offers no more than the protocol takes', () => {
    const many = Array.from({ length: 50 }, (_, index) => ({
      name: `eth${index}`,
      address: `10.0.${index}.1`,
    }));
    expect(orderCandidates(many)).toHaveLength(32);
  });
});

it('linkLocalZones gives each network that has IPv6 once, eight at most, and none of containers and VPNs', () => {
  const on = (name: string, address: string, zone = name) => ({ name, address, zone });
  const few = [
    on('docker0', 'fe80::1'),
    ...[on('eth0', '192.168.1.2'), on('eth0', 'fe80::2'), on('eth0', 'fe80::3'), on('eth1', 'fd00::1')],
    on('Wi-Fi', 'fe80::4', '12'),
    { name: 'eth7', address: 'fe80::5' },
  ];
  expect(linkLocalZones(few)).toEqual(['eth0', '12']);
  const many = Array.from({ length: 20 }, (_, index) => on(`eth${index}`, `fe80::${index}`));
  expect(linkLocalZones(many)).toHaveLength(8);
});

describe('chooseAddresses', () => {
  const chooseAll = (mine: ReturnType<typeof at>, theirs: ReturnType<typeof at>, family?: 4 | 6) =>
    chooseAddresses({ mine, theirs, myInterfaces: mine.media.candidates, ...(family && { family }) });
  const one = at('10.0.0.2', v4('10.0.0.2', 24), v4('192.168.1.2', 24), v6('fd00::2'), docker, loopback);
  const other = at(
    '192.168.7.3',
    ...[v4('192.168.7.3', 24), v6('fe80::3'), v6('fd00::3'), v4('10.0.0.3', 24), docker, loopback],
  );

  it('gives all that may lead there, the shared networks first', () => {
    expect(chooseAll(one, other)).toEqual(['10.0.0.3', 'fd00::3', '192.168.7.3']);
  });

  it('gives those of one family', () => {
    expect(chooseAll(one, other, 4)).toEqual(['10.0.0.3', '192.168.7.3']);
    expect(chooseAll(one, other, 6)).toEqual(['fd00::3']);
  });

  it('has loopback last on one machine, and first when the server sees both there', () => {
    const here = at('192.168.1.5', v4('192.168.1.5', 24), loopback);
    expect(chooseAll(here, here)).toEqual(['192.168.1.5', '127.0.0.1']);
    const local = at('127.0.0.1', v4('192.168.1.5', 24), loopback);
    expect(chooseAll(local, local)).toEqual(['127.0.0.1', '192.168.1.5']);
  });

  it('begins with the one address, and gives 16 at most, each once', () => {
    const many = Array.from({ length: 32 }, (_, index) => v4(`10.0.0.${index + 10}`, 24));
    const crowd = at('10.0.0.20', ...many);
    const all = chooseAll(one, crowd);
    expect(all[0]).toBe(choose(one, crowd));
    expect(new Set(all).size).toBe(16);
    expect(chooseAll(at('127.0.0.1'), at('192.168.1.9'))).toEqual(['192.168.1.9']);
  });
});

describe('a link-local address of IPv6', () => {
  const mine = at('192.168.1.2', v4('192.168.1.2', 24));
  const choosing = (
    theirs: ReturnType<typeof at>,
    zones?: string[],
    myInterfaces = mine.media.candidates,
  ) => ({
    ...{ mine, theirs, myInterfaces },
    ...(zones && { zones }),
  });

  it('is tried in each of our zones, after all others', () => {
    const theirs = at('192.168.1.3', v6('fe80::3'), v4('10.0.0.3', 24), v4('192.168.1.3', 24));
    expect(chooseAddresses(choosing(theirs, ['eth0', 'wlan0']))).toEqual([
      ...['192.168.1.3', '10.0.0.3', 'fe80::3%eth0', 'fe80::3%wlan0'],
    ]);
    expect(chooseAddresses({ ...choosing(theirs, ['eth0']), family: 4 })).toEqual([
      '192.168.1.3',
      '10.0.0.3',
    ]);
    expect(chooseAddresses(choosing(theirs))).toEqual(['192.168.1.3', '10.0.0.3']);
  });

  it('is all there is where they offer nothing else, also to who can try only one', () => {
    const theirs = at('127.0.0.1', v6('fe80::3'), loopback);
    expect(chooseAddresses(choosing(theirs, ['eth0', 'eth1']))).toEqual(['fe80::3%eth0', 'fe80::3%eth1']);
    expect(chooseAddress(choosing(theirs, ['eth0', 'eth1']))).toBe('fe80::3%eth0');
    // Seen by a server on the same cable; the zone is the server's.
    const seen = at('fe80::3%eth5', v6('fe80::3'));
    expect(chooseAddresses(choosing(seen, ['eth0']))).toEqual(['fe80::3%eth0']);
    expect(chooseAddress(choosing(seen, ['eth0']))).toBe('fe80::3%eth0');
  });

  it('that is our own is not theirs', () => {
    const theirs = at('192.168.1.3', v6('fe80::2'), v4('192.168.1.3', 24));
    const own = [...mine.media.candidates, v6('fe80::2')];
    expect(chooseAddresses(choosing(theirs, ['eth0'], own))).toEqual(['192.168.1.3']);
  });

  it('is tried at eight places at most, however many are told', () => {
    const theirs = at('192.168.1.3', ...Array.from({ length: 31 }, (_, index) => v6(`fe80::${index + 16}`)));
    const zones = Array.from({ length: 8 }, (_, index) => `eth${index}`);
    const all = chooseAddresses(choosing(theirs, zones));
    expect(all).toHaveLength(9);
    expect(all[0]).toBe('192.168.1.3');
  });
});

describe('localCandidates', () => {
  it('gives addresses of this machine that the protocol takes', () => {
    const candidates = localCandidates();
    for (const { address, family } of candidates) expect(isIP(address)).toBe(family);
    const firstLoopback = candidates.findIndex(({ address }) => isLoopback(address));
    expect(candidates.slice(Math.max(0, firstLoopback)).every(({ address }) => isLoopback(address))).toBe(
      true,
    );
  });
});

describe('offeredCandidates', () => {
  it('gives the one address that may be used, and none that this machine has not', () => {
    expect(offeredCandidates('127.0.0.1')).toEqual([{ address: '127.0.0.1', family: 4, prefix: 8 }]);
    expect(offeredCandidates('127.0.0.1%nowhere')).toEqual([]);
    expect(offeredCandidates('192.0.2.1')).toEqual([]);
    expect([isOwnAddress('127.0.0.1'), isOwnAddress('192.0.2.1')]).toEqual([true, false]);
  });
});

describe('IP addresses', () => {
  it('are read as Node reads them', () => {
    const text = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.ipV4Extended(),
      fc.string({ unit: fc.constantFrom(...'0123456789abf:.') }),
    );
    fc.assert(
      fc.property(text, (address) => {
        expect(parseIp(address) !== undefined, address).toBe(isIP(address) !== 0);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::ffff:c000:201', '192.0.2.1'],
    ['192.0.2.1', '192.0.2.1'],
    ['192.0.2.1%eth0', '192.0.2.1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['2001:db8::1', '2001:db8::1'],
    ['nonsense', 'nonsense'],
  ])('%s is told as %s', (address, told) => expect(normalizeAddress(address)).toBe(told));

  it('know their kind', () => {
    expect(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'].every(isLoopback)).toBe(true);
    expect(['128.0.0.1', '::2', '', 'localhost'].some(isLoopback)).toBe(false);
    expect(['169.254.0.1', 'fe80::1', 'febf::1'].every(isLinkLocal)).toBe(true);
    expect(['169.255.0.1', 'fec0::1', ''].some(isLinkLocal)).toBe(false);
    expect(['10.0.0.1', '::1', '240.0.0.1'].every(isUnicast)).toBe(true);
    expect(
      ['0.0.0.0', '0.1.2.3', '224.0.0.1', '255.255.255.255', '::', 'ff02::fb', 'x'].some(isUnicast),
    ).toBe(false);
  });
});
