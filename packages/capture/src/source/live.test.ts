import { systemClock } from '@hellohaybye/core/node';
import { describe, expect, it } from 'vitest';
import { jpegOutput, pcmOutput, rawVideoOutput } from '../ffmpeg/arguments.js';
import { attemptFfmpeg } from '../ffmpeg/attempt.js';
import { findFfmpeg } from '../ffmpeg/find.js';
import type { PcmBlock, VideoFrame } from '../types.js';
import { relayFrames, relayJpeg, relaySamples } from './live.js';

/** Runs ffmpeg on one of its own generators, and gives what came in time. */
async function relay<Item>(
  generator: string,
  output: string[],
  consume: (stdout: AsyncIterable<Uint8Array>, put: (item: Item) => void) => Promise<void>,
): Promise<{ items: Item[]; reason: string }> {
  const items: Item[] = [];
  const { ended } = attemptFfmpeg({
    path: (await findFfmpeg()).path,
    input: { source: generator, options: ['-f', 'lavfi'] },
    output,
    intent: { kind: 'url', label: 'It', medium: 'video' },
    consume: (stdout) => consume(stdout, (item) => items.push(item)),
  });
  return { items, reason: (await ended).code };
}

describe('what comes live', () => {
  it('is handed on as raw frames, fitted in', async () => {
    const output = rawVideoOutput({ width: 64, height: 64, fps: 25 });
    const { items } = await relay<VideoFrame>('color=red:s=64x32:r=25:d=0.4', output, (stdout, put) =>
      relayFrames(stdout, { width: 64, height: 64 }, systemClock, put),
    );
    expect(items).toHaveLength(10);
    for (const frame of items) {
      expect(frame).toMatchObject({ kind: 'raw', width: 64, height: 64, format: 'bgr0' });
      expect(frame.data).toHaveLength(64 * 64 * 4);
      const [blue, green, red] = frame.data.subarray(4 * (32 * 64 + 32));
      expect([blue, green, red].map((value) => Math.round((value as number) / 64))).toEqual([0, 0, 4]);
      expect(frame.data[0]).toBe(0);
    }
  });

  it('is handed on as the JPEG that a camera made', async () => {
    // A generator has no JPEG to copy, so ffmpeg stands in for the camera.
    const output = jpegOutput().map((option) => (option === 'copy' ? 'mjpeg' : option));
    const { items } = await relay<VideoFrame>('testsrc=s=320x240:r=25:d=0.4', output, (stdout, put) =>
      relayJpeg(stdout, systemClock, put),
    );
    expect(items).toHaveLength(10);
    for (const { kind, data } of items) {
      expect(kind).toBe('jpeg');
      expect([...data.slice(0, 2), ...data.slice(-2)]).toEqual([0xff, 0xd8, 0xff, 0xd9]);
    }
    const instants = items.map(({ capturedAt }) => capturedAt);
    expect(instants).toEqual(instants.toSorted((a, b) => a - b));
  });

  it('is handed on as blocks of sound', async () => {
    const options = { sampleRate: 8000, channels: 2, chunkSamples: 800 };
    const { items } = await relay<PcmBlock>('sine=400:r=44100:d=1', pcmOutput(options), (stdout, put) =>
      relaySamples(stdout, options, systemClock, put),
    );
    expect(items.length).toBeGreaterThanOrEqual(9);
    const { samples } = items[3] as PcmBlock;
    expect(samples).toHaveLength(1600);
    expect(samples.filter((_, i) => i % 2 === 0)).toEqual(samples.filter((_, i) => i % 2 === 1));
    const crossings = samples.filter(
      (sample, i) => i >= 2 && i % 2 === 0 && sample > 0 !== (samples[i - 2] as number) > 0,
    );
    expect(Math.abs(crossings.length - 80)).toBeLessThanOrEqual(1);
  });
});
