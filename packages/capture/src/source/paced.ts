import { durationOf, micros, type Clock, type Micros } from '@hellohaybye/core';
import { BlockCutter } from '../timing/block-cutter.js';
import { readFrames } from '../timing/read-frames.js';
import { readSamples } from '../timing/read-samples.js';
import { sleepUntil } from '../timing/sleep-until.js';
import type { AudioOptions, PcmBlock, VideoFrame, VideoOptions } from '../types.js';

// Files are decoded as fast as somebody reads, and read at the pace of our clock. ffmpeg's own `-re` would
// hand audio over in lumps of a packet, newer versions half a second of it at once; and two ffmpegs for the
// picture and the sound of one file would keep two times. Here position 0 of both is the instant of opening.

/** What a paced reader works with. */
export interface Paced<Item> {
  clock: Clock;
  /** The instant of position 0. */
  startedAt: Micros;
  signal: AbortSignal;
  put: (item: Item) => void;
}

/** Hands on raw frames, each at its instant. What can't be in time is left out. */
export async function playFrames(
  stdout: AsyncIterable<Uint8Array>,
  { width, height, fps }: VideoOptions,
  { clock, startedAt, signal, put }: Paced<VideoFrame>,
): Promise<void> {
  const timetable = new Timetable(startedAt);
  let count = 0;
  for await (const { data } of readFrames(stdout, width * height * 4, clock)) {
    const due = timetable.dueAt(durationOf(count++, fps), clock.now());
    if (due === undefined) continue;
    if (!(await sleepUntil(clock, due, signal))) return;
    put({ kind: 'raw', width, height, format: 'bgr0', data, capturedAt: due });
  }
}

/** Hands on blocks of samples, each at the instant at which its last sample would have been captured. */
export async function playSamples(
  stdout: AsyncIterable<Uint8Array>,
  options: AudioOptions,
  { clock, startedAt, signal, put }: Paced<PcmBlock>,
): Promise<void> {
  const { sampleRate, channels, chunkSamples } = options;
  const timetable = new Timetable(startedAt);
  const length = durationOf(chunkSamples, sampleRate);
  let count = 0;
  let blocks: Int16Array[] = [];
  const cutter = new BlockCutter(options, (block) => blocks.push(block.samples));
  for await (const { samples } of readSamples(stdout, channels, clock)) {
    blocks = [];
    cutter.push({ samples, capturedAt: startedAt });
    for (const block of blocks) {
      const ready = timetable.dueAt(durationOf(++count * chunkSamples, sampleRate), clock.now());
      if (ready === undefined) continue;
      if (!(await sleepUntil(clock, ready, signal))) return;
      put({ samples: block, capturedAt: micros(ready - length) });
    }
  }
}

/** Says when positions of a recording are due. */
export class Timetable {
  constructor(private startedAt: Micros) {}

  /**
   * @param position from the beginning
   * @returns the instant; undefined when it is over by more than 50 ms, and whoever comes that late is to catch
   *   up. Who is a second late will not catch up: everything is put off until now.
   */
  dueAt(position: Micros, now: Micros): Micros | undefined {
    const due = micros(this.startedAt + position);
    if (now - due <= tolerated) return due;
    if (now - due < hopeless) return undefined;
    this.startedAt = micros(now - position);
    return now;
  }
}

const tolerated = 50_000;
const hopeless = 1_000_000;
