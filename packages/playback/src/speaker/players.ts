import { fileURLToPath } from 'node:url';
import { existsSync } from 'node:fs';
import type { PcmFormat } from './sink.js';
import type { SpeakerDevice } from './list-speakers.js';

/** A program that plays what it reads on its standard input, and how it tells its position. */
export interface Player {
  name: PlayerName;
  /** How much is kept written ahead of the position that it tells, seconds. */
  lead: number;
  /** Whether it rarely tells its position. */
  freeRunning: boolean;
  command: string;
  args: string[];
  env: Record<string, string>;
  /** Which of its outputs `read` is for. */
  reports: 'stdout' | 'stderr';
  /** A reader of that output, called with each chunk of it. */
  read(): ReportReader;
}

export type PlayerName = 'speaker' | 'paplay' | 'aplay' | 'ffplay';

/** What a chunk of a player's output says: a position in samples, that it is alive, that it ran dry, or nothing. */
export type ReportReader = (chunk: string) => { position?: number; alive?: boolean; underrun?: boolean };

/** How each player is called for a device; undefined when it can't play there. */
export const players: Record<
  PlayerName,
  (format: PcmFormat, device: SpeakerDevice | undefined) => Player | undefined
> = {
  paplay: (format, device) => {
    if (device?.system === 'alsa') return undefined;
    const target = device ? [`--device=${device.id}`] : [];
    return {
      name: 'paplay',
      lead: 0.06,
      freeRunning: false,
      command: 'paplay',
      args: [
        '--raw',
        '--verbose',
        `--format=s16${ENDIAN}`,
        `--rate=${format.sampleRate}`,
        `--channels=${format.channels}`,
        '--latency-msec=40',
        '--process-time-msec=10',
        '--client-name=HelloHayBye',
        '--stream-name=Call',
        ...target,
      ],
      // Its lines are translated; numbers and names are read from them.
      env: { LC_ALL: 'C' },
      reports: 'stderr',
      read: () => readPaplay(format.sampleRate),
    };
  },

  aplay: (format, device) => ({
    name: 'aplay',
    lead: 0.025,
    freeRunning: false,
    command: 'aplay',
    args: [
      '-vv',
      ...['-t', 'raw'],
      ...['-f', `S16_${ENDIAN.toUpperCase()}`],
      ...['-r', String(format.sampleRate)],
      ...['-c', String(format.channels)],
      ...['-D', alsaDevice(device)],
      '--buffer-time=40000',
      '--period-time=10000',
      '-',
    ],
    env: { LC_ALL: 'C', ...pulseSink(device) },
    reports: 'stderr',
    read: () => readAplay(),
  }),

  ffplay: (format, device) => ({
    name: 'ffplay',
    lead: 0.15,
    freeRunning: false,
    command: 'ffplay',
    args: [
      ...['-nodisp', '-autoexit', '-hide_banner', '-stats'],
      ...['-loglevel', 'warning'],
      ...['-probesize', '32', '-analyzeduration', '0', '-fflags', 'nobuffer'],
      ...['-f', `s16${ENDIAN}`, '-ar', String(format.sampleRate), '-ac', String(format.channels)],
      ...['-i', 'pipe:0'],
    ],
    env: {
      ...pulseSink(device),
      ...(device?.system === 'alsa' ? { SDL_AUDIODRIVER: 'alsa', AUDIODEV: device.id } : {}),
    },
    reports: 'stderr',
    read: () => readFfplay(format.sampleRate),
  }),

  speaker: (format, device) => ({
    name: 'speaker',
    lead: 0.04,
    freeRunning: true,
    command: process.execPath,
    args: [
      speakerChildPath(),
      String(format.sampleRate),
      String(format.channels),
      ...(device ? [alsaDevice(device)] : []),
    ],
    env: pulseSink(device),
    reports: 'stdout',
    read: () => readSpeakerChild(),
  }),
};

/**
 * `Time: 0.241 sec; Latency: 14934 usec.`: what has been heard. (With the latency added it would be what the
 * server has taken; but that comes in bursts, and what is heard flows evenly.)
 */
export function readPaplay(sampleRate: number): ReportReader {
  return (chunk) => {
    const last = [...chunk.matchAll(/Time: ([\d.]+) sec/g)].at(-1);
    const underrun = chunk.includes('Stream underrun');
    return {
      ...(last ? { position: Math.round(Number(last[1]) * sampleRate) } : {}),
      ...(underrun ? { underrun } : {}),
    };
  };
}

/** A bar like `####+   | 12%` for each period that was read and written to the device. */
export function readAplay(): ReportReader {
  let period: number | undefined;
  let periods = 0;
  let setup = '';
  return (chunk) => {
    if (period === undefined) {
      setup = (setup + chunk).slice(-4096);
      period = Number(/period_size\s*: (\d+)/.exec(setup)?.[1]) || undefined;
      if (period === undefined) return {};
    }
    periods += chunk.split('%').length - 1;
    const underrun = chunk.includes('underrun!!!');
    return { position: periods * period, ...(underrun ? { underrun } : {}) };
  };
}

/** `   0.42 M-A:  0.000 fd=   0 ...`: what has been heard, seconds; `nan` before the start. */
export function readFfplay(sampleRate: number): ReportReader {
  return (chunk) => {
    const last = [...chunk.matchAll(/(\d+\.\d+) (?:M-A|A-V|M-V| {3}):/g)].at(-1);
    return last ? { position: Math.round(Number(last[1]) * sampleRate) } : {};
  };
}

/** `alive`, or `position <samples>`, a line each. */
export function readSpeakerChild(): ReportReader {
  return (chunk) => {
    const last = [...chunk.matchAll(/^position (\d+)$/gm)].at(-1);
    return last ? { position: Number(last[1]), alive: true } : { alive: true };
  };
}

/** The child's file, in the package's `dist`, from there or from the source. */
function speakerChildPath(): string {
  const near = fileURLToPath(new URL('./speaker-child.js', import.meta.url));
  return existsSync(near) ? near : fileURLToPath(new URL('../../dist/speaker-child.js', import.meta.url));
}

/** ALSA's name for a device; PulseAudio's are all behind one, which PULSE_SINK leads further. */
function alsaDevice(device: SpeakerDevice | undefined): string {
  if (!device) return 'default';
  return device.system === 'alsa' ? device.id : 'pulse';
}

const pulseSink = (device: SpeakerDevice | undefined): Record<string, string> =>
  device?.system === 'pulse' ? { PULSE_SINK: device.id } : {};

const ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? 'le' : 'be';
