/**
 * Something like speech: syllables of gliding, decaying harmonics with short pauses between, no two alike,
 * so that each is found at one place only.
 */
export function chirps(seconds: number, sampleRate: number): Int16Array {
  const samples = new Int16Array(Math.round(seconds * sampleRate));
  let phase = 0;
  for (let index = 0; index < samples.length; index++) {
    const time = index / sampleRate;
    const syllable = Math.floor(time / syllableLength);
    const within = time / syllableLength - syllable;
    const low = 120 + 37 * ((syllable * 7) % 11);
    const pitch = low * (1 + 0.5 * within * ((syllable % 3) - 1));
    phase += (2 * Math.PI * pitch) / sampleRate;
    const envelope = within < 0.8 ? Math.sin((Math.PI * within) / 0.8) : 0;
    const tone = [1, 2, 3, 5].reduce((sum, harmonic) => sum + Math.sin(harmonic * phase) / harmonic, 0);
    samples[index] = Math.round(7000 * envelope * tone);
  }
  return samples;
}

const syllableLength = 0.23;
