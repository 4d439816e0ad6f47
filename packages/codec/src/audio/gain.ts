/**
 * Louder or quieter samples. What goes over full scale is clipped.
 * @param gain a factor: 1 leaves it as it is, 0 is silence, 2 is 6 dB more
 */
export function applyGain(samples: Int16Array, gain: number): Int16Array {
  const result = new Int16Array(samples.length);
  for (let i = 0; i < samples.length; i++) result[i] = clip(Math.round((samples[i] as number) * gain));
  return result;
}

/** The nearest value that 16 bits can hold. */
export const clip = (value: number): number => (value > 32767 ? 32767 : value < -32768 ? -32768 : value);
