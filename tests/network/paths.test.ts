import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { emptyFolder, root, type Running } from '../support/cli.js';
import { makeNetwork, type Host, type TestNetwork } from '../support/namespaces.js';
import { describeWith } from '../support/needs.js';
import { received, type Result } from '../support/result.js';

const cli = join(root, 'apps/cli/bin/hellohaybye.js');
const fps = 15;
const flags = [
  ...['--view', 'none', '--speaker', 'none', '--json'],
  ...['--video', 'test', '--audio', 'tone', '--size', '160x120', '--fps', String(fps)],
];

let network: TestNetwork<'anna' | 'ben'>;
let state: string;

const joinCall = async (host: Host): Promise<Running> => {
  const env = { HHB_DISCOVERY: 'auto', XDG_STATE_HOME: join(state, host.name) };
  const call = host.start(process.execPath, [cli, 'join', '--name', host.name, ...flags], { env });
  await call.printed(new RegExp(`You are ${host.name}`));
  return call;
};

describeWith(['network namespaces'], 'two hosts with two links between them', () => {
  beforeEach(() => {
    state = emptyFolder();
    network = makeNetwork('anna', 'ben');
    network.addSegment('10.78', 'eth1', 'anna', 'ben');
  });
  afterEach(() => network.remove());

  it.each([
    ['fails silently', () => network.setConnected('ben', false)],
    ['is taken down', () => network.hosts.ben.ip('link', 'set', 'eth0', 'down')],
  ])('see each other on over the other link when the one in use %s', async (_, fail) => {
    const { anna, ben } = network.hosts;
    const first = await joinCall(anna);
    const second = await joinCall(ben);
    const since = performance.now();
    await Promise.all([first.printed(/ben: +\d+ fps/), second.printed(/anna: +\d+ fps/)]);
    fail();
    // Long enough that pictures which stop for good are far below the bound.
    await sleep(7000);
    const seconds = (performance.now() - since) / 1000;
    // Who can't be reached by the server's host may take a while to leave.
    first.signal('SIGINT');
    second.signal('SIGINT');
    await Promise.all([first.exited, second.exited]);
    const seen = [
      received(first.json as Result, 'anna', 'ben'),
      received(second.json as Result, 'ben', 'anna'),
    ];
    for (const { video } of seen) {
      const gap = seconds - video.frames / fps;
      process.stdout.write(`Pictures missing around the failure of a link: ${gap.toFixed(2)} s\n`);
      expect(gap).toBeLessThan(3);
    }
  });
});
