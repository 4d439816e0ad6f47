import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { findFfmpeg } from '@hellohaybye/capture';
import { HhbError, messageOf } from '@hellohaybye/core';
import type { IncomingFrame } from '@hellohaybye/transport';
import type { RtpSession } from './sdp.js';

/** A file that received media is being written to. */
export interface Recorder {
  write(frame: IncomingFrame): void;
  /** Resolves when the file is whole. */
  close(): Promise<void>;
}

/** Bytes that may wait for ffmpeg before frames are left out; about a second of 720p. */
const waitingLimit = 8 << 20;
/** The longest gap in audio that is filled with silence, seconds; a longer one is a new beginning. */
const longestGap = 10;

/**
 * Records JPEG frames and PCM with ffmpeg, neither encoded again in a Matroska file. Pictures carry the time
 * of their arrival; lost audio is filled with silence so that the two stay together.
 * @throws HhbError `ffmpeg-missing`, `cannot-save`
 */
export async function startRecorder(
  file: string,
  { video, audio }: RtpSession,
  options: { ffmpeg?: string },
): Promise<Recorder> {
  const ffmpeg = await findFfmpeg(options.ffmpeg === undefined ? {} : { path: options.ffmpeg });
  const inputs = [
    ...(video ? ['-use_wallclock_as_timestamps', '1', '-f', 'mjpeg', '-i', 'pipe:3'] : []),
    ...(audio
      ? [
          '-f',
          's16be',
          '-ar',
          `${audio.format.clockRate}`,
          '-ac',
          `${audio.format.channels ?? 1}`,
          '-i',
          'pipe:4',
        ]
      : []),
  ];
  const encoding = ['-c:v', 'copy', '-c:a', 'pcm_s16le'];
  const child = spawn(
    ffmpeg.path,
    ['-hide_banner', '-loglevel', 'error', '-y', ...inputs, ...encoding, file],
    {
      stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
      detached: process.platform !== 'win32', // Ctrl-C must not reach it: it ends the file when its pipes end
    },
  );
  let complaint = '';
  child.stderr!.on('data', (chunk: Buffer) => (complaint = (complaint + chunk.toString()).slice(-1000)));
  const exited = once(child, 'exit') as Promise<[number | null]>;
  exited.catch((error: unknown) => (complaint = messageOf(error)));
  const [pictures, sound] = [child.stdio[3], child.stdio[4]] as [Writable, Writable];
  // ffmpeg going away is told by its exit.
  for (const pipe of [pictures, sound]) pipe.on('error', () => undefined);
  const filler = new SilenceFiller(audio?.format.channels ?? 1, audio?.format.clockRate ?? 1);
  return {
    write(frame) {
      const pipe = frame.format === 'l16' ? sound : pictures;
      if (pipe.writableLength > waitingLimit) return;
      if (frame.format === 'l16') pipe.write(filler.before(frame));
      pipe.write(frame.data);
    },
    async close() {
      pictures.end();
      sound.end();
      const [code] = await exited;
      if (code !== 0)
        throw new HhbError(
          'cannot-save',
          `${file}: ${complaint.trim().split('\n').at(-1) || `ffmpeg ended with ${code}`}`,
        );
    },
  };
}

/** Finds out how much silence belongs before a packet of audio, in the place of those that were lost. */
export class SilenceFiller {
  #expected: number | undefined;

  /** @param rate samples a second of each channel */
  constructor(
    private readonly channels: number,
    private readonly rate: number,
  ) {}

  /** The silence to be written before a packet whose timestamp counts samples of each channel. */
  before({ timestamp, data }: { timestamp: number; data: Uint8Array }): Uint8Array {
    const missing = this.#expected === undefined ? 0 : timestamp - this.#expected;
    this.#expected = timestamp + data.length / 2 / this.channels;
    const fill = missing > 0 && missing <= longestGap * this.rate ? missing : 0;
    return new Uint8Array(fill * this.channels * 2);
  }
}
