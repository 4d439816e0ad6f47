import type { Clock } from '../clock.js';
import { HhbError } from '../errors.js';
import { micros, type Micros } from '../units.js';

/** Something that was scheduled, for `VirtualClock.cancel`. */
export interface Scheduled {
  readonly at: Micros;
}

/** A clock that moves only when it is told to. What was scheduled runs in order of time, then of scheduling. */
export class VirtualClock implements Clock {
  #now: Micros;
  #scheduled = 0;
  /** A binary heap: no entry is due before the one above it, at half its index. */
  readonly #heap: Entry[] = [];

  /** @param start the first `now`, microseconds since the Unix epoch */
  constructor(start: Micros = micros(1_700_000_000_000_000)) {
    this.#now = start;
  }

  now(): Micros {
    return this.#now;
  }

  /**
   * Runs a function when the clock reaches an instant; one in the past runs at the next `advance`.
   * @returns what `cancel` takes
   */
  schedule(at: Micros, run: () => void): Scheduled {
    const entry: Entry = { at, order: this.#scheduled, run, index: this.#heap.length };
    this.#scheduled += 1;
    this.#heap.push(entry);
    this.#rise(entry);
    return entry;
  }

  /** Takes back what was scheduled, in logarithmic time. What has run, or was taken back before, is left alone. */
  cancel(scheduled: Scheduled): void {
    const entry = scheduled as Entry;
    if (this.#heap[entry.index] === entry) this.#remove(entry);
  }

  /** When the first of what is scheduled runs; undefined when nothing is. */
  next(): Micros | undefined {
    return this.#heap[0]?.at;
  }

  /** Moves on by a span and runs what falls due on the way, at its own instant. */
  advance(span: Micros): void {
    this.advanceTo(micros(this.#now + span));
  }

  /**
   * Moves on to an instant and runs what falls due on the way.
   * @throws HhbError `clock-backwards` when the instant is in the past
   */
  advanceTo(at: Micros): void {
    if (at < this.#now) throw new HhbError('clock-backwards', `The clock is past ${at} already`);
    for (let next = this.#heap[0]; next && next.at <= at; next = this.#heap[0]) {
      this.#remove(next);
      if (next.at > this.#now) this.#now = next.at;
      next.run();
    }
    if (at > this.#now) this.#now = at;
  }

  #remove(entry: Entry): void {
    const last = this.#heap.pop()!;
    if (last !== entry) {
      last.index = entry.index;
      this.#heap[last.index] = last;
      this.#sink(last);
      this.#rise(last);
    }
    entry.index = -1;
  }

  #rise(entry: Entry): void {
    const heap = this.#heap;
    let { index } = entry;
    while (index > 0) {
      const above = heap[(index - 1) >> 1]!;
      if (isBefore(above, entry)) break;
      heap[index] = above;
      const free = above.index;
      above.index = index;
      index = free;
    }
    heap[index] = entry;
    entry.index = index;
  }

  #sink(entry: Entry): void {
    const heap = this.#heap;
    let { index } = entry;
    for (;;) {
      let below = heap[2 * index + 1];
      if (!below) break;
      const right = heap[2 * index + 2];
      if (right && isBefore(right, below)) below = right;
      if (isBefore(entry, below)) break;
      heap[index] = below;
      const free = below.index;
      below.index = index;
      index = free;
    }
    heap[index] = entry;
    entry.index = index;
  }
}

interface Entry extends Scheduled {
  /** How many were scheduled before it. */
  readonly order: number;
  readonly run: () => void;
  /** Where it is in the heap; -1 when it has left it. */
  index: number;
}

const isBefore = (one: Entry, other: Entry): boolean =>
  one.at < other.at || (one.at === other.at && one.order < other.order);
