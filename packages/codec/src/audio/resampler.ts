import { HhbError } from '@hellohaybye/core';
import { checkInterleaved } from './channels.js';
import { clip } from './gain.js';
import { designFilter, type Filter } from './sinc-filter.js';

export interface ResamplerOptions {
  /** Samples a second that go in: 1 to 768000, a whole number. */
  from: number;
  /** Samples a second that come out: 1 to 768000, a whole number. */
  to: number;
  /** Default 1. */
  channels?: number;
}

/**
 * Changes the sample rate of a stream, block by block, by a polyphase windowed-sinc filter. Flat within
 * 0.1 dB up to 0.9 of the lower rate's half, and at least 80 dB down from that half on.
 *
 * Output sample n stands for the instant n / to of the input exactly: however long it runs and however the
 * input is cut into blocks, the output is the same and its length does not drift. It comes out once the
 * input that it depends on is there, `delay` input samples later.
 */
export class Resampler {
  readonly #channels: number;
  readonly #filter: Filter | undefined;
  /** How many input samples each output sample moves on, in units of 1 / up. */
  readonly #step: number;
  readonly #up: number;
  /** The input that is still needed, one array a channel, `#kept` samples of each in use. */
  #history: Float32Array[];
  #kept: number;
  /** Where the next output sample's window starts in the history; the fraction in units of 1 / up. */
  #start = 0;
  #phase = 0;

  /** @throws HhbError `bad-pcm` when a rate or the number of channels makes no sense */
  constructor({ from, to, channels = 1 }: ResamplerOptions) {
    for (const rate of [from, to]) {
      if (!Number.isInteger(rate) || rate < 1 || rate > 768_000) {
        throw new HhbError('bad-pcm', `A sample rate can't be ${rate}`);
      }
    }
    if (!Number.isInteger(channels) || channels < 1) throw new HhbError('bad-pcm', `${channels} channels`);
    const divisor = greatestCommonDivisor(from, to);
    this.#channels = channels;
    this.#up = to / divisor;
    this.#step = from / divisor;
    this.#filter = from === to ? undefined : designFilter(from, to, this.#up);
    // Silence comes first, so that the first window is centred on the first sample.
    this.#kept = this.delay;
    this.#history = Array.from({ length: channels }, () => new Float32Array(this.#kept));
  }

  /** How many input samples of each channel are held back. */
  get delay(): number {
    return this.#filter ? this.#filter.taps / 2 : 0;
  }

  /**
   * @param samples interleaved, any number
   * @returns what can be told by now, in memory of its own; rounded, and clipped where the filter overshoots
   * @throws HhbError `bad-pcm` when the block ends between two channels
   */
  process(samples: Int16Array): Int16Array {
    checkInterleaved(samples, this.#channels);
    if (!this.#filter) return samples.slice();
    this.#append(samples);
    const result = this.#filterAll(this.#filter);
    this.#forget();
    return result;
  }

  /** The end of the stream: what was held back, as if silence followed. The next block starts anew. */
  flush(): Int16Array {
    const rest = this.process(new Int16Array(Math.max(0, this.delay - 1) * this.#channels));
    this.#kept = this.delay;
    this.#history = this.#history.map(() => new Float32Array(this.#kept));
    this.#start = 0;
    this.#phase = 0;
    return rest;
  }

  #append(samples: Int16Array): void {
    const frames = samples.length / this.#channels;
    this.#history = this.#history.map((old, channel) => {
      const room = old.length >= this.#kept + frames ? old : new Float32Array(2 * (this.#kept + frames));
      if (room !== old) room.set(old.subarray(0, this.#kept));
      for (let i = 0, at = channel; i < frames; i++, at += this.#channels) {
        room[this.#kept + i] = samples[at] as number;
      }
      return room;
    });
    this.#kept += frames;
  }

  #filterAll(filter: Filter): Int16Array {
    const windows = this.#kept - filter.taps - this.#start;
    const count = windows < 0 ? 0 : Math.floor(((windows + 1) * this.#up - this.#phase - 1) / this.#step) + 1;
    const result = new Int16Array(count * this.#channels);
    for (let n = 0; n < count; n++) {
      const coefficients = filter.phase(this.#phase / this.#up);
      for (let channel = 0; channel < this.#channels; channel++) {
        const input = this.#history[channel] as Float32Array;
        let sum = 0;
        for (let i = 0; i < coefficients.length; i++) {
          sum += (coefficients[i] as number) * (input[this.#start + i] as number);
        }
        result[n * this.#channels + channel] = clip(Math.round(sum));
      }
      this.#phase += this.#step;
      this.#start += Math.floor(this.#phase / this.#up);
      this.#phase %= this.#up;
    }
    return result;
  }

  #forget(): void {
    const gone = Math.min(this.#start, this.#kept);
    for (const input of this.#history) input.copyWithin(0, gone, this.#kept);
    this.#kept -= gone;
    this.#start -= gone;
  }
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
