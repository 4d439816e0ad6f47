import { HhbError } from '@hellohaybye/core';

/**
 * The same sound in another number of channels. One channel goes into all; all are averaged into one;
 * otherwise channels keep their place, and those that have nowhere to go, or nothing to come from, are
 * left out or silent.
 * @param samples interleaved
 * @throws HhbError `bad-pcm` when the samples are no multiple of `from`
 */
export function remixChannels(samples: Int16Array, from: number, to: number): Int16Array {
  checkInterleaved(samples, from);
  const frames = samples.length / from;
  const result = new Int16Array(frames * to);
  for (let frame = 0; frame < frames; frame++) {
    const at = frame * from;
    if (to === 1) {
      let sum = 0;
      for (let c = 0; c < from; c++) sum += samples[at + c] as number;
      result[frame] = Math.round(sum / from);
    } else {
      for (let c = 0; c < to; c++) {
        result[frame * to + c] =
          from === 1 ? (samples[at] as number) : c < from ? (samples[at + c] as number) : 0;
      }
    }
  }
  return result;
}

/** @throws HhbError `bad-pcm` when a block of interleaved samples ends between two channels */
export function checkInterleaved(samples: Int16Array, channels: number): void {
  if (samples.length % channels === 0) return;
  throw new HhbError('bad-pcm', `${samples.length} samples can't be shared out among ${channels} channels`);
}
