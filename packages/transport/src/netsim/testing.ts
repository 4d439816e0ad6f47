import { micros, type Micros } from '@hellohaybye/core';
import { seededRandom } from '@hellohaybye/core/testing';
import type { LinkOptions } from './link-options.js';
import { Link } from './link.js';

/** A link that begins at 0. */
export const makeLink = (options: LinkOptions, seed = 1): Link =>
  new Link(options, { random: seededRandom(seed), start: micros(0) });

/**
 * Sends packets at equal distances, the first at 0.
 * @returns when each arrived, undefined where it was lost; of one that came twice the first time
 */
export function arrivals(link: Link, packets: number, interval = micros(1000), bytes = 1200) {
  const data = new Uint8Array(bytes);
  return Array.from(
    { length: packets },
    (_, index): Micros | undefined => link.transmit(data, micros(index * interval))[0]?.at,
  );
}

/** The lengths of runs of lost packets. */
export function lossRuns(arrived: readonly unknown[]): number[] {
  const runs: number[] = [];
  for (const [index, at] of arrived.entries()) {
    if (at !== undefined) continue;
    if (index > 0 && arrived[index - 1] === undefined) runs[runs.length - 1]! += 1;
    else runs.push(1);
  }
  return runs;
}

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
