import type { Random } from '@hellohaybye/core';
import { durationOf, samples, type Samples } from '@hellohaybye/core';
import type { MediaDescription, MediaStream } from '@hellohaybye/signaling';
import {
  CONTROL_PAYLOAD_TYPE,
  type ControlPeerOptions,
  type OutgoingStreamOptions,
  type PayloadFormat,
} from '@hellohaybye/transport';

/** RFC 3551, table 5: JPEG is payload type 26 with a clock of 90 kHz. */
export const jpegFormat: PayloadFormat = { format: 'jpeg', payloadType: 26, clockRate: 90_000 };

/** What carries the JPEG frames that RFC 2435 can't; a dynamic payload type. */
export const genericFormat: PayloadFormat = { format: 'generic', payloadType: 96, clockRate: 90_000 };

/** 16-bit PCM: payload type 10 or 11 where RFC 3551 (table 4) has one, else a dynamic one. */
export function l16Format(sampleRate: number, channels: number): PayloadFormat {
  const fixed = sampleRate === 44_100 && (channels === 1 ? 11 : channels === 2 ? 10 : undefined);
  return { format: 'l16', payloadType: fixed || 97, clockRate: sampleRate, channels };
}

/** How many samples of each channel an audio packet holds: 10 ms in mono, 5 ms in stereo. */
export const packetSamples = (sampleRate: number, channels: number): Samples =>
  samples(sampleRate / (channels === 1 ? 100 : 200));

/** How long an audio packet lasts. */
export const packetDuration = (sampleRate: number, channels: number) =>
  durationOf(packetSamples(sampleRate, channels), sampleRate);

/** The streams a participant offers: video, audio, both or none, each with an SSRC of its own. */
export function describeStreams(
  sends: { video: boolean; audio: boolean; sampleRate: number; channels: number },
  random: Random,
): OutgoingStreamOptions[] {
  const video = {
    id: 'video',
    channel: 'video',
    ssrc: random.uint32(),
    formats: [jpegFormat, genericFormat],
  };
  const audioFormats = [l16Format(sends.sampleRate, sends.channels)];
  const audio = { id: 'audio', channel: 'audio', ssrc: random.uint32(), formats: audioFormats };
  return [...(sends.video ? [video] : []), ...(sends.audio ? [audio] : [])];
}

/**
 * The control stream as the others are told of it; it goes the way of the pictures.
 * @param ssrc the transport's `controlSsrc`
 */
export const controlStream = (ssrc: number): MediaStream => ({
  ...{ id: 'control', channel: 'video', ssrc },
  // docs/wire-format.md, section 8.
  formats: [{ payloadType: CONTROL_PAYLOAD_TYPE, format: 'control', clockRate: 90_000 }],
});

/** What of another participant's offer is of use here. */
export interface Understood {
  ports: Record<string, number>;
  /** Media alone. */
  streams: OutgoingStreamOptions[];
  /** Where control messages go; undefined for a participant who knows none. */
  control: ControlPeerOptions | undefined;
}

/**
 * What another participant offers, as far as this one can take it: a newer version may offer more, and
 * anybody on the network may offer nonsense.
 * @param channels the channels of our own transport
 */
export function understood(
  { streams, ports }: MediaDescription,
  channels: Readonly<Record<string, unknown>>,
): Understood {
  const known = ([channel]: readonly [string, unknown]) => Object.hasOwn(channels, channel);
  return {
    ports: Object.fromEntries(Object.entries(ports).filter(known)),
    streams: streams
      .map((stream) => ({ ...stream, formats: playableFormats(stream) }))
      .filter(({ channel, formats }) => known([channel, formats]) && formats.length > 0),
    control: streams
      .filter(
        ({ id, channel, formats }) => id === 'control' && known([channel, formats]) && isControl(formats),
      )
      .map(({ channel, ssrc }) => ({ channel, ssrc }))[0],
  };
}

const isControl = (formats: MediaStream['formats']): boolean =>
  formats.some(({ format, payloadType }) => format === 'control' && payloadType === CONTROL_PAYLOAD_TYPE);

/** A decoder of sound is made for one format, so there is at most one of them. */
function playableFormats({ id, formats }: MediaStream): PayloadFormat[] {
  const media = formats.flatMap(({ format, ...rest }) => (format === 'control' ? [] : [{ format, ...rest }]));
  if (id === 'video') return media.filter(({ format }) => format !== 'l16');
  if (id !== 'audio') return [];
  return media
    .filter(({ format, clockRate }) => format === 'l16' && clockRate >= 8000 && clockRate <= 192_000)
    .slice(0, 1);
}
