import { afterEach, beforeEach, expect, it } from 'vitest';
import { emptyFolder, type Running } from '../support/cli.js';
import { makeNetwork, type Host, type TestNetwork } from '../support/namespaces.js';
import { describeWith } from '../support/needs.js';
import { fps, joinAt, leave, sees as seesOne, serveOn } from '../support/on-hosts.js';
import { received, type Result } from '../support/result.js';

let network: TestNetwork<'anna' | 'ben' | 'carl'>;
let state: string;

const joinCall = (host: Host, at: Host) => joinAt(at.address, host, state);
const kill = async (server: Running, ...calls: Running[]) => {
  server.signal('SIGKILL');
  await Promise.all(calls.map((call) => call.printed(/lost the signaling server/)));
};
const sees = (call: Running, other: Host, times = 1) => seesOne(call, other.name, times);
/** Ends the call of Anna and Ben. @returns how many seconds of pictures each of them missed between the first and the last */
const missedBy = async (first: Running, second: Running): Promise<number[]> => {
  await leave(first, second);
  const seen = [
    received(first.json as Result, 'anna', 'ben'),
    received(second.json as Result, 'ben', 'anna'),
  ];
  const missed = seen.map(({ video }) => (video.frames - 1) * (1 / video.fps - 1 / fps));
  process.stdout.write(`Pictures missing: ${missed.map((gap) => gap.toFixed(2)).join(' and ')} s\n`);
  return missed;
};

describeWith(['network namespaces'], 'addresses that change while there is no server', () => {
  beforeEach(() => {
    state = emptyFolder();
    network = makeNetwork('anna', 'ben', 'carl');
  });
  afterEach(() => network.remove());

  it('do not end a call: another address instead of the one in use', async () => {
    const { anna, ben, carl } = network.hosts;
    const server = await serveOn(carl);
    const calls = [await joinCall(anna, carl), await joinCall(ben, carl)] as const;
    await Promise.all([sees(calls[0], ben), sees(calls[1], anna)]);
    await kill(server, ...calls);
    ben.ip('address', 'delete', '10.77.0.2/24', 'dev', 'eth0');
    ben.ip('address', 'add', '10.77.0.22/24', 'dev', 'eth0');
    await calls[0].printed(/ben can be reached at 10\.77\.0\.22, /);
    await calls[0].printed(/ben is sent to at 10\.77\.0\.22 now, no longer at 10\.77\.0\.2\n/);
    await Promise.all([sees(calls[0], ben, 2), sees(calls[1], anna, 2)]);
    for (const call of calls) expect(call.stderr).not.toContain('went');
    expect(Math.max(...(await missedBy(...calls)))).toBeLessThan(2);
  });

  // Neither could learn the other's new address from where packets come: nobody sends from there before it is told.
  it('do not end a call: both enter another network, and leave the one that they met in', async () => {
    const { anna, ben, carl } = network.hosts;
    const server = await serveOn(carl);
    const calls = [await joinCall(anna, carl), await joinCall(ben, carl)] as const;
    await Promise.all([sees(calls[0], ben), sees(calls[1], anna)]);
    await kill(server, ...calls);
    network.addSegment('10.78', 'eth1', 'anna', 'ben');
    await calls[0].printed(/ben can be reached at [^\n]*10\.78\.0\.2\b/);
    await calls[1].printed(/anna can be reached at [^\n]*10\.78\.0\.1\b/);
    ben.ip('address', 'delete', '10.77.0.2/24', 'dev', 'eth0');
    await calls[0].printed(/ben is sent to at 10\.78\.0\.2 now/);
    await Promise.all([sees(calls[0], ben, 2), sees(calls[1], anna, 2)]);
    for (const call of calls) expect(call.stderr).not.toContain('went');
    expect(Math.max(...(await missedBy(...calls)))).toBeLessThan(2);
  });
});
