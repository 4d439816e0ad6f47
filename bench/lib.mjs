// What the benchmarks share.
import { percentile } from '@hellohaybye/core';
import { seededRandom } from '@hellohaybye/core/testing';

/** Frames as a busy street picture makes them at quality 80. */
export const frameSizes = { '640x480': 40_000, '1280x720': 90_000 };

/** Prints one result. */
export const result = (line) => console.log(JSON.stringify(line));

export const round = (value, digits = 2) => Math.round(value * 10 ** digits) / 10 ** digits;

/** Median and 99th percentile. */
export function summary(values) {
  const sorted = Float64Array.from(values).sort();
  return { p50: round(percentile(sorted, 0.5), 3), p99: round(percentile(sorted, 0.99), 3) };
}

/** Bytes that do not repeat, the same in every run. */
export function noise(length, seed = 1) {
  const random = seededRandom(seed);
  return Uint8Array.from({ length }, () => random.uint32() & 0xff);
}

/** Milliseconds that an action takes, over many runs, after some to warm up. */
export async function time(action, runs = 200, warmUp = 20) {
  const taken = [];
  for (let run = -warmUp; run < runs; run++) {
    const before = performance.now();
    await action();
    if (run >= 0) taken.push(performance.now() - before);
  }
  return summary(taken);
}
