import {
  openAudio,
  openVideo,
  parseAudioSpec,
  parseVideoSpec,
  type AudioSource,
  type VideoSource,
} from '@hellohaybye/capture';
import { isHhbError, messageOf, type Clock } from '@hellohaybye/core';
import type { Notice, SendOptions } from './options.js';
import { openRtpAudio, openRtpVideo, rtpFile, type RtpClocks } from './rtp/rtp-source.js';

interface Opening extends SendOptions {
  ffmpeg?: string | undefined;
  clock: Clock;
  onNotice: (notice: Notice) => void;
  rtpClocks: RtpClocks;
}

/**
 * Looks at sources without opening anything.
 * @throws HhbError `bad-source` for what `SendOptions` does not name
 */
export function checkSources({ video, audio }: Pick<SendOptions, 'video' | 'audio'>): void {
  if (rtpFile(video) === undefined && video !== 'auto') parseVideoSpec(video);
  if (rtpFile(audio) === undefined && audio !== 'auto') parseAudioSpec(audio);
}

/**
 * Opens the video source that was asked for; `auto` is this machine's camera, else a moving test picture,
 * and says so.
 */
export async function openVideoSource(options: Opening): Promise<VideoSource | undefined> {
  const { width, height, fps, video, ...rest } = options;
  const file = rtpFile(video);
  if (file !== undefined)
    return openRtpVideo(file, { clocks: options.rtpClocks, onNotice: options.onNotice });
  const open = (spec: string) => openVideo(spec, { ...common(rest), width, height, fps });
  if (video === 'none') return undefined;
  if (video !== 'auto') return open(video);
  try {
    return await open('camera');
  } catch (error) {
    options.onNotice({ code: 'no-camera', message: `${reason(error)}; sending a test picture` });
    return open('test');
  }
}

/** Opens the audio source that was asked for; `auto` is this machine's microphone, else `fallbackAudio`, and says so. */
export async function openAudioSource(options: Opening): Promise<AudioSource | undefined> {
  const { sampleRate, channels, chunkSamples, audio, fallbackAudio = 'none', ...rest } = options;
  const file = rtpFile(audio);
  if (file !== undefined) {
    return openRtpAudio(
      file,
      { sampleRate, channels },
      { clocks: options.rtpClocks, onNotice: options.onNotice },
    );
  }
  const open = (spec: string) => openAudio(spec, { ...common(rest), sampleRate, channels, chunkSamples });
  if (audio === 'none') return undefined;
  if (audio !== 'auto') return open(audio);
  try {
    return await open('mic');
  } catch (error) {
    const instead = fallbackAudio === 'none' ? 'no sound' : `a test sound (${fallbackAudio})`;
    options.onNotice({ code: 'no-microphone', message: `${reason(error)}; sending ${instead}` });
    return fallbackAudio === 'none' ? undefined : open(fallbackAudio);
  }
}

function common({ clock, onNotice, ffmpeg }: Pick<Opening, 'clock' | 'onNotice' | 'ffmpeg'>) {
  return { clock, onNotice, ...(ffmpeg === undefined ? {} : { ffmpeg }) };
}

function reason(error: unknown): string {
  if (!isHhbError(error)) throw error;
  return messageOf(error);
}
