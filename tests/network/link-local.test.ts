import { afterEach, beforeEach, expect, it } from 'vitest';
import { emptyFolder, type Running } from '../support/cli.js';
import { makeNetwork, type Host, type TestNetwork } from '../support/namespaces.js';
import { describeWith } from '../support/needs.js';
import { leaveSeen, participant, sees } from '../support/on-hosts.js';

let network: TestNetwork<'anna' | 'ben'>;
let state: string;

const run = (host: Host, ...args: string[]): Running =>
  participant(host, state, args, { HHB_DISCOVERY: 'auto' });
/** Leaves an interface with what the kernel gives it by itself: `fe80::`. */
const bare = async (host: Host, device: string) => {
  host.ip('-4', 'address', 'flush', 'dev', device);
  // Without the look for others of the same address, which takes a second or two.
  await host.start('sh', ['-c', `echo 0 > /proc/sys/net/ipv6/conf/${device}/accept_dad`]).exited;
  host.ip('link', 'set', device, 'down');
  host.ip('link', 'set', device, 'up');
};
/** The address that the kernel gave an interface by itself. */
const linkLocal = async (host: Host): Promise<string> => {
  const told = host.start('ip', ['-j', '-6', 'address', 'show', 'dev', 'eth0', 'scope', 'link']);
  await told.exited;
  return (told.json as { addr_info: { local: string }[] }[])[0]!.addr_info[0]!.local;
};

describeWith(
  ['network namespaces'],
  'a cable between two hosts, and no addresses but link-local ones',
  () => {
    beforeEach(() => {
      state = emptyFolder();
      network = makeNetwork('anna', 'ben');
    });
    afterEach(() => network.remove());

    it('is enough for a call of two who say nothing but "join"', async () => {
      const { anna, ben } = network.hosts;
      // Two more interfaces each, that lead nowhere else: the zone can't be guessed.
      for (const host of [anna, ben]) {
        host.ip('link', 'add', 'eth7', 'type', 'veth', 'peer', 'name', 'eth8');
        for (const device of ['eth7', 'eth8']) host.ip('link', 'set', device, 'up');
        await bare(host, 'eth0');
      }
      const first = run(anna, 'join');
      await first.printed(/You are anna/);
      const second = run(ben, 'join');
      await second.printed(/Found a server on this network: \[fe80::[\da-f:]+%eth0\]:5000\./);
      await Promise.all([
        first.printed(/ben is sent to at fe80::[\da-f:]+%eth0 now/),
        second.printed(/anna is sent to at fe80::[\da-f:]+%eth0 now/),
      ]);
      await Promise.all([sees(first, 'ben'), sees(second, 'anna')]);
      await leaveSeen(first, second);
    });

    it('is enough where one of them has an IPv4 address as well', async () => {
      const { anna, ben } = network.hosts;
      await bare(ben, 'eth0');
      const first = run(anna, 'join');
      await first.printed(/You are anna/);
      const second = run(ben, 'join');
      await Promise.all([sees(first, 'ben'), sees(second, 'anna')]);
      await leaveSeen(first, second);
    });

    it('is used by who names that address, and no other is, though there are', async () => {
      const { anna, ben } = network.hosts;
      for (const host of [anna, ben]) {
        await bare(host, 'eth0');
        host.ip('address', 'add', `${host.address}/24`, 'dev', 'eth0');
      }
      const first = run(anna, 'join', '--media-host', `${await linkLocal(anna)}%eth0`);
      await first.printed(/You are anna in lobby at ws:\/\/\[fe80::[\da-f:]+%eth0\]:5000/);
      const second = run(ben, 'join', '--media-host', `${await linkLocal(ben)}%eth0`);
      await second.printed(/Found a server on this network: \[fe80::[\da-f:]+%eth0\]:5000\./);
      await Promise.all([sees(first, 'ben', 2), sees(second, 'anna', 2)]);
      for (const call of [first, second]) expect(call.stderr).not.toMatch(/10\.77\.|127\.0/);
      await leaveSeen(first, second);
    });

    it('takes over when the network that they met in is gone', async () => {
      const { anna, ben } = network.hosts;
      const first = run(anna, 'join');
      await first.printed(/You are anna/);
      const second = run(ben, 'join');
      await Promise.all([sees(first, 'ben'), sees(second, 'anna')]);
      network.addSegment('10.78', 'eth1', 'anna', 'ben');
      for (const host of [anna, ben]) await bare(host, 'eth1');
      // Each looks every second what addresses it has, and tells the other.
      await Promise.all([sees(first, 'ben', 4), sees(second, 'anna', 4)]);
      ben.ip('link', 'set', 'eth0', 'down');
      await Promise.all([
        first.printed(/ben is sent to at fe80::[\da-f:]+%eth1 now, no longer at 10\.77\.0\.2\n/),
        second.printed(/anna is sent to at fe80::[\da-f:]+%eth1 now, no longer at 10\.77\.0\.1\n/),
      ]);
      await Promise.all([sees(first, 'ben', 2), sees(second, 'anna', 2)]);
      for (const call of [first, second]) expect(call.stderr).not.toContain('went');
      await leaveSeen(first, second);
    });
  },
);
