import { HhbError } from '@hellohaybye/core';
// @ts-expect-error: it has no types.
import untypedMic from 'mic';
import { execFile, type ChildProcess } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Readable } from 'node:stream';
import { findProgram } from '../ffmpeg/find.js';
import { protect, release, startGuard } from '../guard/protect.js';
import type { Attempt } from '../source/supervise.js';
import type { AudioOptions } from '../types.js';
import { skipWavHeader, type WavFormat } from './wav-header.js';

/** The recorder that the `mic` package uses on this system, where it can be used and is installed. */
export async function findRecorder(platform = process.platform): Promise<'arecord' | 'rec' | undefined> {
  // On Windows it would record in a format of its own.
  const name = platform === 'linux' ? 'arecord' : platform === 'darwin' ? 'rec' : undefined;
  return name !== undefined && (await findProgram(name)) !== undefined ? name : undefined;
}

/** One run of the `mic` package's recorder. */
export interface RecorderAttempt {
  recorder: 'arecord' | 'rec';
  /** An ALSA device; `rec` knows the default one only. */
  device: string;
  label: string;
  options: AudioOptions;
  consume: (stdout: AsyncIterable<Uint8Array>) => Promise<void>;
}

/** Starts the recorder and reads from it until it ends or is stopped. */
export function attemptRecorder({ recorder, device, label, options, consume }: RecorderAttempt): Attempt {
  const { sampleRate, channels } = options;
  const microphone = mic({ rate: String(sampleRate), channels: String(channels), bitwidth: '16', device });
  const stream = microphone.getAudioStream();
  startGuard();
  const child = borrowChild(() => microphone.start(), recorder, sampleRate);
  if (child?.pid !== undefined) protect(child.pid);
  if (!child) return failedAttempt(new HhbError('source-failed', `${label}: the recorder can't be watched`));

  let wrong: HhbError | undefined;
  const checkFormat = (format: WavFormat): void => {
    if (format.sampleRate === sampleRate && format.channels === channels && format.bitsPerSample === 16)
      return;
    wrong = new HhbError(
      'source-failed',
      `${label} gives ${format.sampleRate} Hz, ${format.channels} channels`,
      {
        hint: 'ALSA converts for devices named plughw: instead of hw:.',
      },
    );
    throw wrong;
  };
  let stopped = false;
  const exited = new Promise<void>((resolve) =>
    child.on('exit', () => resolve()).on('error', () => resolve()),
  );
  const consumed = consume(skipWavHeader(stream, checkFormat)).catch(() => child.kill('SIGKILL'));
  const ended = (async (): Promise<HhbError> => {
    await exited;
    if (child.pid !== undefined) release(child.pid);
    // mic leaves its stream open when the recorder is gone.
    stream.end();
    await consumed;
    return (
      wrong ?? (stopped ? new HhbError('source-failed', 'It was stopped') : whyNot(recorder, device, label))
    );
  })();
  return {
    ended,
    async stop() {
      stopped = true;
      microphone.stop();
      const forced = setTimeout(() => child.kill('SIGKILL'), 500);
      await ended;
      clearTimeout(forced);
    },
  };
}

/**
 * Runs a function that starts a process, and gets hold of that process: mic keeps it to itself, and without
 * it nobody can tell the guard, see why it failed, or set what mic has no option for. Node announces each
 * child on a diagnostics channel just before it starts.
 */
function borrowChild(start: () => void, recorder: string, sampleRate: number): ChildProcess | undefined {
  let child: ChildProcess | undefined;
  const onChild = (message: unknown): void => {
    const announced = (message as { process: ChildProcess & { spawn: Spawn } }).process;
    child = announced;
    const spawn = announced.spawn;
    announced.spawn = (options) => spawn.call(announced, adapt(options, recorder, sampleRate));
    // mic listens to no error, which would end this process.
    announced.on('error', () => {});
  };
  subscribe('child_process', onChild);
  try {
    start();
  } finally {
    unsubscribe('child_process', onChild);
  }
  return child;
}

type Spawn = (options: SpawnOptions) => unknown;
interface SpawnOptions {
  args: string[];
  detached?: boolean;
}

/**
 * Shorter periods: by itself `arecord` hands over an eighth of a second at once, `sox` a tenth. The buffer stays
 * at half a second, so that a busy machine loses nothing. And a process group of its own, so that Ctrl-C does
 * not end it before we do.
 */
function adapt(options: SpawnOptions, recorder: string, sampleRate: number): SpawnOptions {
  const [program = recorder, ...args] = options.args;
  const short =
    recorder === 'arecord'
      ? ['-q', '--period-time=10000', '--buffer-time=500000']
      : ['-q', '--buffer', String(Math.max(32, 2 * Math.round(sampleRate / 100)))];
  return { ...options, args: [program, ...short, ...args], detached: true };
}

/** mic throws away what the recorder says, so it is asked once more, for one sample. */
async function whyNot(recorder: string, device: string, label: string): Promise<HhbError> {
  if (recorder !== 'arecord') return new HhbError('source-failed', `${label}: the recorder ended`);
  const args = ['-q', '-D', device, '-f', 'S16_LE', '-t', 'raw', '--samples=1', '/dev/null'];
  const said = await new Promise<string>((resolve) => {
    execFile('arecord', args, { timeout: 3000 }, (_, __, stderr) => resolve(stderr));
  });
  const cause = new Error(said);
  // A PulseAudio source that is not there is found out later than an ALSA device.
  const reason = /audio open error: (.+)|Unable to create stream: (No such .+)/.exec(said)?.[0];
  if (reason === undefined) return new HhbError('source-failed', `${label}: the recorder ended`, { cause });
  if (/busy/i.test(reason)) {
    return new HhbError('source-failed', `${label} is in use`, {
      cause,
      hint: 'Close the program that uses it.',
    });
  }
  return new HhbError('microphone-not-found', `${label} was not found`, { cause });
}

function failedAttempt(error: HhbError): Attempt {
  return { ended: Promise.resolve(error), stop: () => Promise.resolve() };
}

/** What is used of the `mic` package. */
type Mic = (options: Record<'rate' | 'channels' | 'bitwidth' | 'device', string>) => {
  start(): void;
  stop(): void;
  getAudioStream(): Readable & { end(): void };
};
const mic = untypedMic as Mic;
