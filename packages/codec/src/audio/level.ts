/** How loud a block is, in dB relative to full scale (32768): 0 at most, -Infinity for silence. */
export interface Level {
  /** The root mean square. A sine at full scale has -3 dB. */
  rms: number;
  /** The largest sample. */
  peak: number;
}

/** Measures a block of PCM samples, all channels together. An empty one is silent. */
export function measureLevel(samples: Int16Array): Level {
  let squares = 0;
  let peak = 0;
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i] as number;
    squares += sample * sample;
    const size = sample < 0 ? -sample : sample;
    if (size > peak) peak = size;
  }
  return { rms: decibels(Math.sqrt(squares / Math.max(1, samples.length))), peak: decibels(peak) };
}

const decibels = (amplitude: number): number => 20 * Math.log10(amplitude / 32_768);
