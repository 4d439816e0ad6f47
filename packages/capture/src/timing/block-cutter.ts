import { durationOf, micros } from '@hellohaybye/core';
import type { PcmBlock } from '../types.js';

/** Cuts interleaved samples into blocks of one size, each with the instant of its own first sample. */
export class BlockCutter {
  #block: Int16Array;
  #filled = 0;
  #capturedAt = micros(0);

  constructor(
    private readonly shape: { sampleRate: number; channels: number; chunkSamples: number },
    private readonly emit: (block: PcmBlock) => void,
  ) {
    this.#block = new Int16Array(shape.chunkSamples * shape.channels);
  }

  push({ samples, capturedAt }: PcmBlock): void {
    const { channels, sampleRate } = this.shape;
    for (let at = 0; at < samples.length;) {
      if (this.#filled === 0) this.#capturedAt = micros(capturedAt + durationOf(at / channels, sampleRate));
      const count = Math.min(this.#block.length - this.#filled, samples.length - at);
      this.#block.set(samples.subarray(at, at + count), this.#filled);
      this.#filled += count;
      at += count;
      if (this.#filled < this.#block.length) return;
      this.emit({ samples: this.#block, capturedAt: this.#capturedAt });
      this.#block = new Int16Array(this.#block.length);
      this.#filled = 0;
    }
  }
}
