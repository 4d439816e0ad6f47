import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname } from 'node:path';
import { findFfmpeg } from '@hellohaybye/capture';
import { jpegSize } from '@hellohaybye/codec';
import { HhbError, messageOf, seconds, toMillis, type Micros } from '@hellohaybye/core';
import type { IncomingFrame } from '@hellohaybye/transport';
import type { Notice } from '../options.js';
import { MatroskaWriter, type MatroskaTrack } from './matroska.js';
import { FrameOrder } from './frame-order.js';
import { RecordingStart } from './recording-start.js';
import { AudioTimeline, PictureTimeline, pictureRate, RecordingClock } from './recording-timeline.js';
import type { RtpSession } from './sdp.js';

/** A file that received media is being written to. */
export interface Recorder {
  /** Takes a frame, also one that another has overtaken. */
  write(frame: IncomingFrame): void;
  /** A stream begins, or begins anew: its timestamps start over. */
  restart(stream: string): void;
  /** Resolves when the file is whole. Rejects with `cannot-save` when it could not be written. */
  close(): Promise<void>;
}

/** Bytes that may wait for ffmpeg before frames are left out; about a second of 720p. */
const waitingLimit = 8 << 20;
/** What is said of a picture that was not seen yet; decoders go by the pictures themselves. */
const unknownSize = { width: 640, height: 480 };
/** Time before the first frame, for one of the other stream that was captured earlier. ffmpeg takes it away. */
const lead = seconds(10);

/**
 * Records JPEG frames and PCM, neither encoded again. Each goes to ffmpeg with its place in time, in a stream
 * of Matroska; ffmpeg makes the file of it. See `RecordingStart`, `RecordingClock`, `PictureTimeline` and
 * `AudioTimeline` for how streams stay together.
 * @throws HhbError `ffmpeg-missing`, `cannot-save`
 */
export async function startRecorder(
  file: string,
  session: RtpSession,
  options: { ffmpeg?: string; onNotice: (notice: Notice) => void },
): Promise<Recorder> {
  const { path } = await findFfmpeg(options.ffmpeg === undefined ? {} : { path: options.ffmpeg });
  try {
    await access(dirname(file), constants.W_OK);
  } catch (error) {
    throw new HhbError('cannot-save', `${file}: ${messageOf(error)}`, { cause: error });
  }
  return new FileRecorder(file, path, session, options.onNotice);
}

class FileRecorder implements Recorder {
  readonly #order = new FrameOrder();
  readonly #clock = new RecordingClock();
  readonly #pictures = new PictureTimeline();
  readonly #timeline: AudioTimeline | undefined;
  /** Holds frames until it is known what the file holds, and when they were due. */
  #start: RecordingStart | undefined;
  #output: { pipe: Muxer; writer: MatroskaWriter; start: Micros } | undefined;
  #lastPicture = -Infinity;
  #leftOut = 0;

