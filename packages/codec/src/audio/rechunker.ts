import { HhbError, durationOf, micros, type Micros } from '@hellohaybye/core';
import { checkInterleaved } from './channels.js';

/** Interleaved samples and the instant of the first of them. */
export interface TimedSamples {
  samples: Int16Array;
  /** When the first sample was captured. */
  capturedAt: Micros;
}

export interface RechunkerOptions {
  /** Samples per channel in each block that comes out. */
  chunkSamples: number;
  sampleRate: number;
  /** Default 1. */
  channels?: number;
}

/** Cuts blocks of any size into blocks of one size, each with the instant of its own first sample. */
export class Rechunker {
  readonly #size: number;
  readonly #channels: number;
  readonly #sampleRate: number;
  #chunk: Int16Array;
  #filled = 0;
  #capturedAt = micros(0);

  /** @throws HhbError `bad-pcm` when a number is not a positive whole one */
  constructor({ chunkSamples, sampleRate, channels = 1 }: RechunkerOptions) {
    for (const [name, value] of Object.entries({ chunkSamples, sampleRate, channels })) {
      if (!Number.isInteger(value) || value < 1) throw new HhbError('bad-pcm', `${name} can't be ${value}`);
    }
    this.#size = chunkSamples * channels;
    this.#channels = channels;
    this.#sampleRate = sampleRate;
    this.#chunk = new Int16Array(this.#size);
  }

  /**
   * @returns the blocks that are full now, in memory of their own
   * @throws HhbError `bad-pcm` when a block ends between two channels
   */
  push(block: TimedSamples): TimedSamples[] {
    checkInterleaved(block.samples, this.#channels);
    const full: TimedSamples[] = [];
    for (let at = 0; at < block.samples.length;) {
      if (this.#filled === 0) {
        const into = durationOf(at / this.#channels, this.#sampleRate);
        this.#capturedAt = micros(block.capturedAt + into);
      }
      const count = Math.min(this.#size - this.#filled, block.samples.length - at);
      this.#chunk.set(block.samples.subarray(at, at + count), this.#filled);
      this.#filled += count;
      at += count;
      if (this.#filled === this.#size) {
        full.push({ samples: this.#chunk, capturedAt: this.#capturedAt });
        this.reset();
      }
    }
    return full;
  }

  /** Forgets what is not a full block yet: to be called where the sound is interrupted. */
  reset(): void {
    this.#chunk = new Int16Array(this.#size);
    this.#filled = 0;
  }
}
