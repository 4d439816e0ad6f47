/** What is used of the `mic` package, which has no types. */
declare module 'mic' {
  import type { Readable } from 'node:stream';

  interface Microphone {
    start(): void;
    stop(): void;
    getAudioStream(): Readable & { end(): void };
  }
  export default function mic(
    options: Record<'rate' | 'channels' | 'bitwidth' | 'device', string>,
  ): Microphone;
}
