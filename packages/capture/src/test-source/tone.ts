/**
 * The test sound: a soft arpeggio on A minor, F, C and G, a note every quarter of a second, as if plucked.
 * It is 4 seconds long and can be repeated without a seam; its peak is about -9 dB.
 * @param sampleRate samples a second
 * @returns one channel, 4 x sampleRate samples
 */
export function renderTone(sampleRate: number): Int16Array {
  const length = 4 * sampleRate;
  const sum = new Float32Array(length);
  notes.forEach((note, number) => {
    const frequency = 440 * 2 ** ((note - 69) / 12);
    const start = Math.round((number * length) / notes.length);
    const ring = Math.round(1.5 * sampleRate);
    // The sine and the decay are carried on from sample to sample: it is ready in some 20 ms.
    const angle = (2 * Math.PI * frequency) / sampleRate;
    const [turnSin, turnCos] = [Math.sin(angle), Math.cos(angle)];
    const decay = Math.exp(-4 / sampleRate);
    let sin = 0;
    let cos = 1;
    let loudness = 1;
    for (let i = 0; i < ring; i++) {
      const envelope = loudness * Math.min(1, i / (attack * sampleRate), (ring - i) / (0.1 * sampleRate));
      // With the second and third harmonic, by the formulas for multiple angles.
      const voice = sin + 0.35 * (2 * sin * cos) + 0.12 * (3 - 4 * sin * sin) * sin;
      // What rings on after the end is heard at the beginning.
      const at = (start + i) % length;
      sum[at] = (sum[at] as number) + envelope * voice;
      const next = sin * turnCos + cos * turnSin;
      cos = cos * turnCos - sin * turnSin;
      sin = next;
      loudness *= decay;
    }
  });
  const samples = new Int16Array(length);
  for (let i = 0; i < length; i++) samples[i] = Math.round((sum[i] as number) * volume);
  return samples;
}

/** Seconds. */
const attack = 0.008;
const volume = 6000;
/** MIDI note numbers: A minor, F, C, G, each up and down. */
const notes = [57, 64, 69, 72, 53, 60, 65, 69, 60, 64, 67, 72, 55, 62, 67, 71];
