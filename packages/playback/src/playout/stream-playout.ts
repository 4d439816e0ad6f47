import { micros, type Micros } from '@hellohaybye/core';
import { BlockQueue, type QueuedBlock } from './block-queue.js';
import { Concealer } from './concealer.js';
import { DriftMonitor } from './drift-monitor.js';
import type { StreamStatistics } from './stream-statistics.js';

/** What the playout of streams needs to know. */
export interface PlayoutOptions {
  /** Samples a second of one channel. */
  sampleRate: number;
  channels: number;
  /** From the arrival of a stream's first block to its playout, microseconds. Default 40 ms. */
  delay?: Micros;
  /** How far the blocks' margins may drift from the delay before the stream is re-anchored. Default half the delay. */
  threshold?: Micros;
}

/** A block of a stream as it came. */
export interface PlayoutBlock {
  /** Interleaved 16-bit samples. */
  samples: Int16Array;
  /** The unwrapped count of the first sample, of one channel, on the sender's sample clock. */
  timestamp: number;
  /** When it came. */
  arrivedAt: Micros;
}

/** How long sound waits unless something else is asked for. */
export const DEFAULT_PLAYOUT_DELAY = micros(40_000);
/** Blocks that lie further ahead than the delay and this, or further behind than this, belong to a jump. */
const JUMP_SECONDS = 0.25;
/** So many blocks in a row have to agree on a jump; a single stray one changes nothing. */
const JUMP_BLOCKS = 3;
/** A stream from which nothing came for so long is anchored afresh by its next block. */
const IDLE_SECONDS = 0.5;

/**
 * One stream's jitter buffer and its place on the playout clock. Pure: the clock moves by `pull` alone.
 * `#next` is the stream's timestamp that the next pulled sample stands for.
 */
