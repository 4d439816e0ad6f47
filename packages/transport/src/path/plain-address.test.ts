import { millis } from '@hellohaybye/core';
import { expect, it } from 'vitest';
import { PathRun } from '../testing/path-run.js';
import { plainAddress } from './plain-address.js';

it.each([
  ['192.168.1.2', '192.168.1.2'],
  ['::ffff:192.168.1.2', '192.168.1.2'],
  ['::FFFF:192.168.1.2%eth0', '192.168.1.2'],
  ['FD00::2', 'fd00::2'],
  ['fd00::2%eth0', 'fd00::2'],
  ['FE80::2%Wi-Fi 2', 'fe80::2%Wi-Fi 2'],
  ['febf::2%12', 'febf::2%12'],
  ['fe80::2', 'fe80::2'],
  ['fec0::2%eth0', 'fec0::2'],
])('%s is compared as %s', (address, plain) => expect(plainAddress(address)).toBe(plain));

it('one link-local address in two zones is two: what answers in one says nothing of the other', () => {
  const run = new PathRun();
  run.wires.set('fe80::2%eth1', millis(1));
  run.tell('fe80::2%eth0', 'fe80::2%eth1');
  run.run(100);
  expect(run.address).toBe('fe80::2%eth1');
  run.ask('FE80::9%eth0');
  const { candidates } = run.paths.statistics()[0]!;
  expect(candidates.map(({ address }) => address)).toEqual(['fe80::2%eth0', 'fe80::2%eth1', 'fe80::9%eth0']);
});
