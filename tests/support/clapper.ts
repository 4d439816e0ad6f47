import { execFileSync, spawnSync } from 'node:child_process';

/** The bright part of each second, in seconds. A frame begins at its start at 10, 20 and 30 frames a second. */
const [from, to] = [0.5, 0.7];

/**
 * Makes a file in which, once a second, the picture is bright for as long as a tone of 1 kHz sounds: MJPEG and
 * PCM, 320x240 at 30 frames a second. With two channels, only the left one sounds.
 * With several slices, there are restart markers in each picture.
 */
export function makeClapper(
  file: string,
  {
    seconds,
    rate,
    channels,
    slices = 1,
  }: { seconds: number; rate: number; channels: number; slices?: number },
): void {
  const early = `between(mod(t,1),${from - 0.01},${to - 0.01})`;
  const picture = `testsrc2=s=320x240:r=30,drawbox=enable='${early}':c=white:t=fill:h=200`;
  const tone = `if(between(mod(t,1),${from},${to}),0.5*sin(2*PI*1000*t),0)`;
  const sound = `aevalsrc='${channels === 1 ? tone : `${tone}|0`}':s=${rate}`;
  execFileSync('ffmpeg', [
    ...['-v', 'error', '-f', 'lavfi', '-i', picture, '-f', 'lavfi', '-i', sound, '-t', `${seconds}`],
    // Slices are coded side by side, with restart markers between.
    ...[
      '-c:v',
      'mjpeg',
      '-threads',
      `${slices}`,
      '-thread_type',
      'slice',
      '-huffman',
      'default',
      '-q:v',
      '2',
      '-pix_fmt',
      'yuvj420p',
    ],
    ...['-c:a', 'pcm_s16le', file],
  ]);
}

/** What was found in a recording of it. */
export interface Clapping {
  /** What ffmpeg had to say while it decoded the whole file. */
  warnings: string;
  /** Decoded pictures. */
  frames: number;
  /** Of the whole file, by its own account. */
  duration: number;
  /** Samples of each channel. */
  samples: number;
  rate: number;
  channels: number;
  /** How much later the tone begins than the picture gets bright, for each time, milliseconds. */
  late: number[];
}

/** Decodes a recording and looks when it flashes and sounds, by the timestamps in the file. */
export function watchClapper(file: string): Clapping {
  const probe = (stream: string, entries: string) =>
    execFileSync('ffprobe', [
      ...['-v', 'error', '-select_streams', stream, '-show_entries', entries, '-of', 'csv=p=0', file],
    ])
      .toString()
      .trim()
      .split(/\s+/)
      .map((line) => line.split(',').map(Number));
  const decode = (...args: string[]) =>
    spawnSync('ffmpeg', ['-v', 'repeat+warning', '-i', file, ...args, '-'], { maxBuffer: 1 << 30 });

  const gray = ['-vf', 'scale=8:8', '-pix_fmt', 'gray', '-f', 'rawvideo'];
  // In the file's time base: else ffmpeg rounds times to whole frames, and complains that some are the same.
  const asTheyAre = ['-fps_mode', 'passthrough', '-enc_time_base', '-1'];
  const pictures = decode('-map', '0:v', ...asTheyAre, ...gray);
  // Some players' corrections leave samples that overlap by their timestamps: that is looked at below.
  const sound = decode('-map', '0:a', '-af', 'asetpts=N/SR/TB', '-f', 's16le');
  const [rate = NaN, channels = NaN] = probe('a', 'stream=sample_rate,channels')[0] ?? [];
  const times = probe('v', 'packet=pts_time').map(([time]) => time!);
  const flashes = onsets(brightness(pictures.stdout)).map((frame) => times[frame]!);
  const samples = new Int16Array(Uint8Array.from(sound.stdout).buffer);
  const tones = toneOnsets(samples, probe('a', 'packet=pts_time,size'), rate, channels);
  return {
    warnings: complaints(pictures.stderr.toString() + sound.stderr.toString()),
    frames: pictures.stdout.length / 64,
    duration: probe('v', 'format=duration')[0]![0]!,
    samples: samples.length / channels,
    rate,
    channels,
    // The first flash or tone may have been cut off.
    late: flashes.flatMap((flash) => tones.map((tone) => (tone - flash) * 1000).filter(isNear)),
  };
}

const isNear = (milliseconds: number): boolean => Math.abs(milliseconds) < 500;

/**
 * Lines that a program of ffmpeg's printed, without those that are not about what it was given. It is to be run
 * with `-v repeat+warning`: else a line that comes again is only counted, and nobody knows which it was.
 */
export function complaints(text: string): string {
  // JPEG's full-range pixels have had two names for years, and a mono file's channel is always guessed.
  const ownAffairs = /deprecated pixel format used|Guessed Channel Layout/;
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !ownAffairs.test(line));
  return lines.join('\n');
}

function brightness(pictures: Buffer): boolean[] {
  return Array.from({ length: pictures.length / 64 }, (_, frame) => {
    const pixels = pictures.subarray(frame * 64, frame * 64 + 64);
    return pixels.reduce((sum, pixel) => sum + pixel, 0) / 64 > 165;
  });
}

const onsets = (bright: boolean[]): number[] =>
  bright.flatMap((now, index) => (now && index > 0 && !bright[index - 1] ? [index] : []));

/** When the tone begins, in the left channel, by the timestamps of the packets. */
function toneOnsets(samples: Int16Array, packets: number[][], rate: number, channels: number): number[] {
  const found: number[] = [];
  let last = -Infinity;
  let position = 0;
  for (const [time = NaN, size = 0] of packets) {
    const count = size / 2 / channels;
    for (let index = 0; index < count; index++) {
      if (Math.abs(samples[(position + index) * channels]!) < 800) continue;
      const sounded = time + index / rate;
      if (sounded - last > 0.2) found.push(sounded);
      last = sounded;
    }
    position += count;
  }
  return found;
}
