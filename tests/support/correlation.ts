/** Where a stretch of sound begins in a recording, in samples, and how alike it is there, -1 to 1. */
export interface Found {
  at: number;
  correlation: number;
}

/** The coarse search looks at the mean of so many samples. */
const step = 8;

/**
 * Looks for a stretch of sound in a recording: the place where their normalised cross-correlation is highest.
 * @param from the first place to look at, default the recording's beginning
 * @param to the last, default where the stretch just fits in
 */
export function locate(
  stretch: Int16Array,
  recording: Int16Array,
  from = 0,
  to = recording.length - stretch.length,
): Found {
  const last = Math.min(to, recording.length - stretch.length);
  const coarse = best(
    means(stretch),
    means(recording),
    Math.max(0, Math.floor(from / step)),
    Math.floor(last / step),
  );
  const near = coarse.at * step;
  return best(stretch, recording, Math.max(0, near - 2 * step), Math.min(last, near + 2 * step));
}

/** How many 10 ms blocks there are in which something should be heard, and in how many of them it is not. */
export function dropouts(
  heard: Int16Array,
  original: Int16Array,
  sampleRate: number,
): { blocks: number; silent: number } {
  const length = Math.round(sampleRate / 100);
  const audible = loudness(original) / 4;
  let blocks = 0;
  let silent = 0;
  for (let at = 0; at + length <= original.length; at += length) {
    const wanted = loudness(original.subarray(at, at + length));
    if (wanted < audible) continue;
    blocks++;
    if (loudness(heard.subarray(at, at + length)) < wanted / 2) silent++;
  }
  return { blocks, silent };
}

/** The root mean square of some samples; 0 for none. */
export const loudness = (samples: Int16Array): number =>
  Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / Math.max(1, samples.length));

type Samples = ArrayLike<number>;

function best(stretch: Samples, recording: Samples, from: number, to: number): Found {
  let energy = 0;
  for (let index = 0; index < stretch.length; index++) energy += stretch[index]! ** 2;
  let found: Found = { at: from, correlation: 0 };
  for (let at = from; at <= to; at++) {
    let product = 0;
    let own = 0;
    for (let index = 0; index < stretch.length; index++) {
      const sample = recording[at + index] ?? 0;
      product += sample * stretch[index]!;
      own += sample * sample;
    }
    const correlation = own > 0 && energy > 0 ? product / Math.sqrt(own * energy) : 0;
    if (correlation > found.correlation) found = { at, correlation };
  }
  return found;
}

function means(samples: Int16Array): Float64Array {
  return Float64Array.from({ length: Math.floor(samples.length / step) }, (_, place) => {
    let sum = 0;
    for (let index = place * step; index < (place + 1) * step; index++) sum += samples[index]!;
    return sum / step;
  });
}
