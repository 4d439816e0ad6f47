import { expect, it } from 'vitest';
import { noticePrinter } from './notices.js';

function printed(verbose: boolean): string[] {
  const lines: string[] = [];
  const print = noticePrinter({ say: (line) => lines.push(line), status: () => undefined }, verbose);
  print({ code: 'speaker-fallback', message: 'a does not play, b is tried', detail: 'no card' });
  print({ code: 'speaker-unavailable', message: 'No speaker can be used', detail: 'a: no card\x1b[2J' });
  print({ code: 'path', message: 'Ben is sent to at 10.0.0.2 now' });
  print({ code: 'addresses', message: 'Ben can be reached at 10.0.0.2 now' });
  print({ code: 'unprotected', message: '3 packets thrown away' });
  return lines;
}

it('prints notices in a line each, and the rest only when it is wanted', () => {
  expect(printed(false)).toEqual(['note: No speaker can be used']);
  expect(printed(true)).toEqual([
    'note: a does not play, b is tried (no card)',
    'note: No speaker can be used (a: no card\ufffd[2J)',
    'note: Ben is sent to at 10.0.0.2 now',
    'note: Ben can be reached at 10.0.0.2 now',
    'note: 3 packets thrown away',
  ]);
});
