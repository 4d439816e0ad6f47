import { afterEach, beforeEach, expect, it } from 'vitest';
import { emptyFolder } from '../support/cli.js';
import { makeNetwork, type TestNetwork } from '../support/namespaces.js';
import { describeWith } from '../support/needs.js';
import { fps, joinAt, leave, serveOn } from '../support/on-hosts.js';
import { received, type Result } from '../support/result.js';

let network: TestNetwork<'anna' | 'ben' | 'carl'>;
let state: string;

/** Has Anna and Ben meet at a server of Carl's; each is to see the other at once, by the address that works. */
const expectCall = async (server: string, dead: string, alive: string): Promise<void> => {
  const { anna, ben, carl } = network.hosts;
  await serveOn(carl);
  const first = await joinAt(server, anna, state);
  const second = await joinAt(server, ben, state);
  const since = performance.now();
  const escape = (text: string) => text.replaceAll('.', '\\.');
  const changed = (name: string, part: string) =>
    new RegExp(`${name} is sent to at ${escape(alive + part)} now, no longer at ${escape(dead + part)}\\n`);
  await Promise.all([first.printed(changed('ben', '.0.2')), second.printed(changed('anna', '.0.1'))]);
  const took = (performance.now() - since) / 1000;
  await Promise.all([first.printed(/ben: +1\d fps/), second.printed(/anna: +1\d fps/)]);
  await leave(first, second);
  const results = [first.json as Result, second.json as Result] as const;
  const lost = [
    results[1].participants[0]!.sent.video.frames - received(results[0], 'anna', 'ben').video.frames,
    results[0].participants[0]!.sent.video.frames - received(results[1], 'ben', 'anna').video.frames,
  ];
  process.stdout.write(
    `The right address after ${took.toFixed(2)} s; pictures that did not come: ${String(lost)}\n`,
  );
  // What comes before the first answer is lost, and what is sent while the other one is leaving.
  expect(took).toBeLessThan(1);
  for (const pictures of lost) expect(pictures).toBeLessThan(fps);
};

describeWith(['network namespaces'], 'an address that looks best and never answers', () => {
  beforeEach(() => {
    state = emptyFolder();
    network = makeNetwork('anna', 'ben', 'carl');
  });
  afterEach(() => network.remove());

  it('is passed over: a network that keeps its guests apart, by which all reach the server', async () => {
    network.addSegment('10.78', 'eth1', 'anna', 'ben', 'carl');
    network.setIsolated(true, 'eth1', 'anna', 'ben');
    await expectCall('10.78.0.3', '10.78', '10.77');
  });

  it('is passed over: that of a container bridge, whose network both seem to be in', async () => {
    for (const [index, name] of (['anna', 'ben'] as const).entries()) {
      const host = network.hosts[name];
      host.ip('address', 'flush', 'dev', 'eth0');
      // Of the network that really joins them only the route to it is known.
      host.ip('address', 'add', `${host.address}/32`, 'dev', 'eth0');
      host.ip('route', 'add', '10.77.0.0/24', 'dev', 'eth0');
      host.ip('link', 'add', 'docker0', 'type', 'bridge');
      host.ip('address', 'add', `172.17.0.${index + 1}/16`, 'dev', 'docker0');
      host.ip('link', 'set', 'docker0', 'up');
    }
    await expectCall('10.77.0.3', '172.17', '10.77');
  });
});
