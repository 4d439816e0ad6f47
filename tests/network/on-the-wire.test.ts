import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { emptyFolder, root, start, type Running } from '../support/cli.js';
import { makeNetwork, type TestNetwork } from '../support/namespaces.js';
import { describeWith } from '../support/needs.js';
import { leaksOf, occurrences } from '../support/secrecy.js';

const program = (name: string) => join(root, 'tests/support', name);
const cli = join(root, 'apps/cli/bin/hellohaybye.js');
const serverBin = join(root, 'apps/server/bin/hellohaybye-server.js');

/** What a participant shows, and where to, when only the network matters. */
const sources = [
  ...['--view', 'none', '--speaker', 'none'],
  ...['--video', 'test', '--audio', 'tone', '--size', '320x240'],
];

describeWith(['network namespaces', 'packet capture', 'ffmpeg'], 'on the wire', () => {
  let network: TestNetwork<'anna' | 'ben'>;
  let file: string;
  let capture: Running;
  const captureOn = async (device: string) => {
    const live = ['-w', file, '-P', '-l', '-f', 'udp', '-a', 'duration:60'];
    capture = network.hosts.anna.start('tshark', ['-i', device, ...live, ...heuristics]);
    await capture.printed(/Capturing on/);
  };
  beforeEach(() => {
    network = makeNetwork('anna', 'ben');
    file = join(emptyFolder(), 'call.pcapng');
  });
  afterEach(() => network.remove());

  it('without encryption, tshark finds nothing malformed, and knows our RTP, JPEG and RTCP', async () => {
    await captureOn('eth0');
    const { anna, ben } = network.hosts;
    const plain = program('plain-participant.mjs');
    const sender = anna.start(process.execPath, [plain, 'anna', ben.address, 'sends']);
    await sender.printed(/waiting/, 'stdout');
    // Who sends nothing reports by RR, everybody else by SR.
    const receiver = ben.start(process.execPath, [plain, 'ben', anna.address, 'receives']);
    await sender.printed(/heard hello from ben/, 'stdout');
    await receiver.printed(/picture 120\n/, 'stdout');
    for (const one of [sender, receiver]) {
      one.signal('SIGINT');
      await one.exited;
    }
    // What is captured lags behind: the goodbye is the last that is looked for.
    await capture.printed(/Goodbye/, 'stdout');
    capture.signal('SIGINT');
    await capture.exited;
    expect(readFileSync(file).length).toBeGreaterThan(100_000);

    expect(await packets(file, `_ws.malformed || (_ws.expert.severity >= 0x600000 && !${feedback})`)).toEqual(
      [],
    );
    expect(await packets(file, `${feedback} && rtcp.psfb.ms.afb_type != ${OUR_FEEDBACK}`)).toEqual([]);
    expect((await packets(file, 'rtp.p_type == 26 && jpeg.main_hdr')).length).toBeGreaterThan(100);
    expect((await packets(file, 'rtp.p_type == 11')).length).toBeGreaterThan(100);
    for (const type of [200, 201, 202, 203]) {
      expect((await packets(file, `rtcp.pt == ${type}`)).length, `RTCP ${type}`).toBeGreaterThan(0);
    }
    expect(await packets(file, 'udp && !rtp && !rtcp && !mdns')).toEqual([]);

    // What shows nothing in a call that is encrypted shows this here, or it would be blind.
    const datagrams = await payloads(file);
    const leaks = leaksOf(datagrams, { rtp: 0, rtcp: 0 });
    expect(leaks.strange).toBe(0);
    expect(leaks.repeatedBlocks).toBeGreaterThan(1000);
    for (const kind of ['video', 'audio', 'control', 'reports'] as const) {
      expect(leaks.chiSquare[kind], kind).toBeGreaterThan(mostChiSquare);
      // Samples have no headers.
      if (kind !== 'audio') expect(leaks.constant[kind], kind).toBeGreaterThan(0.9);
    }
    for (const text of ['hello from anna', 'anna@plain.example'])
      expect(occurrences(datagrams, text), text).toBeGreaterThan(0);
  });

  it('the demo, which is what `npm start` starts, shows no more', async () => {
    await captureOn('lo');
    const demo = network.hosts.anna.start(
      process.execPath,
      [cli, 'demo', '--duration', '6', '--json', ...sources],
      {
        env: { XDG_CONFIG_HOME: emptyFolder() },
      },
    );
    expect((await demo.exited).code).toBe(0);
    capture.signal('SIGINT');
    await capture.exited;
    // Nobody writes anything there.
    await expectNoPlaintext([], 3);
  });

  /** Of a call that was captured. @param words texts that were sent in it @param leastControl how much goes over the control stream */
  const expectNoPlaintext = async (words: string[] = [], leastControl = 10) => {
    const datagrams = await payloads(file);
    const leaks = leaksOf(datagrams);
    const { video, audio, control, reports } = leaks.datagrams;
    expect(Math.min(video, audio)).toBeGreaterThan(500);
    expect(reports).toBeGreaterThan(10);
    expect(control).toBeGreaterThan(leastControl);
    expect(leaks).toMatchObject({ strange: 0, repeatedBlocks: 0 });
    for (const kind of ['video', 'audio', 'control', 'reports'] as const) {
      expect(leaks.chiSquare[kind], kind).toBeLessThan(mostChiSquare);
      expect(leaks.constant[kind], kind).toBeLessThan(mostAlike);
    }
    // Words of what was sent, of our messages, of our reports.
    for (const text of [...words, '"type"', 'HHBI', 'HHBR', 'HHBP'])
      expect(occurrences(datagrams, text), text).toBe(0);
  };

  it('in a call, nothing can be read but the headers of RTP and RTCP', async () => {
    await captureOn('eth0');
    const { anna, ben } = network.hosts;
    const server = anna.start(process.execPath, [serverBin, '--host', '0.0.0.0']);
    await server.printed(/5000/, 'stdout');
    const url = `ws://${anna.address}:5000`;
    const line = 'the quick brown fox jumps over the lazy dog';
    // Nobody is known there by a key of an earlier day.
    const second = ben.start(process.execPath, [cli, 'join', '--server', url, '--name', 'ben', ...sources], {
      env: { XDG_CONFIG_HOME: emptyFolder() },
    });
    await second.printed(/You are ben/);
    const first = anna.start(process.execPath, [program('caller.mjs'), url, 'anna', line]);
    await second.printed(new RegExp(`anna: ${line}`));
    await second.printed(/(anna: +[23]\d fps[^]*){4}/);
    for (const one of [first, second]) {
      one.signal('SIGINT');
      await one.exited;
    }
    capture.signal('SIGINT');
    await capture.exited;

    await expectNoPlaintext(line.split(' ').filter(({ length }) => length > 4));
    // They are RTP all the same: of payload types and sources that a capture can be sorted by.
    expect((await packets(file, 'rtp.p_type == 26')).length).toBeGreaterThan(500);
    expect((await packets(file, 'rtp.p_type == 11')).length).toBeGreaterThan(500);
  });
});

/** 255 degrees of freedom: random bytes are beyond this once in 10^12 captures. */
const mostChiSquare = 450;
/** Among ten datagrams, and more surely among more, not even half have one value at one place by chance. */
const mostAlike = 0.6;

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

/** What the datagrams of a capture carry, those of name resolution left out. */
async function payloads(file: string): Promise<Buffer[]> {
  const read = start('tshark', ['-r', file, '-Y', 'udp && !mdns', '-T', 'fields', '-e', 'udp.payload']);
  await read.exited;
  return read.stdout
    .trim()
    .split('\n')
    .map((hex) => Buffer.from(hex.trim(), 'hex'));
}
