import { existsSync, readFileSync, writeFileSync } from 'node:fs';
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
let network: TestNetwork<'anna' | 'ben' | 'carl'>;

/** `hellohaybye join` with nothing that says where. */
const joinCall = (host: Host, flags: string[], ...more: string[]): Running =>
  host.start(process.execPath, [cli, 'join', '--name', host.name, ...flags, ...more], {
    env: { HHB_DISCOVERY: 'auto', XDG_STATE_HOME: join(state, host.name) },
  });
const serve = async (host: Host, ...flags: string[]): Promise<Running> => {
  const env = { HHB_SERVER_HIDDEN: 'false' };
  const server = host.start(process.execPath, [serverBin, ...flags], { env });
  await server.printed(/"listening"|listening/, 'stdout');
  return server;
};
const inCall = (program: Running, ...others: string[]) =>
  Promise.all(others.map((other) => program.printed(new RegExp(`${other}: +\\d+ fps`))));
const leave = async (...programs: Running[]) => {
  for (const program of programs) program.signal('SIGINT');
  for (const program of programs) await program.exited;
};
/** Measured, not judged: the machines that tests run on are busy with other things. */
const tell = (what: string, since: number) =>
  process.stdout.write(`${what}: ${((performance.now() - since) / 1000).toFixed(2)} s\n`);

