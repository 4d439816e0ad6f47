import { HhbError, type Clock, type Micros } from '@hellohaybye/core';
import { systemClock } from '@hellohaybye/core/node';
import { access } from 'node:fs/promises';
import { basename } from 'node:path';
import { listCaptureDevices } from './devices/list.js';
import {
  cameraInput,
  fileInput,
  isRemoteFile,
  jpegOutput,
  liveUrlInput,
  rawVideoOutput,
  remoteFileInput,
  screenInput,
  type FfmpegInput,
} from './ffmpeg/arguments.js';
import { attemptFfmpeg } from './ffmpeg/attempt.js';
import type { Intent } from './ffmpeg/explain.js';
import { findFfmpeg } from './ffmpeg/find.js';
import { cameraFormats, screenSize } from './ffmpeg/list-devices.js';
import {
  checkFile,
  checkVideoOptions,
  hideSecrets,
  noneOpens,
  urlTimeout,
  usualTimeout,
} from './source/checks.js';
import { BoundedQueue } from './source/bounded-queue.js';
import { attemptTestPicture } from './source/generated.js';
import { relayFrames, relayJpeg } from './source/live.js';
import { playFrames } from './source/paced.js';
import { playedFrom, startSource, type Plan } from './source/plan.js';
import { parseVideoSpec, type VideoSpec } from './spec.js';
import type { VideoFrame, VideoOptions, VideoSource } from './types.js';

/**
 * Opens a source of video. Resolves when its first frame is there, so that what is wrong is known at once;
 * what goes wrong later is mended, and told by `onNotice`.
 *
 * Frames are raw, in the size that was asked for; only a camera that gives JPEG of just that size has it
 * handed on untouched. Files are looped, in real time from the instant of opening: the sound of the same file,
 * opened at the same time, is in step.
 * @param spec see `parseVideoSpec`
 * @throws HhbError `bad-source`, `bad-option`, `camera-not-found`, `screen-not-found`, `file-not-found`, `not-media`,
 *   `ffmpeg-missing`, `source-failed`
 */
export async function openVideo(spec: string, options: VideoOptions): Promise<VideoSource> {
  checkVideoOptions(options);
  const clock = options.clock ?? systemClock;
  const plan = await planVideo(parseVideoSpec(spec), { ...options, clock, openedAt: clock.now() });
  return startSource(plan, new BoundedQueue<VideoFrame>(1), options);
}

/** What was asked for, and when. */
type Opening = VideoOptions & { clock: Clock; openedAt: Micros };

function planVideo(spec: VideoSpec, options: Opening): Promise<Plan<VideoFrame>> | Plan<VideoFrame> {
  switch (spec.kind) {
    case 'none':
      return noneOpens();
    case 'test':
      return planTest(options);
    case 'file':
      return planFile(spec.path, options);
    case 'url':
      return planUrl(spec.url, options);
    case 'camera':
      return planCamera(spec.id, options);
    case 'screen':
      return planScreen(spec.id, options);
  }
}

function planTest(options: Opening): Plan<VideoFrame> {
  const { clock } = options;
  return {
    label: 'Test picture',
    openTimeout: usualTimeout,
    start: (put) => attemptTestPicture(options, clock, put),
  };
}

async function planFile(path: string, options: Opening): Promise<Plan<VideoFrame>> {
  const input = fileInput(await checkFile(path));
  return planPlayed(input, { kind: 'file', label: basename(path), medium: 'video' }, options);
}

async function planUrl(url: string, options: Opening): Promise<Plan<VideoFrame>> {
  const intent: Intent = { kind: 'url', label: hideSecrets(url), medium: 'video' };
  if (isRemoteFile(url)) return planPlayed(remoteFileInput(url), intent, options);
  return { ...(await planLive(liveUrlInput(url), intent, options)), openTimeout: urlTimeout };
}

