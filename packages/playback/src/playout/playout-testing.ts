import { micros, type Micros } from '@hellohaybye/core';
import { StreamPlayout, type PlayoutOptions } from './stream-playout.js';
import type { StreamStatistics } from './stream-statistics.js';

// For tests only: a stream of a sine, and someone who listens to it in virtual time.

export const RATE = 48_000;
export const START = micros(1_700_000_000_000_000);
const PULL = 480;

/** A piece of a sine of 400 Hz and 8000 units. */
export const sineBlock = (timestamp: number, length: number): Int16Array =>
  Int16Array.from(
    { length },
    (_, index) => 8000 * Math.cos((2 * Math.PI * 400 * (timestamp + index)) / RATE),
  );

interface RunOptions {
  from?: number;
  lost?: (index: number) => boolean;
  /** How much later than usual a block comes. */
  jitterMs?: (index: number) => number;
  /** By how much the sender's sample clock is too fast. */
  drift?: number;
  offset?: number;
  offsetOf?: (index: number) => number;
}

/** Pulls a stream at exactly its rate; all times are spans since the start. */
export class Listener {
  readonly stream: StreamPlayout;
  longestDelay = 0;
  #sound: Int16Array[] = [];
  #now = 0;
  readonly #channels: number;

  constructor(
    options: Partial<PlayoutOptions> = {},
    private readonly blockLength = 480,
  ) {
    this.#channels = options.channels ?? 1;
    this.stream = new StreamPlayout({ sampleRate: RATE, channels: 1, ...options });
  }

  get statistics(): StreamStatistics {
    return this.stream.statistics();
  }

  get heard(): Int16Array {
    const all = new Int16Array(this.#sound.reduce((sum, block) => sum + block.length, 0));
    let at = 0;
    for (const block of this.#sound) {
      all.set(block, at);
      at += block.length;
    }
    return all;
  }

  /** The index of the first sample that is heard. */
  get firstSound(): number {
    return this.heard.findIndex((sample) => sample !== 0);
  }

  /** The largest second difference: what a click has and a sine has not. */
  get roughest(): number {
    const { heard } = this;
    let roughest = 0;
    for (let at = 2; at < heard.length; at++) {
      roughest = Math.max(roughest, Math.abs(heard[at]! - 2 * heard[at - 1]! + heard[at - 2]!));
    }
    return roughest;
  }

  /** Samples that wait now. */
  get delayNow(): number {
    return this.statistics.buffered;
  }

  push(index: number, atMs: number): void {
    const timestamp = index * this.blockLength;
    this.pushSamples(sineBlock(timestamp, this.blockLength), timestamp, atMs);
  }

  pushSamples(samples: Int16Array, timestamp: number, atMs: number): void {
    this.stream.push({ samples, timestamp, arrivedAt: micros(START + atMs * 1000) });
  }

  pullUntil(span: Micros): void {
    for (; this.#now < span; this.#now += (PULL * 1e6) / RATE) {
      const block = this.stream.pull(PULL, micros(START + this.#now));
      this.#sound.push(block ?? new Int16Array(PULL * this.#channels));
    }
  }

  skipTo(span: Micros): void {
    this.#now = span;
  }

  /** Nothing is pulled for a while. */
  freeze(span: Micros): void {
    this.#now += span;
  }

  /** Blocks are sent, and pulled, for a span from now on (or from where the block `from` is due). */
  run(span: Micros, options: RunOptions = {}): void {
    const { from = 0, lost, jitterMs, drift = 0, offset = 0, offsetOf } = options;
    const blockMs = (this.blockLength * 1000) / RATE / (1 + drift);
    const count = Math.floor(span / 1000 / blockMs);
    const arrivals = Array.from({ length: count }, (_, nth) => from + nth)
      .filter((index) => !lost?.(index))
      .map((index) => ({ index, atMs: index * blockMs + (jitterMs?.(index) ?? 0) }))
      .sort((a, b) => a.atMs - b.atMs);
    // The first one anchors the stream: it comes as soon as it can.
    for (const { index, atMs } of arrivals) {
      this.pullUntil(micros(Math.floor((atMs * 1000) / 10_000) * 10_000));
      const timestamp = index * this.blockLength;
      const samples = sineBlock(timestamp, this.blockLength);
      this.pushSamples(samples, timestamp + offset + (offsetOf?.(index) ?? 0), atMs);
      this.longestDelay = Math.max(this.longestDelay, this.delayNow);
    }
  }
}
