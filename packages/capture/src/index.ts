export type { Device } from './devices/device.js';
export { listCaptureDevices, type CaptureDevices } from './devices/list.js';
export { findFfmpeg, type Ffmpeg, type FindFfmpegOptions } from './ffmpeg/find.js';
export { openAudio } from './open-audio.js';
export { openVideo } from './open-video.js';
export { BoundedQueue } from './source/bounded-queue.js';
export { checkAudioOptions, checkVideoOptions } from './source/checks.js';
export { parseAudioSpec, parseVideoSpec, type AudioSpec, type VideoSpec } from './spec.js';
export { drawTestPicture, readTestPicture, type PictureShape } from './test-source/picture.js';
export { renderTone } from './test-source/tone.js';
export type {
  AudioOptions,
  AudioSource,
  JpegVideoFrame,
  Notice,
  PcmBlock,
  RawVideoFrame,
  SourceOptions,
  VideoFrame,
  VideoOptions,
  VideoSource,
} from './types.js';
