import { findFfmpeg } from '../ffmpeg/find.js';
import { listFfmpegDevices } from '../ffmpeg/list-devices.js';
import type { Device } from './device.js';
import { listLinuxCameras, listLinuxMicrophones, listLinuxScreens } from './linux.js';

/** What this machine can capture from. The first of each is the default. */
export interface CaptureDevices {
  cameras: Device[];
  screens: Device[];
  microphones: Device[];
}

/**
 * Lists what this machine can capture from: on Linux by asking the kernel, ALSA and PulseAudio, elsewhere by
 * asking ffmpeg. What can't be asked has an empty list; this never throws.
 * @param o.ffmpeg the ffmpeg to use, whatever else is installed
 */
export async function listCaptureDevices(o: { ffmpeg?: string } = {}): Promise<CaptureDevices> {
  if (process.platform === 'darwin' || process.platform === 'win32') {
    try {
      return await listFfmpegDevices((await findFfmpeg({ path: o.ffmpeg })).path, process.platform);
    } catch {
      return { cameras: [], screens: [], microphones: [] };
    }
  }
  const [cameras, microphones] = await Promise.all([listLinuxCameras(), listLinuxMicrophones()]);
  return { cameras, screens: listLinuxScreens(), microphones };
}