async function planCamera(id: string | undefined, options: Opening): Promise<Plan<VideoFrame>> {
  const { platform } = process;
  const chosen = id ?? (await listCaptureDevices(options)).cameras[0]?.id;
  if (chosen === undefined) throw new HhbError('camera-not-found', 'No camera was found', { hint: elseHint });
  if (platform === 'darwin' || platform === 'win32') {
    const input = cameraInput(chosen, options, platform, { size: true, mjpeg: false });
    return planLive(input, { kind: 'camera', label: `Camera ${chosen}`, medium: 'video' }, options);
  }
  const node = /^\d+$/.test(chosen) ? `/dev/video${chosen}` : chosen.replace(/^(?=video\d)/, '/dev/');
  const intent: Intent = { kind: 'camera', label: `Camera ${node}`, medium: 'video' };
  await access(node).catch((cause: unknown) => {
    throw new HhbError('camera-not-found', `Camera ${node} was not found`, { cause, hint: elseHint });
  });
  const { path } = await findFfmpeg({ path: options.ffmpeg, device: 'v4l2' });
  const formats = await cameraFormats(path, node);
  const mjpeg = formats.mjpeg(options.width, options.height);
  const size = mjpeg || formats.raw(options.width, options.height);
  const input = cameraInput(node, options, platform, { size, mjpeg });
  return planLive(input, intent, options, mjpeg && options.passthrough !== false);
}

async function planScreen(id: string | undefined, options: Opening): Promise<Plan<VideoFrame>> {
  const { platform } = process;
  const chosen = id ?? (await listCaptureDevices(options)).screens[0]?.id;
  if (chosen === undefined) {
    const hint = platform === 'linux' ? 'DISPLAY is not set: X11 screens can be captured.' : undefined;
    throw new HhbError('screen-not-found', 'No screen was found', { hint });
  }
  const intent: Intent = { kind: 'screen', label: `Screen ${chosen}`, medium: 'video' };
  if (platform === 'darwin' || platform === 'win32') {
    return planLive(screenInput(chosen, options.fps, platform), intent, options);
  }
  const { path } = await findFfmpeg({ path: options.ffmpeg, device: 'x11grab' });
  const size = await screenSize(path, chosen);
  if (size === undefined) {
    const hint = 'Is DISPLAY right, and may you use it?';
    throw new HhbError('screen-not-found', `${intent.label} was not found`, { hint });
  }
  return planLive(screenInput(chosen, options.fps, platform, size), intent, options);
}

/** Something that has an end and is played over and over. */
async function planPlayed(input: FfmpegInput, intent: Intent, options: Opening): Promise<Plan<VideoFrame>> {
  const { clock, openedAt } = options;
  const { path } = await findFfmpeg({ path: options.ffmpeg });
  const output = rawVideoOutput(options);
  return {
    label: intent.label,
    openTimeout: usualTimeout,
    start: playedFrom(openedAt, clock, (startedAt, put) =>
      attemptFfmpeg({
        ...{ path, input, output, intent },
        consume: (stdout, signal) => playFrames(stdout, options, { clock, startedAt, signal, put }),
      }),
    ),
  };
}

/** Something that comes at its own pace. */
async function planLive(
  input: FfmpegInput,
  intent: Intent,
  options: Opening,
  jpeg = false,
): Promise<Plan<VideoFrame>> {
  const { clock } = options;
  const { path } = await findFfmpeg({ path: options.ffmpeg, device: input.device });
  return {
    label: intent.label,
    openTimeout: usualTimeout,
    stallTimeout: usualTimeout,
    start: (put) =>
      attemptFfmpeg({
        path,
        input,
        output: jpeg ? jpegOutput() : rawVideoOutput(options),
        intent,
        consume: (stdout) =>
          jpeg ? relayJpeg(stdout, clock, put) : relayFrames(stdout, options, clock, put),
      }),
  };
}

const elseHint = 'A test picture, a file or a screen can be used instead.';
