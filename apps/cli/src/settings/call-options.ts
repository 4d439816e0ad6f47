import { userInfo } from 'node:os';
import { checkSources, type CallOptions } from '@hellohaybye/call';
import { millis } from '@hellohaybye/core';
import type { LoadedSettings } from './load.js';

/** What the settings say of a call. */
export type FromSettings = Omit<CallOptions, 'room' | 'clock' | 'onNotice'>;

/**
 * The settings as a call takes them. A port that was asked for does not move; a default one may.
 * @throws HhbError `bad-source`, before anything is opened
 */
export function callOptions({ values, asked }: LoadedSettings): FromSettings {
  const [width, height] = values.size.toLowerCase().split('x').map(Number) as [number, number];
  const { video, audio, fps, quality, sampleRate, channels, chunkSamples, speaker, ffmpeg, mediaHost } =
    values;
  checkSources({ video, audio });
  return {
    ...{ video, audio, width, height, fps, quality, sampleRate, channels, chunkSamples, speaker },
    server: values.server ?? `ws://127.0.0.1:${values.signalingPort}`,
    name: values.name ?? defaultName(),
    answer: values.answer,
    page: values.view === 'browser',
    ports: {
      video: { port: values.videoPort, fallback: !asked.has('videoPort') },
      audio: { port: values.audioPort, fallback: !asked.has('audioPort') },
    },
    maxPacketSize: values.maxPacketSize,
    playoutDelay: millis(values.playoutDelay),
    ...(mediaHost === undefined ? {} : { mediaHost }),
    ...(ffmpeg === undefined ? {} : { ffmpeg }),
  };
}

function defaultName(): string {
  try {
    return userInfo().username.slice(0, 64) || 'somebody';
  } catch {
    return 'somebody'; // a user without an entry in the password file, as in some containers
  }
}
