import { millis } from '@hellohaybye/core';
import { shownUrl } from '@hellohaybye/signaling';
import { entryRefusal } from '@hellohaybye/signaling/client';
import { printable } from './terminal.js';

/** Servers that were found and let nobody in without an access token, or nobody at all just now. */
export class PassedOver {
  readonly #lines = new Map<string, string>();

  /** What is told of them, a line each. */
  get lines(): string[] {
    return [...this.#lines.values()];
  }

  /**
   * Tries whether a server that answers lets us in, and remembers it if it does not.
   * @param found with `needsToken` where the server said so itself: it is not asked then
   */
  async isOpen(
    found: { url: string; needsToken?: true },
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { url, needsToken } = found;
    const code = needsToken ? tokenRequired : await entryRefusal(url, millis(timeoutMs), signal);
    if (code === undefined) return true;
    const shown = printable(shownUrl(url));
    this.#lines.set(shown, `Passed over the server at ${shown}: ${reasonOf(code, shown)}.`);
    return false;
  }
}

function reasonOf(code: string, url: string): string {
  if (code !== tokenRequired) return `it lets nobody in just now (${printable(code)})`;
  return `it wants an access token; if you have one, give --server '${url}' and --token-file`;
}

const tokenRequired = 'token-required';
