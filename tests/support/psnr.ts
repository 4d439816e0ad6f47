/** Pixels of four bytes: blue, green, red, and one that means nothing. */
export interface Picture {
  width: number;
  height: number;
  data: Uint8Array;
}

/**
 * The peak signal-to-noise ratio of a picture against the one it was made from, in dB, over all three
 * colours; Infinity for the very same.
 */
export function psnr(picture: Picture, original: Picture): number {
  if (picture.width !== original.width || picture.height !== original.height) {
    throw new Error(
      `${picture.width}x${picture.height} against ${original.width}x${original.height} can't be compared`,
    );
  }
  let squares = 0;
  for (let at = 0; at < original.data.length; at += 4) {
    for (let colour = at; colour < at + 3; colour++) {
      squares += (picture.data[colour]! - original.data[colour]!) ** 2;
    }
  }
  const mean = squares / (original.width * original.height * 3);
  return 10 * Math.log10(255 ** 2 / mean);
}

/** The least and the middle one of some numbers. */
export function spread(values: number[]): { min: number; median: number } {
  const sorted = values.toSorted((a, b) => a - b);
  return { min: sorted[0] ?? NaN, median: sorted[Math.floor(sorted.length / 2)] ?? NaN };
}
