import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeCertificate, pinOf } from '@hellohaybye/signaling/certificate';
import { emptyFolder, root, type Running } from '../support/cli.js';
import { makeNetwork, type Host, type TestNetwork } from '../support/namespaces.js';
import { describeWith } from '../support/needs.js';

const cli = join(root, 'apps/cli/bin/hellohaybye.js');
const serverBin = join(root, 'apps/server/bin/hellohaybye-server.js');
const flags = [
  ...['--view', 'none', '--speaker', 'none', '--json'],
  ...['--video', 'test', '--audio', 'none', '--size', '160x120', '--fps', '15'],
];

let home: string;
let network: TestNetwork<'anna' | 'ben' | 'carl'>;

const joinCall = (host: Host, ...more: string[]): Running =>
  host.start(process.execPath, [cli, 'join', '--name', host.name, ...flags, ...more], {
    env: {
      HHB_DISCOVERY: 'auto',
      ...{ XDG_STATE_HOME: join(home, host.name), XDG_CONFIG_HOME: join(home, host.name) },
    },
  });
const sees = (call: Running, ...others: Host[]) =>
  Promise.all(others.map(({ name }) => call.printed(new RegExp(`${name}: +\\d+ fps`))));
/** Resolves with the one that says it. */
const whichOf = (calls: Running[], line: RegExp) =>
  Promise.race(calls.map(async (call) => (await call.printed(line), call)));
const pinOfHost = (host: Host) =>
  pinOf(readFileSync(join(home, host.name, 'hellohaybye', 'server-certificate.pem')));
/** Where who asks for it finds the server. */
const where = async (host: Host): Promise<unknown> => {
  const env = { HHB_DISCOVERY: 'auto', XDG_STATE_HOME: join(home, 'nobody') };
  const who = host.start(process.execPath, [cli, 'who', '--json'], { env });
  await who.exited;
  return (who.json as { server: unknown }).server;
};

