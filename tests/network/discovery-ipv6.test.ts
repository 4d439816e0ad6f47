import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startAvahi } from '../support/avahi.js';
import { emptyFolder, root, type Running } from '../support/cli.js';
import { makeNetwork, type Host, type TestNetwork } from '../support/namespaces.js';
import { describeWith } from '../support/needs.js';

const cli = join(root, 'apps/cli/bin/hellohaybye.js');
const serverBin = join(root, 'apps/server/bin/hellohaybye-server.js');
const quiet = ['--view', 'none', '--speaker', 'none', '--json'];
const media = [...quiet, '--video', 'test', '--audio', 'tone', '--size', '160x120', '--fps', '15'];
const silent = [...quiet, '--video', 'none', '--audio', 'none'];

let state: string;
let network: TestNetwork<'anna' | 'ben'>;

const joinCall = (host: Host, ...flags: string[]): Running =>
  host.start(process.execPath, [cli, 'join', '--name', host.name, ...flags], {
    env: { HHB_DISCOVERY: 'auto', XDG_STATE_HOME: join(state, host.name) },
  });
const serve = async (host: Host, ...flags: string[]): Promise<Running> => {
  const env = { HHB_SERVER_HIDDEN: 'false' };
  const server = host.start(process.execPath, [serverBin, ...flags], { env });
  await server.printed(/"listening"|listening/, 'stdout');
  return server;
};
/** What a program on a host finds, told by its addresses and urls, and what went wrong on the way. */
const find = async (host: Host, timeoutMs = 20_000) => {
  const looking = host.start(process.execPath, [
    ...['--input-type=module', '-e'],
    `import { findServers } from '@hellohaybye/signaling/discovery';
     const problems = new Set();
     const onProblem = (link, reason) => problems.add(link + ': ' + reason);
     const found = await findServers({ timeoutMs: ${timeoutMs}, gatherMs: 1500, onProblem });
     console.log(JSON.stringify({ found, problems: [...problems] }));`,
  ]);
  await looking.exited;
  return looking.json as unknown as { found: { addresses: string[]; url: string }[]; problems: string[] };
};
/** Takes IPv4 from a host; what is left is what the kernel gives itself, `fe80::`, and the address that is given. */
const onIpv6 = async (host: Host, address?: string) => {
  host.ip('-4', 'address', 'flush', 'dev', 'eth0');
  // Without the look for others of the same address, which takes a second or two.
  await host.start('sh', ['-c', 'echo 0 > /proc/sys/net/ipv6/conf/eth0/accept_dad']).exited;
  host.ip('link', 'set', 'eth0', 'down');
  host.ip('link', 'set', 'eth0', 'up');
  if (address) host.ip('address', 'add', address, 'dev', 'eth0', 'nodad');
};

describeWith(['network namespaces'], 'discovery over IPv6', () => {
  beforeEach(() => {
    state = emptyFolder();
    network = makeNetwork('anna', 'ben');
  });
  afterEach(() => network.remove());

  it('makes a call of two hosts that have no IPv4 and say nothing but "join"', async () => {
    const { anna, ben } = network.hosts;
    await onIpv6(anna, 'fd77::1/64');
    await onIpv6(ben, 'fd77::2/64');
    const first = joinCall(anna, ...media);
    await first.printed(/You are anna/);
    const second = joinCall(ben, ...media);
    await second.printed(/Found a server on this network: \[fd77::1\]:5000\./);
    await second.printed(/You are ben in lobby at .* Here: anna/);
    expect(first.stderr).toContain('No server was found: this process hosts one on port 5000');
    expect(first.stderr).toContain('--server ws://[fd77::1]:5000');
    await Promise.all([first.printed(/ben: +\d+ fps/), second.printed(/anna: +\d+ fps/)]);
  });

  it('finds a server where there is nothing but link-local addresses, and by such a one that was typed', async () => {
    const { anna, ben } = network.hosts;
    await onIpv6(anna);
    await onIpv6(ben);
    await serve(anna);
    const found = joinCall(ben, ...silent);
    const [, address] = await found.printed(
      /Found a server on this network: \[(fe80::[\da-f:]+%eth0)\]:5000\./,
    );
    await found.printed(/You are ben in lobby at ws:\/\/\[fe80::[\da-f:]+%eth0\]:5000\./);
    const typed = joinCall(ben, ...silent, '--server', `ws://[${address}]:5000`);
    await typed.printed(/You are ben \(2\) in lobby at .* Here: ben/);
  });

  it('hears of one server, not of two, where both families tell of it', async () => {
    const { anna, ben } = network.hosts;
    await serve(anna);
    const { found, problems } = await find(ben);
    expect(found).toMatchObject([{ url: 'ws://10.77.0.1:5000' }]);
    expect(found[0]?.addresses[0]).toBe('10.77.0.1');
    expect(found[0]?.addresses.slice(1)).toEqual([expect.stringMatching(/^fe80::.*%eth0$/)]);
    expect(problems.filter((line) => !line.includes('EADDRNOTAVAIL'))).toEqual([]);
  });

  it('goes on over the other family where one is dead', async () => {
    const { anna, ben } = network.hosts;
    await serve(anna);
    // Nothing that goes to the group of one of them leaves the host that looks.
    ben.ip('-6', 'route', 'add', 'unreachable', 'ff02::fb/128', 'dev', 'lo', 'table', 'local', 'metric', '1');
    const overIpv4 = await find(ben);
    expect(overIpv4.found).toMatchObject([{ url: 'ws://10.77.0.1:5000' }]);
    expect(overIpv4.problems).toContainEqual(expect.stringMatching(/^eth0: send \w+ ff02::fb:5353$/));
    ben.ip('-6', 'route', 'delete', 'unreachable', 'ff02::fb/128', 'dev', 'lo', 'table', 'local');
    ben.ip('route', 'add', 'unreachable', '224.0.0.251/32', 'table', 'local');
    const overIpv6 = await find(ben);
    expect(overIpv6.found).toMatchObject([{ url: 'ws://10.77.0.1:5000' }]);
  });
});

describeWith(['network namespaces', 'avahi'], 'avahi over IPv6', () => {
  beforeEach(() => (network = makeNetwork('anna', 'ben')));
  afterEach(() => network.remove());

  it('sees our server, and that it is gone', async () => {
    const { anna, ben } = network.hosts;
    await onIpv6(anna, 'fd77::1/64');
    await onIpv6(ben, 'fd77::2/64');
    const avahi = await startAvahi(ben, { ipv6: true });
    const browser = avahi.start('avahi-browse', ['--resolve', '--parsable', '_hellohaybye._tcp']);
    const server = await serve(anna);
    const [line] = await browser.printed(/^=;eth0;IPv6;.*\n/m, 'stdout');
    expect(line).toMatch(/;(fd77::1|fe80::[\da-f:]+);5000;/);
    server.signal('SIGTERM');
    await browser.printed(/^-;eth0;IPv6;hellohaybye-/m, 'stdout');
  });
});