describeWith(['network namespaces'], 'discovery', () => {
  beforeEach(() => {
    state = emptyFolder();
    network = makeNetwork('anna', 'ben', 'carl');
  });
  afterEach(() => network.remove());

  it('makes one call of three hosts that say nothing but "join", without a server', async () => {
    const { anna, ben, carl } = network.hosts;
    const first = joinCall(anna, media);
    await first.printed(/You are anna/);
    const started = performance.now();
    const second = joinCall(ben, media);
    await second.printed(/You are ben in lobby at .* Here: anna/);
    tell('no server: from the second command to being in the call', started);
    const third = joinCall(carl, media);
    await third.printed(/You are carl/);
    await Promise.all([inCall(first, 'ben', 'carl'), inCall(second, 'anna', 'carl'), inCall(third, 'anna', 'ben')]); // prettier-ignore
    tell('no server: to pictures from all to all, the third command included', started);
    expect(first.stderr).toContain('No server was found: this process hosts one on port 5000');
    expect(first.stderr).toContain('--server ws://10.77.0.1:5000');
    expect(second.stderr).toContain('Found a server on this network: 10.77.0.1:5000.');
    await leave(third, second, first);
    expect(existsSync(join(state, 'anna'))).toBe(false);
  });

  it('makes one call of three hosts with a server', async () => {
    const { anna, ben, carl } = network.hosts;
    await serve(anna, '--announce-name');
    const started = performance.now();
    const calls = [anna, ben, carl].map((host) => joinCall(host, silent));
    await Promise.all(calls.map((call) => call.printed(/You are /)));
    tell('with a server: from three commands to three in the call', started);
    // Over the network and by its name; who is on the server's machine by whichever answers first, that or the machine's own port.
    const announced = /Found a server on this network: \S+ \(10\.77\.0\.1:5000\)\./;
    const here = /Found a server on this machine: .*127\.0\.0\.1:5000/;
    expect(here.test(calls[0]!.stderr) || announced.test(calls[0]!.stderr)).toBe(true);
    for (const call of calls.slice(1)) expect(call.stderr).toMatch(announced);
    for (const call of calls) expect(call.stderr).not.toContain('hosts');
  });

  it('passes over a server that wants an access token, and one that is full', async () => {
    const { anna, ben, carl } = network.hosts;
    const token = join(state, 'token');
    writeFileSync(token, 'sesame-open-sesame');
    const guarded = await serve(anna, '--token-file', token);
    const first = joinCall(ben, silent);
    await first.printed(
      /Passed over the server at ws:\/\/10\.77\.0\.1:5000: it wants an access token; .*\n.*this process hosts one on port 5000/,
    );
    const second = joinCall(anna, silent);
    await second.printed(/You are anna in lobby at ws:\/\/10\.77\.0\.2:5000\. Here: ben\./);
    expect(second.stderr).toMatch(/Passed over the server at ws:\/\/127\.0\.0\.1:5000/);
    // Who names it gets in.
    const named = ['--server', 'ws://10.77.0.1:5000', '--token-file', token];
    const third = joinCall(carl, silent, ...named);
    await third.printed(/You are carl in lobby at ws:\/\/10\.77\.0\.1:5000\. Nobody/);
    await leave(third, second, first);
    for (const { stdout, stderr } of [first, second, third]) expect(stdout + stderr).not.toContain('sesame');
    guarded.signal('SIGTERM');
    await guarded.exited;

    await serve(anna, '--max-connections', '1');
    const there = joinCall(carl, silent);
    await there.printed(/You are carl in lobby at ws:\/\/10\.77\.0\.1:5000/);
    const late = joinCall(ben, silent);
    await late.printed(/Passed over the server at .*lets nobody in just now \(server-full\)\.\n.*hosts one/);
    await leave(there, late);
  });

  it('makes one call of hosts that begin at the same moment', async () => {
    const { anna, ben, carl } = network.hosts;
    const started = performance.now();
    const calls = [anna, ben, carl].map((host) => joinCall(host, media));
    const others = [['ben', 'carl'], ['anna', 'carl'], ['anna', 'ben']]; // prettier-ignore
    await Promise.all(calls.map((call, index) => inCall(call, ...others[index]!)));
    tell('three at one moment, no server: to pictures from all to all', started);
  });

  it('gives each segment’s newcomers that segment’s address', async () => {
    const { anna, ben, carl } = network.hosts;
    network.addSegment('10.78', 'eth1', 'anna', 'carl');
    // Carl is on the second segment alone.
    carl.ip('link', 'delete', 'eth0');
    await serve(anna);
    const [second, third] = [joinCall(ben, silent), joinCall(carl, silent)];
    await second.printed(/Found a server on this network: 10\.77\.0\.1:5000\./);
    await third.printed(/Found a server on this network: 10\.78\.0\.1:5000\./);
    await third.printed(/You are carl/);
    await second.printed(/You are ben/);
  });

  it('is not led astray by a dead interface and a bridge of containers', async () => {
    const { anna, ben } = network.hosts;
    for (const host of [anna, ben]) {
      // One without a carrier, one that is down, and a container's bridge that has the same address on both.
      host.ip('link', 'add', 'eth7', 'type', 'veth', 'peer', 'name', 'unplugged');
      host.ip('address', 'add', '10.97.0.1/24', 'dev', 'eth7');
      host.ip('link', 'set', 'eth7', 'up');
      host.ip('link', 'add', 'eth8', 'type', 'veth', 'peer', 'name', 'down');
      host.ip('address', 'add', '10.98.0.1/24', 'dev', 'eth8');
      host.ip('link', 'add', 'docker0', 'type', 'bridge');
      host.ip('link', 'add', 'veth0', 'type', 'veth', 'peer', 'name', 'container');
      host.ip('link', 'set', 'veth0', 'master', 'docker0', 'up');
      host.ip('link', 'set', 'container', 'up');
      host.ip('address', 'add', '172.17.0.1/16', 'dev', 'docker0');
      host.ip('link', 'set', 'docker0', 'up');
    }
    const first = joinCall(anna, media);
    await first.printed(/You are anna/);
    const second = joinCall(ben, media);
    await second.printed(/Found a server on this network: 10\.77\.0\.1:5000\./);
    await Promise.all([inCall(first, 'ben'), inCall(second, 'anna')]);
    expect(first.stderr).toContain('--server ws://10.77.0.1:5000');
  });

  it('goes on after an interface was away', async () => {
    const { anna, ben } = network.hosts;
    await serve(anna);
    anna.ip('link', 'set', 'eth0', 'down');
    anna.ip('address', 'flush', 'dev', 'eth0');
    // Nobody tells when a process has noticed: who looks meanwhile finds nobody, which takes longer than that.
    const early = joinCall(ben, silent, '--duration', '0.1');
    await early.printed(/this process hosts one/);
    await early.exited;
    anna.ip('address', 'add', '10.77.0.1/24', 'dev', 'eth0');
    anna.ip('link', 'set', 'eth0', 'up');
    const watching = ben.start(process.execPath, [
      ...['--input-type=module', '-e'],
      `import { findServers } from '@hellohaybye/signaling/discovery';
       console.log(JSON.stringify(await findServers({ timeoutMs: 20_000 })));`,
    ]);
    await watching.exited;
    expect(watching.json).toMatchObject([{ kind: 'server', url: 'ws://10.77.0.1:5000' }]);
  });

  it('keeps who is hidden to himself, and finds him by a typed address, and by memory from then on', async () => {
    const { anna, ben } = network.hosts;
    const first = joinCall(anna, silent, '--hidden');
    await first.printed(/Other machines join with --server ws:\/\/10\.77\.0\.1:5000/);
    await first.printed(/You are anna/);
    const second = joinCall(ben, silent, '--duration', '0.1');
    await second.printed(/this process hosts one/);
    await second.exited;
    const third = joinCall(ben, silent, '--server', 'ws://10.77.0.1:5000', '--duration', '0.1');
    await third.printed(/You are ben in lobby at .* Here: anna/);
    await third.exited;
    const remembered = readFileSync(join(state, 'ben', 'hellohaybye', 'last-server.json'), 'utf8');
    expect(JSON.parse(remembered)).toEqual({ server: 'ws://10.77.0.1:5000' });
    const fourth = joinCall(ben, silent);
    await fourth.printed(/the last server still answers: 10\.77\.0\.1:5000\./);
    await fourth.printed(/You are ben in lobby at .* Here: anna/);
  });

  it('loses no time with a server that was killed', async () => {
    const { anna, ben, carl } = network.hosts;
    // Somebody who remembers it, and answers for it, as caches of other systems do.
    const dead = carl.start(process.execPath, [
      ...['--input-type=module', '-e'],
      `import { announceServer } from '@hellohaybye/signaling/discovery';
       announceServer({ port: 5000, kind: 'server' });
       console.log('announced');`,
    ]);
    await dead.printed(/announced/, 'stdout');
    const first = joinCall(anna, silent);
    await first.printed(/this process hosts one/);
    await first.printed(/You are anna/);
    const started = performance.now();
    const second = joinCall(ben, silent);
    await second.printed(/Found a server on this network: 10\.77\.0\.1:5000\./);
    await second.printed(/You are ben in lobby at .* Here: anna/);
    tell('beside a dead server: from the command to being in the call', started);
  });

  it('a host that nobody has come to goes where an older one is, when a parted network is joined', async () => {
    const { anna, ben } = network.hosts;
    network.setConnected('ben', false);
    const first = joinCall(anna, media);
    await first.printed(/You are anna/);
    const second = joinCall(ben, media);
    await second.printed(/this process hosts one/);
    await second.printed(/You are ben/);
    const started = performance.now();
    network.setConnected('ben', true);
    await second.printed(/Found a server on this network: 10\.77\.0\.1:5000\./);
    await Promise.all([inCall(first, 'ben'), inCall(second, 'anna')]);
    tell('from the joining of a parted network to a call', started);
  });
});

