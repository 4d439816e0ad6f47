/** What ffmpeg is to read. */
export interface FfmpegInput {
  source: string;
  options: string[];
  /** The input device that the ffmpeg must have. */
  device?: string;
}

interface Picture {
  width: number;
  height: number;
  fps: number;
}

interface Sound {
  sampleRate: number;
  channels: number;
}

/** A file, over and over, as fast as somebody reads: see `source/file.ts` for why not by `-re`. */
export const fileInput = (path: string): FfmpegInput => ({
  // The scheme keeps a name with a colon or a dash at its start from being taken for something else.
  source: `file:${path}`,
  options: ['-stream_loop', '-1'],
});

/** A file that a web server has, over and over. */
export const remoteFileInput = (url: string): FfmpegInput => ({
  source: url,
  options: ['-stream_loop', '-1'],
});

/** Something that comes at its own pace. */
export function liveUrlInput(url: string): FfmpegInput {
  const options = ['-fflags', 'nobuffer', '-flags', 'low_delay'];
  if (/^rtsps?:/i.test(url)) options.push('-rtsp_transport', 'tcp');
  // Segments come in lumps of several seconds, which are to be played at their own speed.
  if (/\.(m3u8|mpd)([?#]|$)/i.test(url)) options.push('-re');
  return { source: url, options };
}

/** Whether a URL names a file, which is looped, and not something live. */
export const isRemoteFile = (url: string): boolean =>
  /^https?:/i.test(url) &&
  /\.(mp4|m4v|mov|mkv|webm|avi|mpg|mpeg|ogv|gif|mp3|m4a|aac|wav|flac|ogg|oga|opus)([?#]|$)/i.test(url);

/**
 * A camera.
 * @param o.size whether the camera has this very size; else it is left its own
 * @param o.mjpeg whether its own JPEG is wanted
 */
export function cameraInput(
  id: string,
  picture: Picture,
  platform: NodeJS.Platform,
  o: { size: boolean; mjpeg: boolean },
): FfmpegInput {
  const size = o.size ? ['-video_size', `${picture.width}x${picture.height}`] : [];
  const rate = ['-framerate', String(picture.fps)];
  const common = ['-fflags', 'nobuffer', ...rate, ...size];
  if (platform === 'darwin') return device('avfoundation', `${id}:none`, common);
  if (platform === 'win32')
    return device('dshow', `video=${id}`, [...(o.mjpeg ? ['-vcodec', 'mjpeg'] : []), ...common]);
  return device('v4l2', id, [...(o.mjpeg ? ['-input_format', 'mjpeg'] : []), ...common]);
}

/** @param size of the whole screen, `1280x720`; needed for X11, whose older default is a corner of it */
export function screenInput(id: string, fps: number, platform: NodeJS.Platform, size?: string): FfmpegInput {
  const common = ['-framerate', String(fps)];
  if (platform === 'darwin') {
    const name = /^\d+$/.test(id) ? `Capture screen ${id}` : id;
    return device('avfoundation', `${name}:none`, ['-capture_cursor', '1', ...common]);
  }
  if (platform === 'win32') return device('gdigrab', id, common);
  return device('x11grab', id, [...common, ...(size ? ['-video_size', size] : [])]);
}

/** A microphone. Short fragments: the default is a twentieth of a second and more. */
export function microphoneInput(
  id: string,
  sound: Sound,
  system: 'pulse' | 'alsa' | 'avfoundation' | 'dshow',
): FfmpegInput {
  const shape = ['-sample_rate', String(sound.sampleRate), '-channels', String(sound.channels)];
  const tenMillis = Math.round(sound.sampleRate / 100) * sound.channels * 2;
  switch (system) {
    case 'pulse':
      return device('pulse', id, [...shape, '-fragment_size', String(tenMillis)]);
    case 'alsa':
      return device('alsa', id, shape);
    case 'avfoundation':
      return device('avfoundation', `:${id}`, []);
    case 'dshow':
      return device('dshow', `audio=${id}`, ['-audio_buffer_size', '10']);
  }
}

/** Pictures of one size and rate, uncompressed: what has another shape is fitted in with black beside it. */
export function rawVideoOutput({ width, height, fps }: Picture): string[] {
  const fit = `scale=${width}:${height}:force_original_aspect_ratio=decrease`;
  const centre = `pad=${width}:${height}:(ow-iw)/2:(oh-ih)/2`;
  const filters = `${fit},${centre},setsar=1`;
  return ['-map', '0:v:0', '-vf', filters, '-r', String(fps), '-pix_fmt', 'bgr0', '-f', 'rawvideo'];
}

/** JPEG as it comes. */
export const jpegOutput = (): string[] => ['-map', '0:v:0', '-c:v', 'copy', '-f', 'mjpeg'];

/** Samples of 16 bits, the low byte first. Holes in the source become silence. */
export const pcmOutput = ({ sampleRate, channels }: Sound): string[] => [
  ...['-map', '0:a:0', '-af', 'aresample=async=1'],
  ...['-ar', String(sampleRate), '-ac', String(channels), '-c:a', 'pcm_s16le', '-f', 's16le'],
];

const device = (name: string, source: string, options: string[]): FfmpegInput => ({
  source,
  options: ['-f', name, ...options],
  device: name,
});
