import {
  checkAudioOptions,
  checkVideoOptions,
  openAudio,
  openVideo,
  parseAudioSpec,
  parseVideoSpec,
  type PcmBlock,
  type VideoFrame,
} from '@hellohaybye/capture';
import { isHhbError, messageOf, type Clock } from '@hellohaybye/core';
import { LateSource, type MediaSource } from './late-source.js';
import type { CallOptions, Notice, SendOptions } from './options.js';
import { openRtpAudio, openRtpVideo, rtpFile, type RtpClocks } from './rtp/rtp-source.js';

interface Opening extends SendOptions, Pick<CallOptions, 'sourcesAfter'> {
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
 * and says so. That can't fail, so nobody has to wait for it.
 */
export async function openVideoSource(options: Opening): Promise<MediaSource<VideoFrame> | undefined> {
  const { width, height, fps, video, ...rest } = options;
  const file = rtpFile(video);
  if (file !== undefined)
    return openRtpVideo(file, { clocks: options.rtpClocks, onNotice: options.onNotice });
  const shape = { width, height, fps };
  const open = (spec: string, signal?: AbortSignal) => openVideo(spec, { ...common(rest), ...shape, signal });
  if (video === 'none') return undefined;
  if (video !== 'auto') return open(video);
  checkVideoOptions(shape);
  return new LateSource(async (signal) => {
    try {
      return await open('camera', signal);
    } catch (error) {
      if (signal.aborted) throw error;
      options.onNotice({ code: 'no-camera', message: `${reason(error)}; sending a test picture` });
      return open('test', signal);
    }
  }, options.sourcesAfter);
}

/**
 * Opens the audio source that was asked for; `auto` is this machine's microphone, else `fallbackAudio`, and says so. Nobody
 * has to wait for that either.
 */
export async function openAudioSource(options: Opening): Promise<MediaSource<PcmBlock> | undefined> {
  const { sampleRate, channels, chunkSamples, audio, fallbackAudio = 'none', ...rest } = options;
  const file = rtpFile(audio);
  if (file !== undefined) {
    return openRtpAudio(
      file,
      { sampleRate, channels },
      { clocks: options.rtpClocks, onNotice: options.onNotice },
    );
  }
  const shape = { sampleRate, channels, chunkSamples };
  const open = (spec: string, signal?: AbortSignal) => openAudio(spec, { ...common(rest), ...shape, signal });
  if (audio === 'none') return undefined;
  if (audio !== 'auto') return open(audio);
  checkAudioOptions(shape);
  if (fallbackAudio !== 'none') parseAudioSpec(fallbackAudio);
  return new LateSource(async (signal) => {
    try {
      return await open('mic', signal);
    } catch (error) {
      if (signal.aborted) throw error;
      const instead = fallbackAudio === 'none' ? 'no sound' : `a test sound (${fallbackAudio})`;
      options.onNotice({ code: 'no-microphone', message: `${reason(error)}; sending ${instead}` });
      return fallbackAudio === 'none' ? undefined : open(fallbackAudio, signal);
    }
  }, options.sourcesAfter);
}

function common({ clock, onNotice, ffmpeg }: Pick<Opening, 'clock' | 'onNotice' | 'ffmpeg'>) {
  return { clock, onNotice, ...(ffmpeg === undefined ? {} : { ffmpeg }) };
}

function reason(error: unknown): string {
  if (!isHhbError(error)) throw error;
  return messageOf(error);
}