describeWith(['network namespaces', 'avahi'], 'avahi', () => {
  beforeEach(() => {
    state = emptyFolder();
    network = makeNetwork('anna', 'ben', 'carl');
  });
  afterEach(() => network.remove());

  it('sees our server, and that it is gone', async () => {
    const { anna, ben } = network.hosts;
    const avahi = await startAvahi(ben);
    const browser = avahi.start('avahi-browse', ['--resolve', '--parsable', '_hellohaybye._tcp']);
    const server = await serve(anna);
    const [line] = await browser.printed(/^=;eth0;IPv4;.*\n/m, 'stdout');
    expect(line).toMatch(/;hellohaybye-[\da-f]{16};_hellohaybye\._tcp;local;hellohaybye-[\da-f]{16}\.local;/);
    expect(line).toMatch(/;10\.77\.0\.1;5000;/);
    for (const part of ['"txtvers=1"', '"proto=1"', '"kind=server"']) expect(line).toContain(part);
    server.signal('SIGTERM');
    await browser.printed(/^-;eth0;IPv4;hellohaybye-/m, 'stdout');
  });

  it('publishes what we find', async () => {
    const { anna, ben } = network.hosts;
    await serve(anna, '--hidden', '--port', '5050');
    const avahi = await startAvahi(anna);
    const publisher = avahi.start('avahi-publish', [
      '-s',
      'Office server',
      '_hellohaybye._tcp',
      '5050',
      'proto=1',
    ]);
    await publisher.printed(/Established/);
    const call = joinCall(ben, silent);
    await call.printed(/Found a server on this network: 10\.77\.0\.1:5050\./);
    await call.printed(/You are ben/);
  });
});
