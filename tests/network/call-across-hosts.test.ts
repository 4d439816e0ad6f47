import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { emptyFolder, root, start } from '../support/cli.js';
import { makeNetwork, type Host, type TestNetwork } from '../support/namespaces.js';
import { describeWith } from '../support/needs.js';
import { received, type Result } from '../support/result.js';

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
      expect(received(json as Result, by, from).video).toMatchObject({ incomplete: 0 });
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

describeWith(['network namespaces', 'packet capture', 'ffmpeg'], 'on the wire', () => {
  it('tshark finds nothing malformed, and knows our RTP, JPEG and RTCP', async () => {
    const network = makeNetwork('anna', 'ben');
    const silent = ['--video', 'none', '--audio', 'none'];
    try {
      const { anna, ben } = network.hosts;
      const file = join(emptyFolder(), 'call.pcapng');
      const live = ['-w', file, '-P', '-l', '-f', 'udp', '-a', 'duration:60'];
      const capture = anna.start('tshark', ['-i', 'eth0', ...live, ...heuristics]);
      await capture.printed(/Capturing on/);
      const server = anna.start(process.execPath, [serverBin, '--host', '0.0.0.0']);
      await server.printed(/5000/, 'stdout');
      const calls = [anna, ben].map((host) =>
        host.start(process.execPath, [
          cli,
          'join',
          '--server',
          `ws://${anna.address}:5000`,
          '--name',
          host.name,
          ...media,
          // Who sends nothing reports by RR, everybody else by SR.
          ...(host === ben ? silent : []),
        ]),
      );
      await calls[1]!.printed(/(anna: +[23]\d fps[^]*){4}/);
      for (const call of calls) {
        call.signal('SIGINT');
        await call.exited;
      }
      // What is captured lags behind: the goodbye is the last that is looked for.
      await capture.printed(/Goodbye/, 'stdout');
      capture.signal('SIGINT');
      await capture.exited;
      expect(readFileSync(file).length).toBeGreaterThan(100_000);

      expect(
        await packets(file, `_ws.malformed || (_ws.expert.severity >= 0x600000 && !${feedback})`),
      ).toEqual([]);
      expect(await packets(file, `${feedback} && rtcp.psfb.ms.afb_type != ${OUR_FEEDBACK}`)).toEqual([]);
      expect((await packets(file, 'rtp.p_type == 26 && jpeg.main_hdr')).length).toBeGreaterThan(100);
      expect((await packets(file, 'rtp.p_type == 11')).length).toBeGreaterThan(100);
      for (const type of [200, 201, 202, 203]) {
        expect((await packets(file, `rtcp.pt == ${type}`)).length, `RTCP ${type}`).toBeGreaterThan(0);
      }
      expect(await packets(file, 'udp && !rtp && !rtcp && !mdns')).toEqual([]);
    } finally {
      network.remove();
    }
  });
});

/** On ports that nothing tells it about, tshark knows RTP and RTCP by their looks. */
const heuristics = ['--enable-heuristic', 'rtp_udp', '--enable-heuristic', 'rtcp_udp'];

/**
 * Application layer feedback is the application's own (RFC 4585, section 6.4). tshark takes all of it for another
 * program's, and warns of a type that it does not know: the first two letters of our name, "HHBR".
 */
const feedback = 'rtcp.psfb.ms.afb_type.unknown';
const OUR_FEEDBACK = 0x4848;

/** The summaries of those packets of a capture that match a display filter. */
async function packets(file: string, filter: string): Promise<string[]> {
  const read = start('tshark', ['-r', file, ...heuristics, '-Y', filter]);
  await read.exited;
  return read.stdout.trim().split('\n').filter(Boolean);
}
