import { readFileSync } from 'node:fs';
import { start, type Running } from './cli.js';
import type { Pulse } from './pulse.js';

/** A recording of what is heard at one of a sound server's sinks, 16-bit mono. */
export class Recording {
  #chunks: Buffer[] = [];
  #bytes = 0;
  #waiting: { bytes: number; resolve: () => void }[] = [];

  private constructor(
    private readonly recorder: Running,
    private readonly rate: number,
  ) {
    recorder.child.stdout!.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#bytes += chunk.length;
      this.#waiting = this.#waiting.filter(({ bytes, resolve }) => this.#bytes < bytes || void resolve());
    });
  }

  /** Begins to record; resolves once sound, or silence, comes in. */
  static async start(pulse: Pulse, sink: string, rate: number): Promise<Recording> {
    const format = ['--raw', '--format=s16le', `--rate=${rate}`, '--channels=1', '--latency-msec=20'];
    const recorder = start('parec', [...format, '-d', `${sink}.monitor`], { env: environment(pulse) });
    const recording = new Recording(recorder, rate);
    await recording.more(0.1);
    return recording;
  }

  /** Resolves when so many seconds have been recorded from now on. */
  more(seconds: number): Promise<void> {
    const bytes = this.#bytes + Math.round(seconds * this.rate) * 2;
    const enough = new Promise<void>((resolve) => this.#waiting.push({ bytes, resolve }));
    const ended = this.recorder.exited.then(() => {
      throw new Error(`parec ended: ${this.recorder.stderr}`);
    });
    return Promise.race([enough, ended]);
  }

  /** All that was recorded so far. */
  get samples(): Int16Array {
    return samplesOf(Buffer.concat(this.#chunks));
  }
}

/** Plays a file into a sink, from beginning to end. */
export async function playInto(pulse: Pulse, sink: string, file: string): Promise<void> {
  const player = start('paplay', ['-d', sink, file], { env: environment(pulse) });
  const { code } = await player.exited;
  if (code !== 0) throw new Error(`paplay ended with ${code}: ${player.stderr}`);
}

/** What leads programs to a test's own sound server. */
export const environment = ({ env }: Pulse): Record<string, string> =>
  Object.fromEntries(
    ['PULSE_SERVER', 'PULSE_RUNTIME_PATH', 'XDG_RUNTIME_DIR'].map((name) => [name, env[name]!]),
  );

/** The samples of a WAV file, 16-bit mono. */
export function readWav(file: string): { sampleRate: number; samples: Int16Array } {
  const bytes = readFileSync(file);
  const format = bytes.indexOf('fmt ') + 8;
  const data = bytes.indexOf('data');
  const [kind, channels, bits] = [0, 2, 14].map((at) => bytes.readUInt16LE(format + at));
  if (kind !== 1 || channels !== 1 || bits !== 16) throw new Error(`${file} is no 16-bit mono PCM`);
  const length = bytes.readUInt32LE(data + 4);
  return {
    sampleRate: bytes.readUInt32LE(format + 4),
    samples: samplesOf(bytes.subarray(data + 8, data + 8 + length)),
  };
}

/** A WAV file of 16-bit mono samples. */
export function wav(samples: Int16Array, sampleRate: number): Buffer {
  const header = Buffer.alloc(44);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(36 + samples.byteLength, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(sampleRate, 24);
  header.writeUInt32LE(sampleRate * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(samples.byteLength, 40);
  return Buffer.concat([header, Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength)]);
}

const samplesOf = (bytes: Buffer): Int16Array =>
  new Int16Array(Uint8Array.from(bytes.subarray(0, bytes.length & ~1)).buffer);
