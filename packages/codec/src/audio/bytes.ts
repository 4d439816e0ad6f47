/**
 * PCM samples as bytes, the high one first: what L16 carries (RFC 3551, section 4.5.11).
 * @returns memory of its own, two bytes a sample
 */
export function toBigEndian(samples: Int16Array): Uint8Array {
  const bytes = new Uint8Array(samples.length * 2);
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i] as number;
    bytes[2 * i] = sample >> 8;
    bytes[2 * i + 1] = sample;
  }
  return bytes;
}

/** PCM samples from bytes, the high one first, at any alignment. An odd byte at the end is left out. */
export function fromBigEndian(bytes: Uint8Array): Int16Array {
  const samples = new Int16Array(bytes.length >> 1);
  for (let i = 0; i < samples.length; i++) {
    samples[i] = ((bytes[2 * i] as number) << 8) | (bytes[2 * i + 1] as number);
  }
  return samples;
}

/** PCM samples as bytes, the low one first: what sound cards and WAV files take. Memory of its own. */
export function toLittleEndian(samples: Int16Array): Uint8Array {
  const bytes = new Uint8Array(samples.length * 2);
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i] as number;
    bytes[2 * i] = sample;
    bytes[2 * i + 1] = sample >> 8;
  }
  return bytes;
}

/** PCM samples from bytes, the low one first, at any alignment. An odd byte at the end is left out. */
export function fromLittleEndian(bytes: Uint8Array): Int16Array {
  const samples = new Int16Array(bytes.length >> 1);
  for (let i = 0; i < samples.length; i++) {
    samples[i] = ((bytes[2 * i + 1] as number) << 8) | (bytes[2 * i] as number);
  }
  return samples;
}
