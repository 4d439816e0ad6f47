import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { root } from '../support/cli.js';
import { makeNetwork, type Host, type TestNetwork } from '../support/namespaces.js';
import { describeWith } from '../support/needs.js';
import { neverCame, received, type Result } from '../support/result.js';

const cli = join(root, 'apps/cli/bin/hellohaybye.js');
const serverBin = join(root, 'apps/server/bin/hellohaybye-server.js');
const media = [
  '--view',
  'none',
  '--speaker',
  'none',
  '--video',
  'test',
  '--audio',
  'tone',
  '--size',
  '320x240',
  '--json',
];

describeWith(['network namespaces'], 'a call across hosts', () => {
  let network: TestNetwork<'anna' | 'ben' | 'carl'>;
  beforeEach(() => {
    network = makeNetwork('anna', 'ben', 'carl');
  });
  afterEach(() => network.remove());

  const join = (host: Host, url: string, ...more: string[]) =>
    host.start(process.execPath, [cli, 'join', '--server', url, '--name', host.name, ...media, ...more]);

  it('goes from host to host, also for who runs the server', async () => {
    const { anna, ben, carl } = network.hosts;
    const server = anna.start(process.execPath, [serverBin, '--host', '0.0.0.0']);
    await server.printed(/5000/, 'stdout');
    // Anna reaches her server over loopback, the others over the network.
    const first = join(anna, 'ws://127.0.0.1:5000');
    await first.printed(/You are anna/);
    const second = join(ben, `ws://${anna.address}:5000`);
    const third = join(carl, `ws://${anna.address}:5000`);
    for (const [watcher, seen] of [
      [first, 'ben'],
      [first, 'carl'],
      [second, 'anna'],
      [second, 'carl'],
      [third, 'anna'],
      [third, 'ben'],
    ] as const) {
      await watcher.printed(new RegExp(`${seen}: +[23]\\d fps`));
    }
    for (const program of [first, second, third]) program.signal('SIGINT');
    for (const program of [first, second, third]) await program.exited;
    for (const [by, from] of [
      ['anna', 'ben'],
      ['ben', 'carl'],
      ['carl', 'anna'],
    ] as const) {
      const { json } = { anna: first, ben: second, carl: third }[by];
      expect(neverCame(received(json as Result, by, from).video)).toBe(0);
    }
  });

  it('connect: each names the other', async () => {
    const { anna, ben } = network.hosts;
    const connect = (host: Host, to: Host) =>
      host.start(process.execPath, [cli, 'connect', to.address, '--name', host.name, ...media]);
    // Both at once: whoever waits, the other comes.
    const first = connect(anna, ben);
    const second = connect(ben, anna);
    await first.printed(/ben: +[23]\d fps/);
    await second.printed(/anna: +[23]\d fps/);
  });
});
