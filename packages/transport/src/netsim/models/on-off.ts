import { uniform, type Random } from '@hellohaybye/core';
import { ends, type Span } from '../link-options.js';

/** How something comes and goes. Times are microseconds, with their fraction. */
export interface OnOffOptions {
  drawOn: () => number;
  drawOff: () => number;
  /** How long it is on and off together, on average. */
  cycle: number;
  /** Whether it is on at first. */
  on: boolean;
  /** When that ends. */
  until: number;
}

/** Something that comes and goes by itself, whether or not anybody looks. */
export class OnOff {
  #on: boolean;
  #until: number;

  constructor(private readonly options: OnOffOptions) {
    this.#on = options.on;
    this.#until = options.until;
  }

  /** When the time that it is on ends; undefined while it is off. Instants asked for must not go back. */
  endOf(now: number): number | undefined {
    if (now >= this.#until) this.#advance(now);
    return this.#on ? this.#until : undefined;
  }

  /** When it turns on or off next, as of the latest instant asked for. */
  get until(): number {
    return this.#until;
  }

  #advance(now: number): void {
    const { drawOn, drawOff, cycle } = this.options;
    const cycles = Math.floor((now - this.#until) / cycle);
    // After a long silence nobody knows any more; whole cycles keep the phase of what is regular.
    if (cycles > FORGOTTEN_CYCLES) this.#until += cycles * cycle;
    while (now >= this.#until) {
      this.#on = !this.#on;
      this.#until += this.#on ? drawOn() : drawOff();
    }
  }
}

/** A length of a span. */
export function draw(span: Span, random: Random): number {
  if (typeof span === 'number') return span;
  return span[0] + (span[1] - span[0]) * uniform(random);
}

/** The average length of a span. */
export const meanOf = (span: Span): number => (ends(span)[0] + ends(span)[1]) / 2;

/** An exponentially distributed length. */
export const exponential = (mean: number, random: Random): number =>
  -mean * Math.log((random.uint32() + 1) / 0x1_0000_0000);

const FORGOTTEN_CYCLES = 100_000;
