/** A low-pass filter that can be read between its samples. */
export interface Filter {
  /** How many input samples one output sample depends on: even. */
  readonly taps: number;
  /**
   * The coefficients for an output sample that lies this far, 0 to 1 (excluded), behind the input sample at
   * the middle of its window. They are the filter's until the next call.
   */
  phase(fraction: number): Float64Array;
}

/**
 * A sinc under a Kaiser window (J. F. Kaiser, 1974): passes 0.9 of the lower rate's half, stops 80 dB from
 * that half on.
 * @param phases how many fractions there are when from and to are in lowest terms
 */
export function designFilter(from: number, to: number, phases: number): Filter {
  const nyquist = 0.5 * Math.min(1, to / from);
  const transition = nyquist * (1 - passband);
  const cutoff = nyquist - transition / 2;
  const taps = 2 * Math.ceil((attenuation - 7.95) / (14.36 * transition) / 2);
  const rows = Math.min(phases, maxRows);
  // One row more than there are, so that the last can be interpolated with the next.
  const table = Array.from({ length: rows + 1 }, (_, row) => coefficients(taps, cutoff, row / rows));
  if (phases <= maxRows) {
    return { taps, phase: (fraction) => table[Math.round(fraction * rows)] as Float64Array };
  }
  const between = new Float64Array(taps);
  return {
    taps,
    phase(fraction) {
      const row = Math.floor(fraction * rows);
      const share = fraction * rows - row;
      const low = table[row] as Float64Array;
      const high = table[row + 1] as Float64Array;
      for (let i = 0; i < taps; i++) {
        between[i] = (low[i] as number) * (1 - share) + (high[i] as number) * share;
      }
      return between;
    },
  };
}

function coefficients(taps: number, cutoff: number, fraction: number): Float64Array {
  const row = new Float64Array(taps);
  const half = taps / 2;
  let sum = 0;
  for (let i = 0; i < taps; i++) {
    const distance = i - half - fraction;
    const edge = Math.min(1, Math.abs(distance) / half);
    const window = bessel(beta * Math.sqrt(1 - edge * edge)) / bessel(beta);
    const angle = 2 * Math.PI * cutoff * distance;
    row[i] = window * (angle === 0 ? 1 : Math.sin(angle) / angle);
    sum += row[i] as number;
  }
  // Every phase passes a constant as it is: else the small differences would be a tone of their own.
  return row.map((value) => value / sum);
}

/** The modified Bessel function of the first kind and order zero, by its power series. */
function bessel(x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > 1e-15 * sum; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

const passband = 0.9;
/** In dB; a little more than promised, since Kaiser's formula for the length is an estimate. */
const attenuation = 85;
const beta = 0.1102 * (attenuation - 8.7);
/** Above that many phases the rows are interpolated: linearly between 1024 the error is below -110 dB. */
const maxRows = 1024;
