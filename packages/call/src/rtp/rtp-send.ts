import { createJpegCodec } from '@hellohaybye/codec';
import { HhbError, isHhbError, messageOf, toMillis } from '@hellohaybye/core';
import { systemClock, systemRandom } from '@hellohaybye/core/node';
import { openTransport } from '@hellohaybye/transport/node';
import { Closers } from '../closers.js';
import { jpegFormat, l16Format, packetDuration, packetSamples } from '../media-description.js';
import type { Notice, SendOptions } from '../options.js';
import { capturedSince, sendAudio, sendVideo } from '../outgoing-pipeline.js';
import { openAudioSource, openVideoSource } from '../sources.js';
import { addStreams, sessionTo } from './outgoing-streams.js';
import { RtpClocks } from './rtp-source.js';
import { checkSpacing, writeSdp } from './sdp.js';

/** What is sent where, as plain RTP. */
export interface RtpSendOptions extends SendOptions {
  /** An IP address. */
  to: string;
  /** The receiver's UDP ports; the one after each is for RTCP. */
  videoPort: number;
  audioPort: number;
  maxPacketSize?: number;
  ffmpeg?: string;
  onNotice?: (notice: Notice) => void;
}

/** Media that is being sent as plain RTP. */
export interface RtpSender {
  /** The SDP with which another program receives it. */
  readonly sdp: string;
  /** Frames and packets so far. */
  status(): Promise<SentStatistics[]>;
  /** Rejects when sending fails; resolves after `close`. */
  readonly ended: Promise<void>;
  /** Ends it, and tells all that was sent. */
  close(): Promise<SentStatistics[]>;
}

/** What was sent of one stream: frames, RTP packets, and bytes of these with their headers. */
export interface SentStatistics {
  stream: string;
  frames: number;
  packets: number;
  bytes: number;
}

/** RFC 2435 counts a picture's sides in blocks of 8 in one byte each. */
const largestSide = 2040;

/**
 * Sends video and audio to a program that speaks plain RTP: JPEG (RFC 2435) and L16 (RFC 3551), unencrypted.
 * @throws HhbError `bad-ports`, `bad-size` when a side is over 2040 pixels, and those of capture and transport
 */
export async function startRtpSend(options: RtpSendOptions): Promise<RtpSender> {
  checkSpacing(options.videoPort, options.audioPort);
  if (Math.max(options.width, options.height) > largestSide) {
    throw new HhbError(
      'bad-size',
      `A picture of ${options.width}x${options.height} does not fit RFC 2435: its sides end at ${largestSide}`,
    );
  }
  const closers = new Closers();
  try {
    return await send(options, closers);
  } catch (error) {
    await closers.close();
    throw error;
  }
}

async function send(options: RtpSendOptions, closers: Closers): Promise<RtpSender> {
  const { sampleRate, channels, maxPacketSize, onNotice = () => undefined } = options;
  const rtpClocks = new RtpClocks();
  const capture = { ...options, clock: systemClock, onNotice, ffmpeg: options.ffmpeg, rtpClocks };
  const { video, audio } = await openSources(capture, closers);
  const codec = closers.add(createJpegCodec());
  const size = maxPacketSize === undefined ? {} : { mtu: maxPacketSize };
  const sockets = { video: { port: 0 }, audio: { port: 0 } };
  const transport = closers.add(await openTransport({ channels: sockets, ...size }));
  transport.on('error', ({ code, message }) => onNotice({ code, message }));
  const session = sessionTo(options, {
    ...(video && { video: jpegFormat }),
    ...(audio && { audio: l16Format(sampleRate, channels) }),
  });
  addStreams(transport, session);

  const packet = { sampleRate, channels, packetSamples: packetSamples(sampleRate, channels) };
  const controls = { quality: () => options.quality, wanted: () => true };
  const running: Promise<void>[] = [];
  const now = systemClock.now();
  if (video) running.push(sendVideo(capturedSince(now, video), codec, transport, controls));
  if (audio) running.push(sendAudio(capturedSince(now, audio), packet, transport));
  let closing = false;
  const ended = Promise.all(running).then(
    () => undefined,
    (error: unknown) => {
      if (!closing) throw asSendingFailed(error);
    },
  );
  ended.catch(() => undefined); // whoever awaits it gets it; nobody has to
  const ptimeMs = toMillis(packetDuration(sampleRate, channels));
  return {
    sdp: writeSdp(session, { fps: options.fps, sessionId: systemRandom.uint32(), ptimeMs }),
    ended,
    status: async () => (await transport.statistics()).outgoing,
    async close() {
      closing = true;
      try {
        await Promise.all([video?.close(), audio?.close()]);
        await Promise.allSettled(running);
        return (await transport.statistics()).outgoing;
      } finally {
        await closers.close();
      }
    },
  };
}

/** Opens both at once: files are played from the instant of opening, and their picture and sound belong together. */
async function openSources(capture: Parameters<typeof openVideoSource>[0], closers: Closers) {
  const opening = [openVideoSource(capture), openAudioSource(capture)] as const;
  for (const opened of await Promise.allSettled(opening)) {
    if (opened.status === 'fulfilled' && opened.value) closers.add(opened.value);
  }
  const [video, audio] = await Promise.all(opening);
  return { video, audio };
}

const asSendingFailed = (error: unknown): HhbError =>
  isHhbError(error) ? error : new HhbError('sending-failed', messageOf(error), { cause: error });
