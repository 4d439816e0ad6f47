import { HhbError } from '@hellohaybye/core';
import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** An ffmpeg that was found. */
export interface Ffmpeg {
  path: string;
  /** Who said so: the caller, the PATH, or the package that brings one along. */
  origin: 'given' | 'path' | 'bundled';
}

export interface FindFfmpegOptions {
  /** The one to use, whatever else there is: a path, or a name on the PATH. */
  path?: string | undefined;
  /** An input device that it must have, by ffmpeg's name: `pulse`, `x11grab`, `v4l2`, ... */
  device?: string | undefined;
}

/**
 * Finds an ffmpeg: the one that was given, else the first on the PATH that has what is needed, else the one
 * of `@ffmpeg-installer/ffmpeg`. That one, of 2018, starts faster (10 against 100 ms), but knows no
 * PulseAudio and no codec of the years since, and is not mended any more; so it comes last.
 * @throws HhbError `ffmpeg-missing` when there is none, or none with that device
 */
export async function findFfmpeg(options: FindFfmpegOptions = {}): Promise<Ffmpeg> {
  const { path, device } = options;
  if (path !== undefined) {
    const given = /[\\/]/.test(path) ? path : await findProgram(path);
    if (given !== undefined && (await isProgram(given))) return { path: given, origin: 'given' };
    throw new HhbError('ffmpeg-missing', `There is no ffmpeg at ${path}`);
  }
  const candidates: Ffmpeg[] = [];
  const onPath = await findProgram('ffmpeg');
  if (onPath) candidates.push({ path: onPath, origin: 'path' });
  const bundled = await findBundled();
  if (bundled) candidates.push({ path: bundled, origin: 'bundled' });
  for (const candidate of candidates) {
    if (device === undefined || (await inputDevices(candidate.path)).has(device)) return candidate;
  }
  const what = candidates.length === 0 ? 'No ffmpeg was found' : `No ffmpeg here can read from ${device}`;
  throw new HhbError('ffmpeg-missing', what, { hint: 'Install ffmpeg, so that it is on the PATH.' });
}

/** The full path of a program on the PATH. */
export async function findProgram(name: string): Promise<string | undefined> {
  const file = process.platform === 'win32' ? `${name}.exe` : name;
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    if (folder !== '' && (await isProgram(join(folder, file)))) return join(folder, file);
  }
  return undefined;
}

/**
 * The names in what `ffmpeg -devices` prints of those that can be read from. Newer versions leave out the
 * column of flags that they do not need.
 */
export function parseInputDevices(text: string): Set<string> {
  const names = [...text.matchAll(/^ D.{1,2} +(\S+)/gm)].flatMap((match) => (match[1] as string).split(','));
  return new Set(names.filter((name) => name !== '='));
}

const known = new Map<string, Promise<Set<string>>>();

function inputDevices(path: string): Promise<Set<string>> {
  let devices = known.get(path);
  if (!devices) {
    devices = new Promise((resolve) => {
      execFile(path, ['-hide_banner', '-devices'], { timeout: 10_000, windowsHide: true }, (_, stdout) =>
        resolve(parseInputDevices(stdout)),
      );
    });
    known.set(path, devices);
  }
  return devices;
}

async function findBundled(): Promise<string | undefined> {
  try {
    // It throws, a string at that, on platforms it has no binary for.
    const { default: installer } = await import('@ffmpeg-installer/ffmpeg');
    return (await isProgram(installer.path)) ? installer.path : undefined;
  } catch {
    return undefined;
  }
}

const isProgram = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
