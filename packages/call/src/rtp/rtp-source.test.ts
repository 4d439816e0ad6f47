import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { millis } from '@hellohaybye/core';
import { systemClock } from '@hellohaybye/core/node';
import { openTransport, type Transport } from '@hellohaybye/transport/node';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Closers } from '../closers.js';
import { l16Format } from '../media-description.js';
import type { Notice } from '../options.js';
import { checkSources } from '../sources.js';
import { openRtpAudio, openRtpVideo, RtpClocks, rtpFile } from './rtp-source.js';
import { writeSdp } from './sdp.js';

const host = '127.0.0.1';
const shape = { sampleRate: 44_100, channels: 1 };
let folder = '';
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'hhb-rtp-source-'))));
afterAll(() => rm(folder, { recursive: true }));
const closers = new Closers();
afterEach(() => closers.close());

async function sdp(text: string): Promise<string> {
  const path = join(folder, 'x.sdp');
  await writeFile(path, text);
  return path;
}

const options = (notices: Notice[] = []) => ({
  clocks: new RtpClocks(),
  onNotice: (notice: Notice) => void notices.push(notice),
});

/** Two ports that were free a moment ago: the second is for RTCP. */
async function freePorts(): Promise<number> {
  for (;;) {
    const channels = { media: { port: 0, host } };
    const probe = await openTransport({ channels, worker: false });
    const port = probe.ports['media']!;
    await probe.close();
    const both = { media: { port, host }, rtcp: { port: port + 1, host } };
    const pair = await openTransport({ channels: both, worker: false }).catch(() => undefined);
    await pair?.close();
    if (pair) return port;
  }
}

describe('rtpFile', () => {
  it('is what follows the colon, and nothing of a URL', () => {
    expect(['rtp:x.sdp', 'rtp:/a/x.sdp', 'rtp:C:\\x.sdp'].map(rtpFile)).toEqual([
      ...['x.sdp', '/a/x.sdp', 'C:\\x.sdp'],
    ]);
    expect(['rtp://127.0.0.1:5004', 'file:rtp:x', 'test'].map(rtpFile)).toEqual([
      ...[undefined, undefined, undefined],
    ]);
    expect(() => rtpFile('rtp:')).toThrow(expect.objectContaining({ code: 'bad-source' }));
  });
});

describe('checkSources', () => {
  it('lets pass what can be opened, and nothing else', () => {
    for (const video of ['auto', 'none', 'test', 'camera', 'rtp:x.sdp', 'rtp://127.0.0.1:5004']) {
      checkSources({ video, audio: 'none' });
    }
    for (const audio of ['auto', 'none', 'tone', 'rtp:x.sdp']) checkSources({ video: 'none', audio });
    const wrong = [
      { video: 'rtp', audio: 'none' },
      { video: 'none', audio: 'test' },
      { video: 'none', audio: 'rtp:' },
    ];
    for (const sources of wrong) {
      expect(() => checkSources(sources)).toThrow(expect.objectContaining({ code: 'bad-source' }));
    }
  });
});

