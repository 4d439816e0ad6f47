import type { PageAddress } from '@hellohaybye/playback';
import type { Terminal } from '../terminal.js';
import { openBrowser } from './open-browser.js';

/**
 * Tells where a page is, and opens it. The printed address opens one window: when it has, the next one is told, so that
 * the last one that stands in the terminal always works.
 * @param what what is there, such as `The call is shown`
 */
export function showPage(
  page: PageAddress,
  { what, open, terminal }: { what: string; open: boolean; terminal: Terminal },
): void {
  let printed = page.url;
  terminal.say(`${what} at ${printed}`);
  page.on('opened', (url) => {
    if (url !== printed) return;
    printed = page.url;
    terminal.say(`Another window, or this one when you have closed it: ${printed}`);
  });
  if (open) openBrowser(page, (reason) => terminal.say(`note: ${reason}; open the address yourself`));
}
