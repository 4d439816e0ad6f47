/**
 * The sum of several blocks. It is exact up to the knee, 0.75 of full scale; above, it bends smoothly
 * towards full scale and never beyond, so several loud voices are squeezed instead of clipped.
 * @param blocks PCM samples, all of the same rate and channels. One that is shorter than `length` is
 *   followed by silence, the end of a longer one is not heard.
 * @param length of the result, in samples times channels
 */
export function mix(blocks: readonly Int16Array[], length: number): Int16Array {
  const sum = new Int32Array(length);
  for (const block of blocks) {
    const end = Math.min(length, block.length);
    for (let i = 0; i < end; i++) sum[i] = (sum[i] as number) + (block[i] as number);
  }
  const mixed = new Int16Array(length);
  for (let i = 0; i < length; i++) {
    const value = sum[i] as number;
    mixed[i] = value > knee ? bend(value) : value < -knee ? -bend(-value) : value;
  }
  return mixed;
}

// The hyperbolic tangent leaves the line y = x without a corner: its slope at 0 is 1.
const bend = (value: number): number => Math.round(knee + room * Math.tanh((value - knee) / room));

const knee = 24_576;
const room = 32_767 - knee;
