import {
  findFfmpeg,
  openAudio,
  openVideo,
  type Ffmpeg,
  type PcmBlock,
  type RawVideoFrame,
} from '@hellohaybye/capture';
import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const picture = { width: 160, height: 120, fps: 30 };
const sound = { sampleRate: 44_100, channels: 1, chunkSamples: 441 };
const run = promisify(execFile);

let folder = '';
let clip = '';
let server: Server;
let url = '';
const ffmpegs: Record<string, string> = {};

/**
 * Two seconds at 25 frames a second: in each second, from 0.5 to 0.6 s, a white flash and a beep of 1 kHz; a tone
 * of 200 Hz all along.
 */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hhb-files-'));
  clip = join(folder, 'clip: 100%.mkv');
  const flash = "geq=lum='if(between(mod(T,1),0.499,0.599),235,16)':cb=128:cr=128";
  const beep = 'if(between(mod(t,1),0.5,0.6),0.5*sin(2*PI*1000*t),0)+0.1*sin(2*PI*200*t)';
  const found: Ffmpeg = await findFfmpeg();
  ffmpegs['the one that is found'] = found.path;
  ffmpegs['the bundled one'] = (await import('@ffmpeg-installer/ffmpeg')).default.path;
  await run(found.path, [
    ...['-v', 'error', '-f', 'lavfi', '-i', `color=s=160x120:r=25:d=2,${flash}`],
    ...['-f', 'lavfi', '-i', `aevalsrc='${beep}':s=44100:d=2`],
    ...['-c:v', 'mjpeg', '-c:a', 'pcm_s16le', `file:${clip}`],
  ]);
  server = createServer((_, response) => {
    void readFile(clip).then((bytes) => response.end(bytes));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/clip.mkv`;
});
afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true });
});

async function take<Item extends { capturedAt: number }>(
  source: AsyncIterable<Item> & { close(): Promise<void> },
  seconds: number,
): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of source) {
    items.push(item);
    if (item.capturedAt - (items[0] as Item).capturedAt > seconds * 1e6) break;
  }
  await source.close();
  return items;
}

const isWhite = (frame: RawVideoFrame): boolean => (frame.data[4 * 80 * 60] as number) > 128;
/** Amplitude of a frequency that has whole periods in a block. */
const amplitude = ({ samples }: PcmBlock, frequency: number): number => {
  let [a, b] = [0, 0];
  samples.forEach((sample, i) => {
    a += sample * Math.cos((2 * Math.PI * frequency * i) / 44_100);
    b += sample * Math.sin((2 * Math.PI * frequency * i) / 44_100);
  });
  return (2 * Math.hypot(a, b)) / samples.length;
};
/** When something begins, each time. */
const starts = <Item extends { capturedAt: number }>(items: Item[], on: (item: Item) => boolean): number[] =>
  items.filter((item, i) => i > 0 && on(item) && !on(items[i - 1] as Item)).map((item) => item.capturedAt);

describe.each(['the one that is found', 'the bundled one'])('a file, by ffmpeg: %s', (which) => {
  it('is looped in real time, picture and sound in step across the seam', async () => {
    const ffmpeg = ffmpegs[which] as string;
    const [video, audio] = await Promise.all([
      openVideo(`file:${clip}`, { ...picture, ffmpeg }),
      openAudio(`file:${clip}`, { ...sound, ffmpeg }),
    ]);
    const [frames, blocks] = await Promise.all([take(video, 4.3), take(audio, 4.3)]);

    const flashes = starts(frames as RawVideoFrame[], isWhite);
    const beeps = starts(blocks, (block) => amplitude(block, 1000) > 8000);
    expect(flashes.length).toBeGreaterThanOrEqual(4);
    for (const [i, flash] of flashes.slice(0, 4).entries()) {
      if (i > 0) expect(Math.abs(flash - (flashes[i - 1] as number) - 1e6)).toBeLessThan(70_000);
      // A frame of the file takes 40 ms, one of ours 33 ms.
      expect(Math.min(...beeps.map((beep) => Math.abs(beep - flash)))).toBeLessThan(75_000);
    }
    const apart = frames
      .slice(1)
      .map((frame, i) => frame.capturedAt - (frames[i] as RawVideoFrame).capturedAt);
    expect(frames.length).toBeGreaterThan(120);
    expect(Math.max(...apart)).toBeLessThan(110_000);
    // The tone goes on through the seam.
    expect(blocks.filter((block) => amplitude(block, 200) < 2500)).toHaveLength(0);
    // The newest frame waits while the sound is being opened; sound waits in a queue.
    expect(video.dropped).toBeLessThan(5);
    expect(audio.dropped).toBe(0);
  });
});

describe('a file', () => {
  it('is played alike when a web server has it', async () => {
    const source = await openVideo(url, picture);
    expect(source.label).toBe(url);
    const frames = (await take(source, 1.2)) as RawVideoFrame[];
    expect(starts(frames, isWhite).length).toBeGreaterThanOrEqual(1);
    expect(frames.length).toBeGreaterThan(30);
  });

  it('is fitted into another shape with black beside it', async () => {
    const source = await openVideo(`file:${clip}`, { width: 320, height: 120, fps: 30 });
    const frames = (await take(source, 1.2)) as RawVideoFrame[];
    const flash = frames.find((frame) => (frame.data[4 * (320 * 60 + 160)] as number) > 200);
    expect(flash?.data[4 * (320 * 60 + 40)]).toBeLessThan(10);
    expect(flash?.data[4 * (320 * 60 + 280)]).toBeLessThan(10);
  });

  it('has no picture, or no sound, and says so', async () => {
    const [silent, blind] = [join(folder, 'silent.mkv'), join(folder, 'blind.wav')];
    const ffmpeg = ffmpegs['the one that is found'] as string;
    await run(ffmpeg, ['-v', 'error', '-i', `file:${clip}`, '-an', '-c', 'copy', silent]);
    await run(ffmpeg, ['-v', 'error', '-i', `file:${clip}`, '-vn', '-c', 'copy', blind]);
    await expect(openAudio(`file:${silent}`, sound)).rejects.toThrow('silent.mkv has no sound');
    await expect(openVideo(`file:${blind}`, picture)).rejects.toThrow('blind.wav has no picture');
  });
});

const street = '../shared/media/street.mp4';
describe.skipIf(!existsSync(street))('the street camera', () => {
  it('is seen and heard', async () => {
    const [video, audio] = await Promise.all([
      openVideo(`file:${street}`, { width: 640, height: 480, fps: 30 }),
      openAudio(`file:${street}`, sound),
    ]);
    expect([video.label, audio.label]).toEqual(['street.mp4', 'street.mp4']);
    const [frames, blocks] = await Promise.all([take(video, 1.5), take(audio, 1.5)]);
    expect(frames.length).toBeGreaterThanOrEqual(44);
    expect(blocks.length).toBeGreaterThanOrEqual(149);
    const { data } = frames[0] as RawVideoFrame;
    expect(new Set(data.subarray(0, 40_000)).size).toBeGreaterThan(30);
    expect(blocks.some(({ samples }) => samples.some((sample) => Math.abs(sample) > 1000))).toBe(true);
  });
});
