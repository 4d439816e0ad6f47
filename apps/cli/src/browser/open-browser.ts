import type { PageAddress } from '@hellohaybye/playback';
import open from 'open';
import { writeRedirect } from './redirect-file.js';

/** Opens a page in the user's browser, or tells why not; the call goes on either way. */
export function openBrowser(page: PageAddress, onProblem: (reason: string) => void): void {
  if (process.platform === 'linux' && !process.env['DISPLAY'] && !process.env['WAYLAND_DISPLAY']) {
    onProblem('no screen to open a browser on');
    return;
  }
  const failed = () => onProblem('no browser could be opened');
  placeFor(page)
    .then((place) => open(place))
    .then((child) => child.on('error', failed), failed);
}

/**
 * What the browser is started with. What stands there is seen by every user of this machine, so it is a file that leads
 * to the page, which only this user can read. Other users of Windows do not see it, and a browser of Windows can't read
 * the files of a Linux inside of it: there it is the address, which is good for one window.
 */
async function placeFor(page: PageAddress): Promise<string> {
  const url = page.newUrl();
  if (process.platform === 'win32' || process.env['WSL_DISTRO_NAME'] !== undefined) return url;
  const { place, remove } = writeRedirect(url);
  page.on('opened', (used) => {
    if (used === url) remove();
  });
  process.once('exit', remove);
  return place;
}
