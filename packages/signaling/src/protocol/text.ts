import { z } from 'zod';

// Control characters, line and paragraph separators, halves of surrogate pairs, and the marks that reverse
// the direction of the text around them: none of them can be shown in a terminal or a roster without harm.
const unshowable = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u;
const visible = /[^\p{Z}\p{C}\p{Default_Ignorable_Code_Point}]/u;

/**
 * A text that people read, such as a name: any Unicode but what can't be shown, 1 to `length` code points,
 * in normalisation form C and without space around it.
 */
export const displayText = (length: number) =>
  z
    .string()
    .normalize('NFC')
    .trim()
    .refine((text) => visible.test(text), 'must not be empty')
    .refine((text) => codePoints(text) <= length, `must have at most ${length} characters`)
    .refine((text) => !unshowable.test(text), 'must not hold control characters');

/** How many Unicode code points a text has. */
export function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/** A text made safe for one line of a log or a terminal, and cut to a length. */
export function oneLine(text: string, length = 200): string {
  const clean = Array.from(text.slice(0, length * 2), (char) => (unshowable.test(char) ? '\ufffd' : char));
  return clean.length > length ? `${clean.slice(0, length - 1).join('')}…` : clean.join('');
}
