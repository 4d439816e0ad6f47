import { systemClock } from '@hellohaybye/core/node';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAudio, openVideo, readTestPicture, type PcmBlock, type VideoFrame } from './index.js';

const video = { width: 160, height: 120, fps: 30 };
const audio = { sampleRate: 44_100, channels: 1, chunkSamples: 1024 };

async function take<Item>(source: AsyncIterable<Item>, count: number): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of source) if (items.push(item) === count) break;
  return items;
}

describe('the test sources', () => {
  it('give frame n at the instant n / fps', async () => {
    const source = await openVideo('test', video);
    const frames = (await take(source, 8)) as (VideoFrame & { kind: 'raw' })[];
    await source.close();
    const first = frames[0] as VideoFrame;
    for (const frame of frames) {
      const number = readTestPicture(frame) as number;
      expect(Math.abs(frame.capturedAt - first.capturedAt - (number * 1e6) / 30)).toBeLessThanOrEqual(1);
    }
    expect(readTestPicture(frames.at(-1) as (typeof frames)[0])).toBeGreaterThanOrEqual(7);
  });

  it('give each block of sound once it has been captured, in every channel', async () => {
    const source = await openAudio('tone', { ...audio, channels: 2 });
    const blocks = await take(source, 5);
    await source.close();
    blocks.forEach((block, n) => {
      expect(block.samples).toHaveLength(2048);
      expect(block.capturedAt - (blocks[0] as PcmBlock).capturedAt).toBe(
        Math.round((n * 1024 * 1e6) / 44_100),
      );
      expect(block.samples.filter((_, i) => i % 2 === 0)).toEqual(
        block.samples.filter((_, i) => i % 2 === 1),
      );
    });
    expect(systemClock.now() - (blocks.at(-1) as PcmBlock).capturedAt).toBeGreaterThan(23_219);
  });

  it('give a slow consumer the newest frame, and count the others', async () => {
    const source = await openVideo('test', { ...video, fps: 200 });
    const [first] = await take(source, 1);
    while (source.dropped < 10) await new Promise(setImmediate);
    const [frame] = await take(source, 1);
    // An interval for each that went, at least, and one for itself.
    const since = (frame as VideoFrame).capturedAt - (first as VideoFrame).capturedAt;
    expect(since).toBeGreaterThanOrEqual(11 * 5000 - 1);
    await source.close();
    await source.close();
  });

  it('end the iteration when they are closed', async () => {
    const source = await openVideo('test', video);
    let count = 0;
    for await (const _ of source) if (++count === 3) await source.close();
    expect(count).toBe(3);
  });
});

describe('what is wrong is known at once, by a code', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hhb-open-'));
    await writeFile(join(folder, 'text.txt'), 'hello world\n'.repeat(50));
    await writeFile(join(folder, 'page.mp4'), '<html><body>This is no film</body></html>');
    await writeFile(join(folder, 'empty.mp4'), '');
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each(['text.txt', 'page.mp4', 'empty.mp4', ''])('of a file that is no media: %s', async (name) => {
    const spec = `file:${join(folder, name)}`;
    await expect(openVideo(spec, video)).rejects.toMatchObject({ name: 'HhbError', code: 'not-media' });
    await expect(openAudio(spec, audio)).rejects.toMatchObject({ name: 'HhbError', code: 'not-media' });
  });

  it.each([
    ['file:nowhere.mp4', 'file-not-found'],
    ['C:\\x.mp4', 'file-not-found'],
    ['none', 'bad-source'],
    ['webcam', 'bad-source'],
    ['http://127.0.0.1:9/live', 'source-failed'],
  ])('of %s', async (spec, code) => {
    for (const open of [() => openVideo(spec, video), () => openAudio(spec, audio)]) {
      const error = await open().then(
        () => undefined,
        (thrown: Error) => thrown,
      );
      expect(error).toMatchObject({ name: 'HhbError', code });
      expect(error?.message).not.toContain('\n');
    }
  });

  it('of a password in a URL, nothing is shown', async () => {
    const opening = openVideo('http://me:secret@127.0.0.1:9/live', video);
    await expect(opening).rejects.not.toThrow(/secret/);
  });

  it('of options', async () => {
    for (const wrong of [
      { width: 0 },
      { height: 1.5 },
      { fps: -1 },
      { fps: Number.NaN },
      { width: 20_000 },
    ]) {
      await expect(openVideo('test', { ...video, ...wrong })).rejects.toMatchObject({ code: 'bad-option' });
    }
    await expect(openAudio('tone', { ...audio, channels: 0 })).rejects.toMatchObject({ code: 'bad-option' });
    const gone = openVideo(`file:${join(folder, 'page.mp4')}`, { ...video, ffmpeg: join(folder, 'ffmpeg') });
    await expect(gone).rejects.toMatchObject({ code: 'ffmpeg-missing' });
  });
});
