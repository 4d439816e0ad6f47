/** A piece of a stream: interleaved samples, and the unwrapped count of the first of them. */
export interface QueuedBlock {
  timestamp: number;
  samples: Int16Array;
}

/** The blocks of one stream that wait to be played, in order of timestamp, none overlapping another. */
export class BlockQueue {
  #blocks: QueuedBlock[] = [];

  constructor(private readonly channels: number) {}

  get first(): QueuedBlock | undefined {
    return this.#blocks[0];
  }

  /** Where the last block ends. */
  get end(): number | undefined {
    const last = this.#blocks.at(-1);
    return last && this.endOf(last);
  }

  endOf(block: QueuedBlock): number {
    return block.timestamp + block.samples.length / this.channels;
  }

  /** Puts in what of a block is not there yet. Returns how many samples that was. */
  insert(block: QueuedBlock): number {
    const blocks = this.#blocks;
    let at = blocks.length;
    while (at > 0 && blocks[at - 1]!.timestamp > block.timestamp) at--;
    const before = blocks[at - 1];
    const after = blocks[at];
    const from = before ? Math.max(block.timestamp, this.endOf(before)) : block.timestamp;
    const to = after ? Math.min(this.endOf(block), after.timestamp) : this.endOf(block);
    if (to <= from) return 0;
    blocks.splice(at, 0, this.#slice(block, from, to));
    return to - from;
  }

  /** Drops what lies before a timestamp. Returns how many samples that was. */
  dropBefore(timestamp: number): number {
    let dropped = 0;
    for (let first = this.first; first && first.timestamp < timestamp; first = this.first) {
      this.#blocks.shift();
      const end = this.endOf(first);
      dropped += Math.min(end, timestamp) - first.timestamp;
      if (end > timestamp) this.#blocks.unshift(this.#slice(first, timestamp, end));
    }
    return dropped;
  }

  clear(): number {
    const dropped = this.length;
    this.#blocks = [];
    return dropped;
  }

  /** How many samples wait. */
  get length(): number {
    return this.#blocks.reduce((sum, block) => sum + block.samples.length / this.channels, 0);
  }

  #slice(block: QueuedBlock, from: number, to: number): QueuedBlock {
    const start = (from - block.timestamp) * this.channels;
    return {
      timestamp: from,
      samples: block.samples.subarray(start, start + (to - from) * this.channels),
    };
  }
}
