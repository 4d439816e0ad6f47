import type { Clock, Micros } from '@hellohaybye/core';

/** Bytes of one frame, and when the first of them came. */
export interface TimedBytes {
  data: Uint8Array;
  arrivedAt: Micros;
}

/**
 * Cuts a stream of bytes into frames of one size, each in memory of its own. Reads no further while the
 * consumer holds a frame. What is left at the end is no frame.
 */
export async function* readFrames(
  stream: AsyncIterable<Uint8Array>,
  size: number,
  clock: Clock,
): AsyncGenerator<TimedBytes, void, undefined> {
  let data = newFrame(size);
  let filled = 0;
  let arrivedAt = clock.now();
  for await (const chunk of stream) {
    const now = clock.now();
    for (let at = 0; at < chunk.length;) {
      if (filled === 0) arrivedAt = now;
      const count = Math.min(size - filled, chunk.length - at);
      data.set(chunk.subarray(at, at + count), filled);
      filled += count;
      at += count;
      if (filled < size) continue;
      yield { data, arrivedAt };
      data = newFrame(size);
      filled = 0;
    }
  }
}

// Every byte will be written: there is no need to clear a megabyte for each frame.
function newFrame(size: number): Uint8Array {
  const { buffer, byteOffset } = Buffer.allocUnsafeSlow(size);
  return new Uint8Array(buffer, byteOffset, size);
}
