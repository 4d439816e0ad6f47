import { randomBytes } from 'node:crypto';
import type { PcmBlock, VideoFrame } from '@hellohaybye/capture';
import { createJpegCodec, mix, type JpegCodec } from '@hellohaybye/codec';
import type { Clock } from '@hellohaybye/core';
import { openAudioOutput, openPage, type Page } from '@hellohaybye/playback';
import { openTransport, type SrtpKey, type SrtpProfile, type Transport } from '@hellohaybye/transport/node';
import { Closers } from './closers.js';
import type { Playback } from './incoming-pipeline.js';
import { profilesOf } from './keys/security.js';
import type { MediaSource } from './late-source.js';
import type { CallOptions, Notice } from './options.js';
import { pageTitle } from './page-title.js';
import { RtpClocks } from './rtp/rtp-source.js';
import { openAudioSource, openVideoSource } from './sources.js';

/** Everything of this machine that a call needs, opened. */
export interface Parts extends Playback {
  transport: Transport;
  codec: JpegCodec;
  /** Undefined where nothing is sent. One that nobody waited for may turn out to give nothing (`LateSource`). */
  video: MediaSource<VideoFrame> | undefined;
  audio: MediaSource<PcmBlock> | undefined;
  page: Page | undefined;
  closers: Closers;
}

type PartOptions = Omit<CallOptions, 'server' | 'name' | 'room' | 'clock' | 'onNotice'> & { room?: string };

/**
 * Opens the parts all at once, while the server is being connected to; when one fails, those that are open
 * are closed again and its error is thrown. What can't fail, whatever comes of it, goes on being opened: the speaker, and
 * sources that are `auto`.
 */
export async function openParts<Client extends { close(): Promise<void> }>(
  options: PartOptions,
  clock: Clock,
  onNotice: (notice: Notice) => void,
  connecting: Promise<Client>,
): Promise<Parts & { client: Client }> {
  const capture = { ...options, clock, onNotice, ffmpeg: options.ffmpeg, rtpClocks: new RtpClocks() };
  // Closed from the last to the first: sources, then the transport with its goodbyes, the server at the end.
  const opening = [
    connecting,
    options.page ? openPage({ title: pageTitle({ room: options.room }) }) : Promise.resolve(undefined),
    openOutput(options, clock, onNotice),
    openTransport(transportOptions(options)),
    openVideoSource(capture),
    openAudioSource(capture),
  ] as const;
  const closers = new Closers();
  try {
    const [client, page, output, transport, video, audio] = await Promise.all(opening);
    const codec = createJpegCodec();
    for (const part of [client, page, output, codec, transport, video, audio]) if (part) closers.add(part);
    return { client, transport, codec, video, audio, output, page, closers };
  } catch (error) {
    for (const opened of await Promise.allSettled(opening)) {
      if (opened.status === 'fulfilled' && opened.value) closers.add(opened.value);
    }
    await closers.close();
    throw error;
  }
}

function transportOptions({ ports, mediaHost, maxPacketSize, security = {} }: PartOptions) {
  const host = mediaHost === undefined ? {} : { host: mediaHost };
  const size = maxPacketSize === undefined ? {} : { mtu: maxPacketSize };
  return {
    channels: { video: { ...ports.video, ...host }, audio: { ...ports.audio, ...host } },
    protection: { key: unheardOf(profilesOf(security)[0]) },
    ...size,
  };
}

/** Nobody knows this key: what is sent before there is another can't be read by anybody. */
const unheardOf = (profile: SrtpProfile): SrtpKey => ({
  ...{ id: 'unheard-of', profile },
  ...{ key: randomBytes(16), salt: randomBytes(profile === 'AEAD_AES_128_GCM' ? 12 : 14) },
});

async function openOutput(options: PartOptions, clock: Clock, onNotice: (notice: Notice) => void) {
  const shape = { sampleRate: options.sampleRate, channels: options.channels };
  const delay = options.playoutDelay === undefined ? {} : { delay: options.playoutDelay };
  const output = await openAudioOutput({
    speaker: options.speaker,
    ...shape,
    ...delay,
    mix,
    clock,
    onNotice,
    waits: false,
  });
  return Object.assign(output, { shape });
}
