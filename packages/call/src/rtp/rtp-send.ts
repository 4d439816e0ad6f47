import { createJpegCodec } from '@hellohaybye/codec';
import { HhbError, isHhbError, messageOf, toMillis } from '@hellohaybye/core';
import { systemClock, systemRandom } from '@hellohaybye/core/node';
import { openTransport } from '@hellohaybye/transport/node';
import { Closers } from '../closers.js';
import { jpegFormat, l16Format, packetDuration, packetSamples } from '../media-description.js';
import type { Notice, SendOptions } from '../options.js';
import { sendAudio, sendVideo } from '../outgoing-pipeline.js';
import { openAudioSource, openVideoSource } from '../sources.js';
import { checkSpacing, writeSdp, type RtpSession } from './sdp.js';

/** What is sent where, as plain RTP. */
export interface RtpSendOptions extends SendOptions {
  /** An IP address. */
  to: string;
  /** The receiver's UDP ports; the one after each is for RTCP. */
  videoPort: number;
  audioPort: number;
  maxPacketSize?: number;
  ffmpegPath?: string;
  onNotice?: (notice: Notice) => void;
}

/** Media that is being sent as plain RTP. */
export interface RtpSender {
  /** The SDP with which another program receives it. */
  readonly sdp: string;
  /** Frames and packets so far. */
  status(): Promise<{ stream: string; frames: number; packets: number; bytes: number }[]>;
  /** Rejects when sending fails; resolves after `close`. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
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
  const clock = systemClock;
  const onNotice = options.onNotice ?? (() => undefined);
  const closers = new Closers();
  try {
    const capture = { ...options, clock, onNotice, ffmpegPath: options.ffmpegPath };
    const video = await openVideoSource(capture);
    if (video) closers.add(video);
    const audio = await openAudioSource(capture);
    if (audio) closers.add(audio);
    const size = options.maxPacketSize === undefined ? {} : { mtu: options.maxPacketSize };
    const transport = closers.add(
      await openTransport({ channels: { video: { port: 0 }, audio: { port: 0 } }, ...size }),
    );
    transport.on('error', ({ code, message }) => onNotice({ code, message }));
    const session = describe(options, { video: video !== undefined, audio: audio !== undefined });
    addStreams(transport, session);
    const codec = closers.add(createJpegCodec());
    const shape = { sampleRate: options.sampleRate, channels: options.channels };
    const packet = { ...shape, packetSamples: packetSamples(shape.sampleRate, shape.channels) };
    const controls = { quality: () => options.quality, wanted: () => true };
    const running = [
      video && sendVideo(video, codec, transport, controls),
      audio && sendAudio(audio, packet, transport),
    ];
    let closing = false;
    const ended = Promise.all(running).then(
      () => undefined,
      (error: unknown) => {
        if (closing) return;
        throw isHhbError(error) ? error : new HhbError('sending-failed', messageOf(error), { cause: error });
      },
    );
    ended.catch(() => undefined);
    const ptimeMs = toMillis(packetDuration(shape.sampleRate, shape.channels));
    return {
      sdp: writeSdp(session, { fps: options.fps, sessionId: systemRandom.uint32(), ptimeMs }),
      ended,
      status: async () => (await transport.statistics()).outgoing,
      close() {
        closing = true;
        return closers.close();
      },
    };
  } catch (error) {
    await closers.close();
    throw error;
  }
}

function describe(options: RtpSendOptions, has: { video: boolean; audio: boolean }): RtpSession {
  const stream = (port: number, format: typeof jpegFormat) => ({ port, rtcpPort: port + 1, format });
  return {
    address: options.to,
    ...(has.video ? { video: stream(options.videoPort, jpegFormat) } : {}),
    ...(has.audio
      ? { audio: stream(options.audioPort, l16Format(options.sampleRate, options.channels)) }
      : {}),
  };
}

function addStreams(
  transport: Awaited<ReturnType<typeof openTransport>>,
  { address, video, audio }: RtpSession,
): void {
  const streams = Object.entries({ video, audio }).flatMap(([id, stream]) =>
    stream ? [{ id, ...stream }] : [],
  );
  for (const { id, format } of streams) {
    transport.addOutgoing({ id, channel: id, ssrc: systemRandom.uint32(), formats: [format] });
  }
  const portOf = (field: 'port' | 'rtcpPort') =>
    Object.fromEntries(streams.map((stream) => [stream.id, { address, port: stream[field] }]));
  transport.addDestination({ id: 'receiver', addresses: portOf('port'), rtcpAddresses: portOf('rtcpPort') } as never);
}
