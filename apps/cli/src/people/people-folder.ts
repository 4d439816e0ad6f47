import { mkdirSync, statSync } from 'node:fs';
import { HhbError, messageOf } from '@hellohaybye/core';
import { othersMay } from '@hellohaybye/core/node';
import envPaths from 'env-paths';

/** Where one's identity and the known people are kept: the folder of the configuration. */
export const peopleFolder = (): string => envPaths('hellohaybye', { suffix: '' }).config;

/**
 * Makes the folder, for its owner alone, where it is missing.
 * @throws HhbError `identity-exposed` when others may write into it; `identity-failed` when it can't be made
 */
export function makePeopleFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw cannot('made', folder, error);
  }
  // Who may write into it can put another identity there.
  if (othersMay(statSync(folder).mode, writeBits)) {
    throw new HhbError('identity-exposed', `Others may write into ${folder}, where your identity is kept`, {
      hint: `Take that right away: chmod go-w ${folder}`,
    });
  }
}

export const writeBits = 0o022;

/** A file or folder could not be made, read or written. */
export const cannot = (what: string, path: string, error: unknown): HhbError =>
  new HhbError('identity-failed', `${path} can't be ${what}: ${messageOf(error)}`, {
    hint: 'Your identity and the people you know are kept there',
    cause: error,
  });
