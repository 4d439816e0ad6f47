import type { Micros } from '@hellohaybye/core';
import { StreamPlayout, type PlayoutBlock, type PlayoutOptions } from './stream-playout.js';
import type { StreamStatistics } from './stream-statistics.js';

/**
 * The playout of all streams that are mixed onto one speaker. Pure: blocks go in, `pull` moves the playout
 * clock on and gives what sounds. Each stream has a jitter buffer of its own and starts a fixed delay after
 * its first block came.
 */
export class Playout {
  readonly #streams = new Map<string, StreamPlayout>();
  /** Streams that were removed and still fade out. */
  #leaving: StreamPlayout[] = [];

  constructor(private readonly options: PlayoutOptions) {}

  /** Begins a stream; one of that id that is there already goes on. */
  addStream(id: string): void {
    if (!this.#streams.has(id)) this.#streams.set(id, new StreamPlayout(this.options));
  }

  /** Ends a stream: what sounds fades out within 30 ms. */
  removeStream(id: string): void {
    const stream = this.#streams.get(id);
    if (!stream) return;
    this.#streams.delete(id);
    this.#leaving.push(stream);
  }

  /** Takes a block of a stream; one of an unknown stream is ignored, as it may just have left. */
  push(id: string, block: PlayoutBlock): void {
    this.#streams.get(id)?.push(block);
  }

  /**
   * Moves the playout clock on.
   * @param length samples of one channel
   * @param at the instant that the first of them stands for; it goes on evenly from pull to pull
   * @returns a block of interleaved samples for each stream that sounds, all of that length
   */
  pull(length: number, at: Micros): Int16Array[] {
    const blocks: Int16Array[] = [];
    for (const stream of this.#streams.values()) {
      const block = stream.pull(length, at);
      if (block) blocks.push(block);
    }
    this.#leaving = this.#leaving.filter((stream) => {
      const block = stream.fadeOut(length);
      if (block) blocks.push(block);
      return block !== undefined;
    });
    return blocks;
  }

  /** What became of each stream that is there, by id. */
  statistics(): Record<string, StreamStatistics> {
    return Object.fromEntries([...this.#streams].map(([id, stream]) => [id, stream.statistics()]));
  }
}