describe('what is wrong is known at once, by a code', () => {
  const head = `v=0\nc=IN IP4 ${host}\n`;
  it.each([
    ['hello', 'bad-sdp', 'x.sdp is no SDP file: it has no line "v=0"'],
    [`${head}m=audio 6000 RTP/AVP 11\n`, 'bad-sdp', 'x.sdp describes no video'],
    [
      `${head}m=video 6000 RTP/AVP 96\na=rtpmap:96 H264/90000\n`,
      'bad-sdp',
      'x.sdp: its video is H264; only JPEG is understood',
    ],
    [
      'v=0\nc=IN IP4 192.0.2.7\nm=video 6000 RTP/AVP 26\n',
      'bad-sdp',
      'x.sdp: 192.0.2.7 is no address of this machine',
    ],
    [
      'v=0\nc=IN IP4 camera.local\nm=video 6000 RTP/AVP 26\n',
      'bad-sdp',
      'x.sdp: camera.local is no IP address',
    ],
  ])('of %j', async (text, code, message) => {
    await expect(openRtpVideo(await sdp(text), options())).rejects.toMatchObject({ code, message });
  });

  it('of sound in a shape that nobody has', async () => {
    const path = await sdp(`${head}m=audio 6000 RTP/AVP 96\na=rtpmap:96 L16/1000000/1\n`);
    await expect(openRtpAudio(path, shape, options())).rejects.toMatchObject({ code: 'bad-sdp' });
  });

  it('of a file that is not there, a folder, and a port that is taken', async () => {
    const missing = openRtpVideo(join(folder, 'no.sdp'), options());
    await expect(missing).rejects.toMatchObject({ code: 'file-not-found' });
    await expect(openRtpVideo(folder, options())).rejects.toMatchObject({ code: 'bad-sdp' });
    const port = await freePorts();
    const path = await sdp(`${head}m=video ${port} RTP/AVP 26\n`);
    closers.add(await openRtpVideo(path, options()));
    await expect(openRtpVideo(path, options())).rejects.toMatchObject({ code: 'port-in-use' });
  });
});

describe('openRtpAudio', () => {
  const format = l16Format(48_000, 2);
  async function sender(port: number, ssrc: number): Promise<Transport> {
    const transport = closers.add(
      await openTransport({ channels: { audio: { port: 0, host } }, worker: false }),
    );
    transport.addOutgoing({ id: 'audio', channel: 'audio', ssrc, formats: [format] });
    const addresses = { audio: { address: host, port } };
    const rtcpAddresses = { audio: { address: host, port: port + 1 } };
    transport.addDestination({ id: 'receiver', addresses, rtcpAddresses, repair: false });
    return transport;
  }

  it('gives sound in the shape that is wanted, each block with its instant, from whoever sends', async () => {
    const port = await freePorts();
    const session = { address: host, audio: { port, rtcpPort: port + 1, format } };
    const path = await sdp(writeSdp(session, { sessionId: 1, ptimeMs: 5 }));
    const notices: Notice[] = [];
    const source = closers.add(await openRtpAudio(path, shape, options(notices)));
    expect(notices).toEqual([
      {
        code: 'rtp-awaited',
        message: `Sound of x.sdp is expected on UDP port ${port} of ${host}`,
      },
    ]);
    const transport = await sender(port, 7);
    const begun = systemClock.now();
    // A hundredth of full scale in the left channel alone: half of it in one channel.
    const packet = () => Uint8Array.from({ length: 240 * 4 }, (_, index) => (index % 4 === 0 ? 2 : 0));
    let sent = 0;
    const sendTen = () => {
      for (const end = sent + 10; sent < end; sent += 1) {
        transport.send({ stream: 'audio', data: packet(), capturedAt: millis(begun / 1e3 + sent * 5) });
      }
    };
    let count = 0;
    const instants: number[] = [];
    // Ten come at once, so that instants by arrival can't pass for those of capture: they are as long as the sender's
    // report, which comes to a socket of its own, is not there.
    const areOfCapture = () =>
      instants.length > 20 && steps(instants.slice(-20)).every((step) => Math.abs(step - 5000) < 100);
    sendTen();
    for await (const { samples, capturedAt } of source) {
      instants.push(capturedAt);
      count += samples.length;
      if (areOfCapture()) {
        expect(samples[100]).toBe(256);
        break;
      }
      // What the resampler still holds is under 5 ms.
      if (count >= (sent - 2) * 220.5) sendTen();
    }
    expect(Math.abs(instants[0]! - begun)).toBeLessThan(500_000);
    expect(source.dropped).toBe(0);
  });
});

const steps = (instants: number[]): number[] =>
  instants.slice(1).map((instant, index) => instant - instants[index]!);
