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
    // The sine and the decay are carried on from sample to sample: four seconds are ready in some 10 ms.
    const [turnSin, turnCos] = turn((2 * Math.PI * frequency) / sampleRate);
    const decay = Math.exp(-4 / sampleRate);
    let [sin, cos, loudness] = [0, 1, 1];
    for (let i = 0; i < ring; i++) {
      const envelope = loudness * Math.min(1, i / (attack * sampleRate), (ring - i) / (0.1 * sampleRate));
      // With the second and third harmonic, by the formulas for multiple angles.
      const voice = sin + 0.35 * (2 * sin * cos) + 0.12 * (3 * sin - 4 * sin ** 3);
      // What rings on after the end is heard at the beginning.
      const at = (start + i) % length;
      sum[at] = (sum[at] as number) + envelope * voice;
      [sin, cos] = [sin * turnCos + cos * turnSin, cos * turnCos - sin * turnSin];
      loudness *= decay;
    }
  });
  return Int16Array.from(sum, (value) => Math.round(value * volume));
}

const turn = (angle: number): [number, number] => [Math.sin(angle), Math.cos(angle)];
/** Seconds. */
const attack = 0.008;
const volume = 6000;
/** MIDI note numbers: A minor, F, C, G, each up and down. */
const notes = [57, 64, 69, 72, 53, 60, 65, 69, 60, 64, 67, 72, 55, 62, 67, 71];