export class StreamPlayout {
  readonly #rate: number;
  readonly #channels: number;
  readonly #delay: Micros;
  readonly #jump: number;
  readonly #queue: BlockQueue;
  readonly #concealer: Concealer;
  readonly #drift: DriftMonitor;
  readonly #counts = {
    played: 0,
    concealed: 0,
    late: 0,
    duplicates: 0,
    malformed: 0,
    reanchored: 0,
    skipped: 0,
  };
  #state: 'idle' | 'waiting' | 'playing' = 'idle';
  #next = 0;
  /** While waiting: the instant at which `#next` is played. */
  #startsAt = 0;
  /** While playing: the instant to which the pulled samples reach. */
  #pulledTo = 0;
  /** Samples of the gap that playout is in. */
  #gap = 0;
  #strays: PlayoutBlock[] = [];

  constructor(options: PlayoutOptions) {
    this.#rate = options.sampleRate;
    this.#channels = options.channels;
    this.#delay = options.delay ?? DEFAULT_PLAYOUT_DELAY;
    this.#jump = Math.round(this.#rate * JUMP_SECONDS);
    this.#queue = new BlockQueue(options.channels);
    this.#concealer = new Concealer(options.sampleRate, options.channels);
    this.#drift = new DriftMonitor(this.#delay, options.threshold ?? this.#delay / 2);
  }

  /** Takes a block, in any order. */
  push(block: PlayoutBlock): void {
    const { samples, timestamp } = block;
    if (!Number.isSafeInteger(timestamp) || samples.length === 0 || samples.length % this.#channels !== 0) {
      this.#counts.malformed++;
    } else if (this.#state === 'idle') this.#anchor([block]);
    else if (this.#isStray(block)) this.#pushStray(block);
    else {
      this.#strays = [];
      if (this.#state === 'waiting') this.#pushWaiting(block);
      else this.#pushPlaying(block);
    }
  }

  /**
   * Moves playout on.
   * @param length samples of one channel
   * @param at the instant that the first of them stands for
   * @returns interleaved samples; undefined where there is only silence
   */
  pull(length: number, at: Micros): Int16Array | undefined {
    const wait = this.#state === 'playing' ? 0 : this.#wait(length, at);
    if (wait === length && this.#concealer.silent) return undefined;
    const block = new Int16Array(length * this.#channels);
    if (wait > 0) this.#concealer.invent(block, 0, wait);
    for (let from = wait; from < length;) from += this.#fill(block, from, length - from);
    this.#pulledTo = at + (length * 1e6) / this.#rate;
    if (this.#state === 'playing' && this.#gap > this.#rate * IDLE_SECONDS && !this.#queue.first) {
      this.#state = 'idle';
      this.#gap = 0;
    }
    return block;
  }

  /** Fades out what sounds. @returns undefined once there is silence */
  fadeOut(length: number): Int16Array | undefined {
    if (this.#concealer.silent) return undefined;
    const block = new Int16Array(length * this.#channels);
    this.#concealer.invent(block, 0, length);
    return block;
  }

  statistics(): StreamStatistics {
    return { ...this.#counts, buffered: this.#queue.length };
  }

  /** Gives the stream a new place: the first of the blocks is played a delay after it came. */
  #anchor(blocks: PlayoutBlock[]): void {
    this.#counts.skipped += this.#queue.clear();
    const first = blocks.reduce((a, b) => (b.timestamp < a.timestamp ? b : a));
    this.#state = 'waiting';
    this.#next = first.timestamp;
    // The newest block decides: of a backlog that came all at once, only the end is still wanted.
    const due = (block: PlayoutBlock) =>
      block.arrivedAt + this.#delay - ((block.timestamp - first.timestamp) * 1e6) / this.#rate;
    this.#startsAt = Math.min(...blocks.map(due));
    this.#strays = [];
    this.#gap = 0;
    this.#drift.reset();
    for (const block of blocks) this.#insert(block);
  }

  #isStray({ timestamp, samples }: PlayoutBlock): boolean {
    const ahead = timestamp - this.#next;
    const limit = this.#jump + (this.#delay * this.#rate) / 1e6;
    return ahead > limit || ahead + samples.length / this.#channels < -this.#jump;
  }

  #pushStray(block: PlayoutBlock): void {
    const last = this.#strays.at(-1);
    if (last && Math.abs(block.timestamp - last.timestamp) > this.#jump) this.#strays = [];
    this.#strays.push(block);
    if (this.#strays.length < JUMP_BLOCKS) return;
    this.#counts.reanchored++;
    this.#concealer.breakOff();
    this.#anchor(this.#strays);
  }

  #pushWaiting(block: PlayoutBlock): void {
    const earlier = this.#next - block.timestamp;
    if (earlier > 0) {
      this.#next -= earlier;
      this.#startsAt -= (earlier * 1e6) / this.#rate;
    }
    this.#insert(block);
  }

  #pushPlaying(block: PlayoutBlock): void {
    const playedAt = this.#pulledTo + ((block.timestamp - this.#next) * 1e6) / this.#rate;
    if (this.#queue.endOf(block) <= this.#next) this.#counts.late++;
    else this.#insert(block);
    const drift = this.#drift.add(playedAt - block.arrivedAt, block.arrivedAt);
    if (drift === undefined) return;
    this.#counts.reanchored++;
    this.#concealer.breakOff();
    this.#next += Math.round((drift * this.#rate) / 1e6);
    this.#counts.skipped += this.#queue.dropBefore(this.#next);
  }

  #insert(block: QueuedBlock): void {
    if (this.#queue.insert(block) === 0) this.#counts.duplicates++;
    // What of it is past already would never be played.
    if (this.#state === 'playing') this.#queue.dropBefore(this.#next);
  }

  /** How many samples are still to wait for the start; when the start is past, playout goes to where it should be. */
  #wait(length: number, at: Micros): number {
    if (this.#state === 'idle') return length;
    const wait = Math.round(((this.#startsAt - at) * this.#rate) / 1e6);
    if (wait >= length) return length;
    this.#state = 'playing';
    if (wait >= 0) return wait;
    this.#next -= wait;
    this.#counts.skipped += this.#queue.dropBefore(this.#next);
    return 0;
  }

  /** Fills in samples up to the end of a block or of a gap. Returns how many. */
  #fill(block: Int16Array, from: number, most: number): number {
    const first = this.#queue.first;
    const channels = this.#channels;
    if (!first || first.timestamp > this.#next) {
      const count = Math.min(most, first ? first.timestamp - this.#next : most);
      this.#concealer.invent(block, from, count);
      this.#gap += count;
      this.#next += count;
      return count;
    }
    const count = Math.min(most, first.samples.length / channels);
    block.set(first.samples.subarray(0, count * channels), from * channels);
    this.#concealer.accept(block, from, count);
    this.#next += count;
    this.#queue.dropBefore(this.#next);
    this.#counts.played += count;
    this.#counts.concealed += this.#gap;
    this.#gap = 0;
    return count;
  }
}
