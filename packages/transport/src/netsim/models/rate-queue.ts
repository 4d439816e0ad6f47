import type { Random } from '@hellohaybye/core';
import type { CrossTrafficOptions } from '../link-options.js';
import { draw, exponential, meanOf, OnOff } from './on-off.js';

/** What limits a queue now. */
export interface RateLimits {
  /** Bits a second. */
  rate: number;
  /** Bytes. */
  queue: number;
}

/** Packets that wait, first in, first out, for a link that takes so many bits a second. */
export class RateQueue {
  /** When each packet in the queue will have left, and its bytes. */
  #departures: number[] = [];
  #sizes: number[] = [];
  #head = 0;
  #bytes = 0;
  #freeAt = 0;

  /** @param release when what is ready at an instant may leave; it is asked for instants that do not go back */
  constructor(private readonly release: (at: number) => number) {}

  /** @returns when the packet's last bit leaves; undefined when there is no room for it */
  enter(bytes: number, now: number, { rate, queue }: RateLimits): number | undefined {
    this.#leave(now);
    if (this.#bytes + bytes > queue) return undefined;
    const begins = this.release(Math.max(now, this.#freeAt));
    this.#freeAt = begins + (bytes * 8e6) / rate;
    this.#departures.push(this.#freeAt);
    this.#sizes.push(bytes);
    this.#bytes += bytes;
    return this.#freeAt;
  }

  #leave(now: number): void {
    while (this.#head < this.#sizes.length && this.#departures[this.#head]! <= now) {
      this.#bytes -= this.#sizes[this.#head]!;
      this.#head += 1;
    }
    if (this.#head === this.#sizes.length) {
      this.#departures.length = 0;
      this.#sizes.length = 0;
      this.#head = 0;
    } else if (this.#head >= 1024) {
      this.#departures = this.#departures.slice(this.#head);
      this.#sizes = this.#sizes.slice(this.#head);
      this.#head = 0;
    }
  }
}

/** Packets of others in a queue. */
export class CrossTraffic {
  readonly #times: OnOff;
  readonly #gap: () => number;
  #next: number;

  constructor(options: CrossTrafficOptions, random: Random, start: number) {
    const { rate, on, off } = options;
    const drawOff = () => draw(off, random);
    this.#times = new OnOff({
      drawOn: () => draw(on, random),
      drawOff,
      cycle: meanOf(on) + meanOf(off),
      on: false,
      until: start + drawOff(),
    });
    const mean = (PACKET_BYTES * 8e6) / rate;
    this.#gap = () => exponential(mean, random);
    this.#next = start;
  }

  /** Puts in what came since the last time. */
  enter(queue: RateQueue, now: number, limits: RateLimits): void {
    // What came long ago has left long since; after a silence there is no need to count it all.
    if (now - this.#next > LOOK_BACK) this.#next = now - LOOK_BACK;
    while (this.#next <= now) {
      if (this.#times.endOf(this.#next) === undefined) this.#next = this.#times.until;
      else queue.enter(PACKET_BYTES, this.#next, limits);
      this.#next += this.#gap();
    }
  }
}

const PACKET_BYTES = 1500;
/** Microseconds. */
const LOOK_BACK = 1e6;
