import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { emptyFolder, root, type Running } from '../support/cli.js';
import { makeNetwork, type Host, type TestNetwork } from '../support/namespaces.js';
import { describeWith } from '../support/needs.js';
import { received, type Result } from '../support/result.js';

const cli = join(root, 'apps/cli/bin/hellohaybye.js');
const flags = [
  ...['--view', 'none', '--speaker', 'none', '--json', '--verbose'],
  ...['--video', 'test', '--audio', 'tone', '--size', '160x120', '--fps', '15'],
];

let network: TestNetwork<'anna' | 'ben'>;
let state: string;

const run = (host: Host, ...args: string[]): Running =>
  host.start(process.execPath, [cli, ...args, '--name', host.name, ...flags], {
    env: { HHB_DISCOVERY: 'auto', XDG_STATE_HOME: join(state, host.name) },
  });
const sees = (call: Running, other: string, times = 1) => {
  const so = call.stderr.length;
  return call.printed(new RegExp(`^[^]{${so}}([^]*${other}: +1\\d fps){${times}}`));
};
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
const leave = async (first: Running, second: Running) => {
  for (const call of [first, second]) call.signal('SIGINT');
  for (const call of [first, second]) await call.exited;
  for (const [call, by, from] of [
    [first, 'anna', 'ben'],
    [second, 'ben', 'anna'],
  ] as const) {
    const { video, audio } = received(call.json as Result, by, from);
    expect(video.frames).toBeGreaterThan(10);
    expect(audio.packets).toBeGreaterThan(50);
  }
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
      await leave(first, second);
    });

    it('is enough where one of them has an IPv4 address as well', async () => {
      const { anna, ben } = network.hosts;
      await bare(ben, 'eth0');
      const first = run(anna, 'join');
      await first.printed(/You are anna/);
      const second = run(ben, 'join');
      await Promise.all([sees(first, 'ben'), sees(second, 'anna')]);
      await leave(first, second);
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
      await leave(first, second);
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
      await leave(first, second);
    });
  },
);