describeWith(['network namespaces'], 'TLS on a network', () => {
  beforeEach(() => {
    home = emptyFolder();
    network = makeNetwork('anna', 'ben', 'carl');
  });
  afterEach(() => network.remove());

  it('is what a call stays with that began with it, when its host is gone', async () => {
    const { anna, ben, carl } = network.hosts;
    const first = joinCall(anna, '--tls');
    await first.printed(/You are anna/);
    expect(first.stderr).toContain(`--server wss://10.77.0.1:5000#${pinOfHost(anna)}`);
    expect(await where(carl)).toBe(`wss://10.77.0.1:5000#${pinOfHost(anna)}`);
    const second = joinCall(ben);
    await Promise.all([sees(first, ben), sees(second, anna)]);
    expect(second.stderr).toContain('Found a server on this network: 10.77.0.1:5000.');
    first.signal('SIGKILL');
    await second.printed(/anna, who hosted, is gone: this process hosts now\./);
    const third = joinCall(carl);
    await Promise.all([sees(third, ben), sees(second, carl)]);
    expect(await where(anna)).toBe(`wss://10.77.0.2:5000#${pinOfHost(ben)}`);
    expect(pinOfHost(ben)).not.toBe(pinOfHost(anna));
  });

  it('is what a call stays with where multicast fails', async () => {
    const { anna, ben, carl } = network.hosts;
    const none = ['--discovery', 'none'];
    const first = joinCall(anna, '--tls', ...none);
    await first.printed(/You are anna/);
    const typed = [...none, '--server', `wss://10.77.0.1:5000#${pinOfHost(anna)}`];
    const rest = [joinCall(ben, ...typed), joinCall(carl, ...typed)];
    await Promise.all([sees(rest[0]!, anna, carl), sees(rest[1]!, anna, ben)]);
    first.signal('SIGKILL');
    const host = await whichOf(rest, /anna, who hosted, is gone: this process hosts now\./);
    const other = rest.find((call) => call !== host)!;
    await other.printed(/anna, who hosted, is gone: the server is at 10\.77\.0\.[23]:5000 now\./);
    await other.printed(/the signaling server is back/);
  });

  it('wins when a call with it meets an older one without', async () => {
    const { anna, ben, carl } = network.hosts;
    network.setApart('carl');
    const older = [joinCall(anna)];
    // Who hosts does not move: so it is told to Ben.
    await older[0]!.printed(/You are anna/);
    older.push(joinCall(ben));
    await Promise.all([sees(older[0]!, ben), sees(older[1]!, anna)]);
    const younger = joinCall(carl, '--tls');
    await younger.printed(/You are carl/);
    network.joinApart();
    await older[1]!.printed(/The server moved: the call goes on at 10\.77\.0\.3:5000\./);
    await Promise.all([sees(younger, anna, ben), ...older.map((call) => sees(call, carl))]);
    expect(await where(ben)).toBe(`wss://10.77.0.3:5000#${pinOfHost(carl)}`);
  });

  it('does not give way to a server without', async () => {
    const { anna, ben, carl } = network.hosts;
    const first = joinCall(anna, '--tls');
    await first.printed(/You are anna/);
    const env = { HHB_SERVER_HIDDEN: 'false' };
    const server = ben.start(process.execPath, [serverBin], { env });
    await server.printed(/listening/, 'stdout');
    // Anna has heard of it when Carl has, who came later; and who comes after that finds Anna still there.
    const found = carl.start(process.execPath, [cli, 'who', '--json'], {
      env: { HHB_DISCOVERY: 'auto', XDG_STATE_HOME: join(home, 'carl') },
    });
    await found.exited;
    const told = `wss://10.77.0.1:5000#${pinOfHost(anna)}`;
    const second = joinCall(carl, '--server', told);
    await Promise.all([sees(second, anna), sees(first, carl)]);
    expect(first.stderr).not.toContain('goes on at');
    server.signal('SIGTERM');
    await server.exited;
  });

  it('is announced by a server with a certificate of its own', async () => {
    const { anna, ben, carl } = network.hosts;
    const file = join(home, 'certificate.pem');
    const server = anna.start(process.execPath, [serverBin, '--tls-self', file], {
      env: { HHB_SERVER_HIDDEN: 'false' },
    });
    await server.printed(/listening/, 'stdout');
    const calls = [joinCall(ben), joinCall(carl)];
    await Promise.all([sees(calls[0]!, carl), sees(calls[1]!, ben)]);
    for (const call of calls)
      expect(call.stderr).toContain('Found a server on this network: 10.77.0.1:5000.');
    // The last server is remembered with its pin.
    expect(readFileSync(join(home, 'ben', 'hellohaybye', 'last-server.json'), 'utf8')).toContain(
      `wss://10.77.0.1:5000#${pinOf(readFileSync(file))}`,
    );
  });

  it('is announced by a server with a certificate from files, and anew when that has another key', async () => {
    const { anna, ben } = network.hosts;
    const [cert, key] = [join(home, 'cert.pem'), join(home, 'key.pem')];
    const install = async () => {
      const made = await makeCertificate();
      writeFileSync(cert, made.cert);
      writeFileSync(key, made.key);
      return pinOf(made.cert);
    };
    const first = await install();
    const server = anna.start(process.execPath, [serverBin, '--tls-cert', cert, '--tls-key', key], {
      env: { HHB_SERVER_HIDDEN: 'false' },
    });
    await server.printed(/listening/, 'stdout');
    expect(await where(ben)).toBe(`wss://10.77.0.1:5000#${first}`);
    const second = await install();
    server.signal('SIGHUP');
    await server.printed(/certificate read again/, 'stdout');
    expect(await where(ben)).toBe(`wss://10.77.0.1:5000#${second}`);
    const call = joinCall(ben);
    await call.printed(/Found a server on this network: 10\.77\.0\.1:5000\./);
    await call.printed(/You are ben/);
  });
});
