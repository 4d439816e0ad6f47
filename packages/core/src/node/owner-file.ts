import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';

/** What a file holds that is meant for its owner alone; `exposed` when others have any right to it. */
export type OwnerFile = { exposed: false; text: string } | { exposed: true };

/**
 * Reads a file such as a private key's. What others could have read or changed is not given out.
 * @returns undefined where there is no such file
 * @throws the system's error when it can't be read
 */
export function readOwnerFile(file: string): OwnerFile | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    // The rights of what is read, not of what the name has come to lead to.
    if (othersMay(fstatSync(descriptor).mode, allRights)) return { exposed: true };
    return { exposed: false, text: readFileSync(descriptor, 'utf8') };
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Makes a file for its owner alone, whatever the umask. It comes into being with all of its content, on the disk, and
 * only once: of several who make it at the same moment one's counts.
 * @returns false when it was there already; then it stays as it is
 * @throws the system's error when it can't be made, also where its folder is missing; nothing is left behind
 */
export function makeOwnerFile(file: string, text: string): boolean {
  const temporary = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    const descriptor = openSync(temporary, 'wx', 0o600);
    try {
      writeFileSync(descriptor, text);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    // A link is never put in another's place.
    linkSync(temporary, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

/**
 * Whether group or others have one of these rights. Windows keeps rights elsewhere, in a user's folders closed to
 * others; what it says here means nothing.
 * @param mode of a file or folder
 * @param rights bits such as 0o022, writing
 */
export const othersMay = (mode: number, rights: number): boolean =>
  process.platform !== 'win32' && (mode & rights) !== 0;

/** Any right of the group or of all others. */
const allRights = 0o077;
