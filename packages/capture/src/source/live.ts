import type { Clock } from '@hellohaybye/core';
import { BlockCutter } from '../timing/block-cutter.js';
import { MjpegSplitter } from '../timing/mjpeg-splitter.js';
import { readFrames } from '../timing/read-frames.js';
import { readSamples } from '../timing/read-samples.js';
import { SampleClock } from '../timing/sample-clock.js';
import type { AudioOptions, PcmBlock, VideoFrame } from '../types.js';

/** Hands on raw frames as they come. */
export async function relayFrames(
  stdout: AsyncIterable<Uint8Array>,
  { width, height }: { width: number; height: number },
  clock: Clock,
  put: (frame: VideoFrame) => void,
): Promise<void> {
  for await (const { data, arrivedAt } of readFrames(stdout, width * height * 4, clock)) {
    put({ kind: 'raw', width, height, format: 'bgr0', data, capturedAt: arrivedAt });
  }
}

/** Hands on JPEG pictures as they come. */
export async function relayJpeg(
  stdout: AsyncIterable<Uint8Array>,
  clock: Clock,
  put: (frame: VideoFrame) => void,
): Promise<void> {
  const splitter = new MjpegSplitter();
  let startedAt = clock.now();
  for await (const chunk of stdout) {
    const now = clock.now();
    if (!splitter.inside) startedAt = now;
    for (const data of splitter.push(chunk)) {
      put({ kind: 'jpeg', data, capturedAt: startedAt });
      startedAt = now;
    }
  }
}

/** Hands on sound as it comes, in blocks of one size. */
export async function relaySamples(
  stdout: AsyncIterable<Uint8Array>,
  options: AudioOptions,
  clock: Clock,
  put: (block: PcmBlock) => void,
): Promise<void> {
  const { sampleRate, channels } = options;
  const sampleClock = new SampleClock(sampleRate);
  const cutter = new BlockCutter(options, put);
  for await (const { samples, arrivedAt } of readSamples(stdout, channels, clock)) {
    cutter.push({ samples, capturedAt: sampleClock.stamp(samples.length / channels, arrivedAt) });
  }
}
