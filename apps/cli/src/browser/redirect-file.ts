import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** A file that leads a browser to an address. */
export interface RedirectFile {
  /** Its `file:` URL, which tells nothing of the address. */
  place: string;
  /** Removes it, and its folder; again it does nothing. */
  remove(): void;
}

/** Writes a page that leads to an address, for this user alone, into a new folder. */
export function writeRedirect(url: string, parent = readableFolder()): RedirectFile {
  const folder = mkdtempSync(join(parent, 'hellohaybye-')); // for its owner alone, as all that this call makes
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const file = join(folder, 'call.html');
    writeFileSync(file, redirectTo(url), { mode: 0o600, flag: 'wx' });
    return { place: pathToFileURL(file).href, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

/** @param url without characters that mean something in HTML */
const redirectTo = (url: string): string => `<!doctype html>
<meta charset="utf-8">
<meta http-equiv="refresh" content="0; url=${url}">
<title>HelloHayBye</title>
<a href="${url}">Open the call</a>
`;

/** Browsers that are installed as snaps see nothing of the folder for temporary files, nor of hidden ones. */
const readableFolder = (): string => (snapBrowsers.some((file) => existsSync(file)) ? homedir() : tmpdir());

const snapBrowsers = ['firefox', 'chromium', 'brave', 'opera'].map((name) => `/snap/bin/${name}`);
