import { durationOf, micros, type Micros } from '@hellohaybye/core';

/**
 * Tells when the samples of a live source were captured. Its blocks arrive unevenly, always later than they
 * were captured and never earlier, and the sound card's rate is not quite the nominal one.
 *
 * Samples are counted from an anchor: the instant at which sample 0 must have been captured. Each block says
 * something about it: its last sample was captured no later than it arrived. The least delayed block of the
 * last second is believed, and the anchor moves towards it by at most 0.5 % of the time that passes (5 %
 * in the first two seconds). So instants grow smoothly and follow the card's real rate. Only a hole or
 * a burst of more than 200 ms makes them jump.
 */
export class SampleClock {
  #samples = 0;
  #anchor: Micros | undefined;
  /** What the blocks of the last second say about the anchor, each with the count of samples before it. */
  #recent: { at: number; anchor: number }[] = [];

  /** @param sampleRate samples a second */
  constructor(private readonly sampleRate: number) {}

  /**
   * @param count how many samples of each channel the block has
   * @param arrivedAt when it arrived
   * @returns when its first sample was captured
   */
  stamp(count: number, arrivedAt: Micros): Micros {
    const says = arrivedAt - durationOf(this.#samples + count, this.sampleRate);
    this.#recent.push({ at: this.#samples, anchor: says });
    const horizon = this.#samples - this.sampleRate;
    while (this.#recent[0] && this.#recent[0].at < horizon) this.#recent.shift();
    const target = this.#recent.reduce((least, { anchor }) => Math.min(least, anchor), says);

    const anchor = this.#anchor ?? target;
    const off = target - anchor;
    const slew = this.#samples < 2 * this.sampleRate ? startSlew : steadySlew;
    const step = durationOf(count, this.sampleRate) * slew;
    const moved = Math.abs(off) > jump ? target : anchor + Math.max(-step, Math.min(step, off));
    this.#anchor = moved as Micros;
    const capturedAt = micros(moved + durationOf(this.#samples, this.sampleRate));
    this.#samples += count;
    return capturedAt;
  }
}

const steadySlew = 0.005;
const startSlew = 0.05;
/** Microseconds. */
const jump = 200_000;
