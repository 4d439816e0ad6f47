import type { Notice } from '@hellohaybye/call';
import { printable, type Terminal } from './terminal.js';

/**
 * Steps on the way to something that is told anyway, when it works or when nothing does; by which addresses media goes; and what
 * came from nobody who is here, which harms nothing.
 */
const steps = new Set(['speaker-fallback', 'path', 'addresses', 'unprotected']);

/** Prints notices, a line each; steps on the way and what programs below said only when everything is wanted. */
export function noticePrinter(terminal: Terminal, verbose: boolean): (notice: Notice) => void {
  return ({ code, message, detail }) => {
    if (steps.has(code) && !verbose) return;
    const more = verbose && detail !== undefined ? ` (${detail})` : '';
    terminal.say(`note: ${printable(message + more)}`);
  };
}
