import { uniform, type Random } from '@hellohaybye/core';
import type { StallOptions } from '../link-options.js';
import { draw, meanOf, OnOff } from './on-off.js';

/** Times in which nothing leaves. */
export class Stalls {
  readonly #times: OnOff;

  constructor({ every, length }: StallOptions, random: Random, start: number) {
    let last = 0;
    const drawOn = () => (last = draw(length, random));
    const drawOff = () => draw(every, random) - last;
    const until = start + uniform(random) * draw(every, random);
    this.#times = new OnOff({ drawOn, drawOff, cycle: meanOf(every), on: false, until });
  }

  /** When what is ready at an instant may leave: then, or at the end of the stall that it falls into. */
  release(at: number): number {
    return this.#times.endOf(at) ?? at;
  }
}
