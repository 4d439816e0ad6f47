import { HhbError } from '@hellohaybye/core';
import { stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import type { AudioOptions, VideoOptions } from '../types.js';

/** Milliseconds that a source may take for its first item, and may be silent later. */
export const usualTimeout = 10_000;
/** The same for the first item of a URL. */
export const urlTimeout = 15_000;

/** What `openVideo` checks before it opens anything. @throws HhbError `bad-option` */
export const checkVideoOptions = (options: Pick<VideoOptions, 'width' | 'height' | 'fps'>): void =>
  checkNumbers(options, { width: 16_384, height: 16_384, fps: 240 });

/** What `openAudio` checks before it opens anything. @throws HhbError `bad-option` */
export const checkAudioOptions = (
  options: Pick<AudioOptions, 'sampleRate' | 'channels' | 'chunkSamples'>,
): void => checkNumbers(options, { sampleRate: 768_000, channels: 64, chunkSamples: 1_000_000 });

/** @throws HhbError `bad-option` when one of these options is no number from 1 (or above 0) to its limit */
function checkNumbers<Options extends object>(
  options: Options,
  limits: { [Name in keyof Options]?: number },
): void {
  for (const [name, limit] of Object.entries(limits) as [string, number][]) {
    const value = (options as Record<string, unknown>)[name];
    const whole = name === 'fps' || Number.isInteger(value);
    if (typeof value === 'number' && whole && value > 0 && value <= limit) continue;
    throw new HhbError('bad-option', `${name} can't be ${String(value)}: it goes up to ${limit}`);
  }
}

/**
 * @returns the full path
 * @throws HhbError `file-not-found`, `not-media` for a folder
 */
export async function checkFile(path: string): Promise<string> {
  const full = resolve(path.replace(/^~(?=[\\/])/, () => join(homedir())));
  const found = await stat(full).catch((cause: unknown) => {
    throw new HhbError('file-not-found', `There is no file ${path}`, { cause });
  });
  if (found.isDirectory()) throw new HhbError('not-media', `${basename(full)} is a folder`);
  return full;
}

/** A text whose URLs have lost the names and passwords in them, for messages. */
export const hideSecrets = (text: string): string => text.replace(/(\b[a-z0-9+.-]+:\/\/)[^/@\s]*@/gi, '$1');

/** @throws HhbError `bad-source`: who wants nothing opens nothing */
export function noneOpens(): never {
  throw new HhbError('bad-source', 'There is nothing to open for "none"');
}
