import { execFile } from 'node:child_process';
import type { Device } from '../devices/device.js';

/** Cameras, screens and microphones as ffmpeg lists them. */
export interface FfmpegDevices {
  cameras: Device[];
  screens: Device[];
  microphones: Device[];
}

/** Runs an ffmpeg that is expected to fail, and resolves with all that it said. */
export function ask(path: string, args: string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(path, ['-hide_banner', ...args], { timeout: 10_000, windowsHide: true }, (_, stdout, stderr) =>
      resolve(stdout + stderr),
    );
  });
}

/** Asks ffmpeg for the devices of macOS or Windows. */
export async function listFfmpegDevices(path: string, platform: 'darwin' | 'win32'): Promise<FfmpegDevices> {
  if (platform === 'darwin') {
    return parseAvfoundation(await ask(path, ['-f', 'avfoundation', '-list_devices', 'true', '-i', '']));
  }
  return parseDshow(await ask(path, ['-f', 'dshow', '-list_devices', 'true', '-i', 'dummy']));
}

/** Reads what ffmpeg prints for `-f avfoundation -list_devices true`: `[...] [0] FaceTime HD Camera`. */
export function parseAvfoundation(text: string): FfmpegDevices {
  const devices: FfmpegDevices = { cameras: [], screens: [], microphones: [] };
  let into: 'video' | 'audio' | undefined;
  for (const line of text.split(/\r?\n/)) {
    const heading = /AVFoundation (video|audio) devices:/.exec(line);
    if (heading) into = heading[1] as 'video' | 'audio';
    const entry = /\] \[(\d+)\] (.+)$/.exec(line);
    if (!entry || !into) continue;
    const label = entry[2] as string;
    const screen = /^Capture screen (\d+)$/.exec(label);
    if (screen) devices.screens.push({ id: screen[1] as string, label });
    else devices[into === 'video' ? 'cameras' : 'microphones'].push({ id: entry[1] as string, label });
  }
  return devices;
}

/**
 * Reads what ffmpeg prints for `-f dshow -list_devices true`: since 4.4 each name is followed by its kind,
 * before that there were headings. The names are the ids.
 */
export function parseDshow(text: string): FfmpegDevices {
  const devices: FfmpegDevices = {
    cameras: [],
    screens: [{ id: 'desktop', label: 'Desktop' }],
    microphones: [],
  };
  let into: 'video' | 'audio' | undefined;
  for (const line of text.split(/\r?\n/)) {
    const heading = /DirectShow (video|audio) devices/.exec(line);
    if (heading) into = heading[1] as 'video' | 'audio';
    const entry = /\] +"(.+)"(?: \((video|audio|none)[^)]*\))?$/.exec(line);
    if (!entry || line.includes('Alternative name')) continue;
    const kind = entry[2] ?? into;
    const label = entry[1] as string;
    if (kind === 'video') devices.cameras.push({ id: label, label });
    else if (kind === 'audio') devices.microphones.push({ id: label, label });
  }
  return devices;
}

/** What a V4L2 camera can give. */
export interface CameraFormats {
  /** Whether it gives JPEG in this size. */
  mjpeg(width: number, height: number): boolean;
  /** Whether it gives anything uncompressed in this size. */
  raw(width: number, height: number): boolean;
}

/** Reads `-f v4l2 -list_formats all`: `[...] Compressed:  mjpeg :  Motion-JPEG : 640x480 1280x720`. */
export function parseV4l2Formats(text: string): CameraFormats {
  const sizes = { mjpeg: new Set<string>(), raw: new Set<string>() };
  for (const line of text.split(/\r?\n/)) {
    const entry = /\] (Raw|Compressed) *: *(\S+) *:.*:((?: *\d+x\d+)+) *$/.exec(line);
    if (!entry) continue;
    const into = entry[1] === 'Raw' ? sizes.raw : entry[2] === 'mjpeg' ? sizes.mjpeg : undefined;
    for (const size of (entry[3] as string).trim().split(/ +/)) into?.add(size);
  }
  return {
    mjpeg: (width, height) => sizes.mjpeg.has(`${width}x${height}`),
    raw: (width, height) => sizes.raw.has(`${width}x${height}`),
  };
}

/** Asks a V4L2 camera what it can give. */
export async function cameraFormats(path: string, id: string): Promise<CameraFormats> {
  return parseV4l2Formats(await ask(path, ['-f', 'v4l2', '-list_formats', 'all', '-i', id]));
}

/**
 * The size of an X11 screen, `1280x720`: ffmpeg tells it when it is asked for more than there is. Before
 * 2020 its default was not the whole screen.
 */
export async function screenSize(path: string, display: string): Promise<string | undefined> {
  const huge = ['-f', 'x11grab', '-video_size', '32767x32767', '-i', display, '-f', 'null', '-'];
  return parseScreenSize(await ask(path, huge));
}

/** Reads `Capture area 32767x32767 at position 0.0 outside the screen size 1280x720`. */
export const parseScreenSize = (text: string): string | undefined => /screen size (\d+x\d+)/.exec(text)?.[1];
