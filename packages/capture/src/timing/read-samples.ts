import type { Clock, Micros } from '@hellohaybye/core';

/** Samples, and when they came. */
export interface ArrivedSamples {
  samples: Int16Array;
  arrivedAt: Micros;
}

/**
 * Turns a stream of bytes into interleaved samples, 16 bits each, the low byte first. A block ends where a
 * sample of every channel is complete; the rest waits for the next chunk.
 */
export async function* readSamples(
  stream: AsyncIterable<Uint8Array>,
  channels: number,
  clock: Clock,
): AsyncGenerator<ArrivedSamples, void, undefined> {
  const size = 2 * channels;
  let rest = new Uint8Array(0);
  for await (const chunk of stream) {
    const arrivedAt = clock.now();
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const whole = bytes.length - (bytes.length % size);
    rest = Uint8Array.from(bytes.subarray(whole));
    if (whole === 0) continue;
    const view = new DataView(bytes.buffer, bytes.byteOffset, whole);
    const samples = new Int16Array(whole / 2);
    for (let i = 0; i < samples.length; i++) samples[i] = view.getInt16(2 * i, true);
    yield { samples, arrivedAt };
  }
}
