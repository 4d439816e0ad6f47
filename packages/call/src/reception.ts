import { micros, percentile, seconds, toMillis, type Micros } from '@hellohaybye/core';

/** The median and the 99th percentile of a latency, in milliseconds; null before anything is known. */
export interface LatencyMs {
  p50: number | null;
  p99: number | null;
}

/** What arrived in the last second or so. */
export interface Rate {
  perSecond: number;
  bitsPerSecond: number;
  latencyMs: LatencyMs;
}

interface Arrival {
  at: Micros;
  bytes: number;
  latency: Micros | undefined;
}

/** Remembered latencies: half an hour of video at 30 fps; later ones replace the oldest. */
const latencyCapacity = 54_000;
const rateWindow = seconds(1);

/** Counts what one stream brings: how much, how fast and how late. Pure. */
export class Reception {
  #frames = 0;
  #bytes = 0;
  #first: Micros | undefined;
  #last: Micros | undefined;
  #latencies: number[] = [];
  #latencyCount = 0;
  #recent: Arrival[] = [];

  /**
   * @param at when the whole frame was in hand
   * @param bytes its size
   * @param capturedAt when it was captured, by the sender's clock; undefined when not known yet
   */
  add(at: Micros, bytes: number, capturedAt?: Micros): void {
    this.#frames += 1;
    this.#bytes += bytes;
    this.#first ??= at;
    this.#last = at;
    const latency = capturedAt === undefined ? undefined : micros(at - capturedAt);
    if (latency !== undefined) this.#latencies[this.#latencyCount++ % latencyCapacity] = toMillis(latency);
    this.#recent.push({ at, bytes, latency });
    this.#forget(at);
  }

  get frames(): number {
    return this.#frames;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Frames a second between the first and the last; 0 before there are two. */
  get fps(): number {
    if (this.#first === undefined || this.#last === undefined || this.#last === this.#first) return 0;
    return ((this.#frames - 1) * 1e6) / (this.#last - this.#first);
  }

  get latencyMs(): LatencyMs {
    return summarise(this.#latencies);
  }

  /** What came within the second before `now`. */
  rate(now: Micros): Rate {
    this.#forget(now);
    const known = this.#recent.flatMap(({ latency }) => (latency === undefined ? [] : [toMillis(latency)]));
    return {
      perSecond: this.#recent.length,
      bitsPerSecond: this.#recent.reduce((sum, { bytes }) => sum + bytes * 8, 0),
      latencyMs: summarise(known),
    };
  }

  #forget(now: Micros): void {
    const kept = this.#recent.findIndex(({ at }) => at > now - rateWindow);
    this.#recent.splice(0, kept === -1 ? this.#recent.length : kept);
  }
}

function summarise(latencies: number[]): LatencyMs {
  const sorted = Float64Array.from(latencies).sort();
  const rounded = (share: number) => {
    const value = percentile(sorted, share);
    return value === undefined ? null : Math.round(value * 100) / 100;
  };
  return { p50: rounded(0.5), p99: rounded(0.99) };
}
