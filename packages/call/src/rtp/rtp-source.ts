import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { basename, resolve } from 'node:path';
import { BoundedQueue, type AudioSource, type VideoSource } from '@hellohaybye/capture';
import { HhbError, isHhbError, messageOf } from '@hellohaybye/core';
import { DEFAULT_PLAYOUT_DELAY } from '@hellohaybye/playback';
import type { IncomingFrame } from '@hellohaybye/transport';
import { openTransport } from '@hellohaybye/transport/node';
import { AudioReceiver, type AudioShape } from '../audio-receiver.js';
import type { Notice } from '../options.js';
import { LiveOrder } from './live-order.js';
import { RecordingClock } from './recording-timeline.js';
import { readSdp, type RtpStream } from './sdp.js';

/** What the sources of one call that come as plain RTP have in common. */
export class RtpClocks {
  readonly #clocks = new Map<string, RecordingClock>();

  /** The clock of who sends what a file describes: picture and sound of one file are in step by it. */
  of(file: string): RecordingClock {
    let clock = this.#clocks.get(file);
    if (!clock) this.#clocks.set(file, (clock = new RecordingClock()));
    return clock;
  }
}

interface Opening {
  clocks: RtpClocks;
  onNotice: (notice: Notice) => void;
}

/** The SDP file that a source names, `rtp:<file>`; undefined for another source. A URL, `rtp://`, is ffmpeg's. */
export function rtpFile(source: string): string | undefined {
  const file = /^rtp:(?!\/\/)(?<file>.*)$/.exec(source)?.groups?.['file'];
  if (file === '') throw new HhbError('bad-source', 'rtp: needs the name of an SDP file after the colon');
  return file;
}

/**
 * Listens for the pictures that another program sends as plain RTP: JPEG by RFC 2435, which is handed on as it comes.
 * Resolves as soon as it listens, for the other program may be started later and again.
 * @param file an SDP file; what it says of sound does not matter
 * @throws HhbError `file-not-found`, `bad-sdp`, and those of transport, such as `port-in-use`
 */
export async function openRtpVideo(file: string, options: Opening): Promise<VideoSource> {
  const frames = new BoundedQueue<JpegFrame>(1);
  const source = await listen('video', file, options, (frame, capturedAt) => {
    frames.put({ kind: 'jpeg', data: frame.data, capturedAt });
  });
  return sourceOf(source, frames);
}

/**
 * The same for sound: L16, in whatever shape it comes. Blocks are as long as the packets.
 * @param shape what it is turned into
 */
export async function openRtpAudio(file: string, shape: AudioShape, options: Opening): Promise<AudioSource> {
  const blocks = new BoundedQueue<Block>(mostBlocks);
  let receiver: AudioReceiver | undefined;
  const source = await listen(
    'audio',
    file,
    options,
    ({ data, timestamp }, capturedAt, { format }) => {
      receiver ??= new AudioReceiver({ sampleRate: format.clockRate, channels: format.channels ?? 1 }, shape);
      const { samples } = receiver.decode(data, timestamp);
      if (samples.length > 0) blocks.put({ samples, capturedAt });
    },
    () => receiver?.restart(),
  );
  return sourceOf(source, blocks);
}

type Items<Source> = Source extends AsyncIterable<infer Item> ? Item : never;
type JpegFrame = Extract<Items<VideoSource>, { kind: 'jpeg' }>;
type Block = Items<AudioSource>;

/** A second of sound in packets of 10 ms. */
const mostBlocks = 100;

/** Opens the port of one stream of a file, and hands its frames on in order, with their instants on our clock. */
async function listen(
  medium: 'video' | 'audio',
  path: string,
  { clocks, onNotice }: Opening,
  put: (frame: IncomingFrame, capturedAt: Block['capturedAt'], stream: RtpStream) => void,
  onRestart: () => void = () => undefined,
) {
  const file = basename(path);
  const { address, stream } = await read(path, medium);
  const { port, rtcpPort, format } = stream;
  const transport = await openTransport({
    channels: {
      [medium]: { port, host: address },
      ...(rtcpPort !== port && { rtcp: { port: rtcpPort, host: address } }),
    },
  }).catch((error: unknown) => {
    throw explained(error, file, address);
  });
  const order = new LiveOrder(format, DEFAULT_PLAYOUT_DELAY);
  const clock = clocks.of(resolve(path));
  const label = `${medium === 'video' ? 'Picture' : 'Sound'} of ${file}`;
  const hand = (frame: IncomingFrame) => put(frame, clock.instantOf(frame), stream);
  let hasCome = false;
  transport.on('frame', (frame) => {
    hasCome = true;
    order.push(frame).forEach(hand);
  });
  transport.on('event', (event) => {
    if (event.type === 'source') {
      order.restart(medium).forEach(hand);
      onRestart();
    }
    // Before anything has come nothing is lost.
    if (event.type === 'timeout' && hasCome)
      onNotice({ code: 'source-lost', message: `${label} comes no more` });
    if (event.type === 'resumed') onNotice({ code: 'source-restored', message: `${label} is back` });
  });
  transport.on('error', ({ code, message }) => onNotice({ code, message: `${label}: ${message}` }));
  transport.addIncoming({ peer: 'sender', id: medium, channel: medium, formats: [format] });
  onNotice({ code: 'rtp-awaited', message: `${label} is expected on UDP port ${port} of ${address}` });
  return { label, close: () => transport.close() };
}

function sourceOf<Item>(opened: { label: string; close(): Promise<void> }, queue: BoundedQueue<Item>) {
  return {
    label: opened.label,
    get dropped() {
      return queue.dropped;
    },
    async close() {
      queue.close();
      await opened.close();
    },
    [Symbol.asyncIterator]: () => queue[Symbol.asyncIterator](),
  };
}

async function read(
  path: string,
  medium: 'video' | 'audio',
): Promise<{ address: string; stream: RtpStream }> {
  const file = basename(path);
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'EISDIR') throw new HhbError('bad-sdp', `${file} is a folder, no SDP file`, { cause });
    throw new HhbError('file-not-found', `The SDP file can't be read: ${messageOf(cause)}`, { cause });
  });
  const session = readSdp(text, file, [medium]);
  const { address, audio } = session;
  const host = address === 'localhost' ? '127.0.0.1' : address;
  if (isIP(host) === 0) throw new HhbError('bad-sdp', `${file}: ${host} is no IP address`, { hint: cLine });
  const { clockRate = 44_100, channels = 1 } = audio?.format ?? {};
  if (clockRate < 8000 || clockRate > 192_000 || ![1, 2].includes(channels)) {
    const message = `${file}: sound of ${clockRate} Hz and ${channels} channels is not understood`;
    throw new HhbError('bad-sdp', message, { hint: 'It may have 8000 to 192000 Hz, and 1 or 2 channels.' });
  }
  return { stream: session[medium]!, address: host };
}

function explained(error: unknown, file: string, address: string): unknown {
  if (!isHhbError(error, 'host-not-available')) return error;
  const message = `${file}: ${address} is no address of this machine`;
  return new HhbError('bad-sdp', message, { cause: error, hint: cLine });
}

const cLine =
  'Its line "c=" tells where to listen: 127.0.0.1, another address of this machine, or 0.0.0.0 for all of them.';