  constructor(
    private readonly file: string,
    private readonly ffmpeg: string,
    private readonly session: RtpSession,
    private readonly onNotice: (notice: Notice) => void,
  ) {
    const { video, audio } = session;
    this.#start = new RecordingStart({
      ...(video && { picture: pictureRate }),
      ...(audio && { sound: audio.format.clockRate }),
    });
    if (audio) this.#timeline = new AudioTimeline(audio.format.channels ?? 1, audio.format.clockRate);
  }

  write(frame: IncomingFrame): void {
    for (const next of this.#order.push(frame)) this.#take(next);
  }

  restart(stream: string): void {
    for (const rest of this.#order.restart(stream)) this.#take(rest);
  }

  #take(frame: IncomingFrame): void {
    if (!this.#start) this.#put(frame);
    else if (this.#start.push(frame)) this.#begin(this.#start.release());
  }

  async close(): Promise<void> {
    for (const rest of this.#order.flush()) this.#take(rest);
    if (this.#start?.isEmpty === false) this.#begin(this.#start.release());
    if (!this.#output) {
      return this.onNotice({
        code: 'nothing-recorded',
        message: `nothing was received; ${this.file} was not written`,
      });
    }
    if (this.#leftOut > 0) {
      const message = `${this.file} lacks ${this.#leftOut} frames: it could not be written fast enough`;
      this.onNotice({ code: 'recording-behind', message });
    }
    await this.#output.pipe.end();
  }

  #begin(frames: IncomingFrame[]): void {
    this.#start = undefined;
    const { video, audio } = this.session;
    const picture = frames.find(({ format }) => format === 'jpeg');
    const tracks: MatroskaTrack[] = [];
    if (video) tracks.push({ kind: 'mjpeg', ...((picture && jpegSize(picture.data)) ?? unknownSize) });
    if (audio) {
      const { clockRate, channels = 1 } = audio.format;
      tracks.push({ kind: 'pcm', sampleRate: clockRate, channels });
    }
    const writer = new MatroskaWriter();
    const pipe = new Muxer(this.ffmpeg, this.file);
    const start = (this.#clock.instantOf(frames[0]!) - lead) as Micros;
    this.#output = { pipe, writer, start };
    pipe.write(writer.header(tracks));
    for (const frame of frames) this.#put(frame);
  }

  #put(frame: IncomingFrame): void {
    const { pipe, start } = this.#output!;
    const timeline = frame.format === 'l16' ? this.#timeline! : this.#pictures;
    const instant = this.#clock.instantOf(frame, timeline.expected(frame));
    if (pipe.waiting > waitingLimit) return void this.#leftOut++;
    if (frame.format !== 'l16') {
      const shown = this.#pictures.place(frame, instant);
      const at = Math.max(this.#lastPicture + 1, toMillis((shown - start) as Micros));
      this.#lastPicture = at;
      return this.#block(0, at, [frame.data]);
    }
    const place = this.#timeline!.place(frame, instant);
    if (!place) return;
    const silence = new Uint8Array(place.silence * 2 * (this.session.audio!.format.channels ?? 1));
    this.#block(this.session.video ? 1 : 0, toMillis((place.at - start) as Micros), [silence, frame.data]);
  }

  #block(track: number, at: number, data: Uint8Array[]): void {
    // What was captured long before the first frame that came has no place.
    if (at < 0) return;
    const { pipe, writer } = this.#output!;
    for (const part of writer.block({ track, at, data: Buffer.concat(data) })) pipe.write(part);
  }
}

/** ffmpeg, making a file of what is written to it. */
class Muxer {
  readonly #child: ChildProcess;
  readonly #exited: Promise<[number | null]>;
  #complaint = '';

  constructor(
    ffmpeg: string,
    private readonly file: string,
  ) {
    const input = ['-f', 'matroska', '-i', 'pipe:0', '-map', '0'];
    const output = ['-c:v', 'copy', '-c:a', 'pcm_s16le', file];
    this.#child = spawn(ffmpeg, ['-hide_banner', '-loglevel', 'error', '-y', ...input, ...output], {
      stdio: ['pipe', 'ignore', 'pipe'],
      detached: process.platform !== 'win32', // Ctrl-C must not reach it: it ends the file when its pipe ends
    });
    const { stderr, stdin } = this.#child;
    stderr!.on(
      'data',
      (chunk: Buffer) => (this.#complaint = (this.#complaint + chunk.toString()).slice(-1000)),
    );
    stdin!.on('error', () => undefined); // ffmpeg going away is told by its exit
    this.#exited = once(this.#child, 'exit') as Promise<[number | null]>;
    this.#exited.catch((error: unknown) => (this.#complaint = messageOf(error)));
  }

  /** Bytes that ffmpeg has not taken yet. */
  get waiting(): number {
    return this.#child.stdin!.writableLength;
  }

  write(data: Uint8Array): void {
    this.#child.stdin!.write(data);
  }

  async end(): Promise<void> {
    this.#child.stdin!.end();
    const code = await this.#exited.then(([exit]) => exit).catch(() => null);
    if (code === 0) return;
    const reason = this.#complaint.trim().split('\n').at(-1) || `ffmpeg ended with ${code}`;
    throw new HhbError('cannot-save', `${this.file}: ${reason}`);
  }
}
