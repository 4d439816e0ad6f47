import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findFfmpeg, openVideo, readTestPicture, type RawVideoFrame } from '@hellohaybye/capture';
import { createJpegCodec, type RawImage } from '@hellohaybye/codec';
import { openTransport, type Transport } from '@hellohaybye/transport/node';
import { afterEach, describe, expect, it } from 'vitest';
import { emptyFolder, mediaFolder } from '../support/cli.js';
import { psnr, spread } from '../support/psnr.js';

const shape = { width: 640, height: 480, fps: 30 };
const quality = 80;
const host = '127.0.0.1';
const stream = {
  id: 'video',
  channel: 'video',
  ssrc: 0x1234_5678,
  formats: [
    { format: 'jpeg', payloadType: 26, clockRate: 90_000 },
    { format: 'generic', payloadType: 96, clockRate: 90_000 },
  ],
} satisfies Parameters<Transport['addOutgoing']>[0];

/** Frames of both sides with the same instant of capture may differ by so much: a tick of the RTP clock and rounding. */
const clockTolerance = 100;

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

function keep<T extends { close(): Promise<void> }>(opened: T): T {
  closers.push(() => opened.close());
  return opened;
}

interface Pair {
  sent: RawVideoFrame;
  received: RawImage;
}

/** Sends frames of a source over UDP and pairs each that arrives with the one it was, by the instant of capture. */
async function journey(spec: string, count: number): Promise<Pair[]> {
  const codec = keep(createJpegCodec());
  const channels = { video: { host, port: 0 } };
  const sender = keep(await openTransport({ channels }));
  const receiver = keep(await openTransport({ channels }));
  const source = keep(await openVideo(spec, shape));

  const arrived: { data: Uint8Array; capturedAt?: number; format: string }[] = [];
  receiver.on('frame', (frame) => arrived.push(frame));
  receiver.addIncoming({ peer: 'sender', ...stream });
  sender.addOutgoing(stream);
  sender.addDestination({
    id: 'receiver',
    addresses: { video: { address: host, port: receiver.ports['video']! } },
  });

  const sent: RawVideoFrame[] = [];
  for await (const frame of source) {
    if (frame.kind !== 'raw') throw new Error('a source of raw frames is needed');
    sent.push(frame);
    const data = await codec.encode(frame, { quality });
    sender.send({ stream: 'video', data, capturedAt: frame.capturedAt });
    // What is on its way still does not count; had frames been lost, this would not go on for ever.
    if (arrived.length >= count || sent.length >= 3 * count) break;
  }

  const [statistics] = (await receiver.statistics()).incoming;
  expect(statistics).toMatchObject({ lost: 0, givenUp: 0, late: 0 });
  expect(arrived.length, `of ${sent.length} that were sent`).toBeGreaterThanOrEqual(count);
  return Promise.all(
    arrived.map(async ({ data, capturedAt = NaN, format }) => {
      expect(format).toBe('jpeg');
      const of = sent.filter((frame) => Math.abs(frame.capturedAt - capturedAt) <= clockTolerance);
      expect(of, `frames captured at ${capturedAt}`).toHaveLength(1);
      return { sent: of[0]!, received: await codec.decode(data) };
    }),
  );
}

function expectLikeness(pairs: Pair[]): void {
  const { min, median } = spread(pairs.map(({ sent, received }) => psnr(received, sent)));
  const figures = `PSNR min ${min.toFixed(1)} dB, median ${median.toFixed(1)} dB of ${pairs.length} frames`;
  expect(min, figures).toBeGreaterThan(30);
  // Pictures that stand still would prove little.
  expect(psnr(pairs.at(-1)!.sent, pairs[0]!.sent), 'the source moves').toBeLessThan(30);
}

describe('pictures from capture to decoder, over UDP sockets', () => {
  it('of the test source arrive as they were', async () => {
    const pairs = await journey('test', 45);
    expectLikeness(pairs);
    for (const { sent, received } of pairs) {
      expect(readTestPicture(received)).toBe(readTestPicture(sent));
    }
  });

  const street = join(mediaFolder, 'street.mp4');
  const footage = existsSync(street) ? 'street footage' : 'a zoom into a fractal';
  it(`of a file with ${footage} arrive as they were`, async () => {
    const file = existsSync(street) ? street : await fractal();
    expectLikeness(await journey(`file:${file}`, 45));
  });
});

/** Fine detail that moves, where there is no footage of the world. */
async function fractal(): Promise<string> {
  const file = join(emptyFolder(), 'fractal.mp4');
  const { path } = await findFfmpeg();
  const source = 'mandelbrot=size=640x480:rate=30:start_scale=0.5';
  execFileSync(path, [
    ...['-v', 'error', '-f', 'lavfi', '-i', source, '-t', '3', '-c:v', 'mpeg4', '-q:v', '3', file],
  ]);
  return file;
}
