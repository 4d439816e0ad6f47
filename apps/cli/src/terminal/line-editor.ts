import { graphemesOf } from './text-width.js';

/** A line that is being written: its characters as a reader counts them, and how many are before the cursor. */
export interface Line {
  characters: string[];
  cursor: number;
}

/** What was typed: a named key of the terminal, or text. */
export interface Key {
  name?: string | undefined;
  ctrl?: boolean | undefined;
  meta?: boolean | undefined;
  text?: string | undefined;
}

export const emptyLine: Line = { characters: [], cursor: 0 };

/** UTF-16 code units of a line at most. */
export const LONGEST_LINE = 2000;

/** The line after a key; the same one when the key does nothing to it. */
export function edit(line: Line, key: Key): Line {
  const { characters, cursor } = line;
  const command = key.ctrl ? `ctrl-${key.name}` : (key.name ?? '');
  switch (command) {
    case 'backspace':
    case 'ctrl-h':
      return remove(line, Math.max(0, cursor - 1), cursor);
    case 'delete':
    case 'ctrl-d':
      return remove(line, cursor, cursor + 1);
    case 'left':
    case 'ctrl-b':
      return { characters, cursor: Math.max(0, cursor - 1) };
    case 'right':
    case 'ctrl-f':
      return { characters, cursor: Math.min(characters.length, cursor + 1) };
    case 'home':
    case 'ctrl-a':
      return { characters, cursor: 0 };
    case 'end':
    case 'ctrl-e':
      return { characters, cursor: characters.length };
    case 'ctrl-u':
      return remove(line, 0, cursor);
    case 'ctrl-k':
      return remove(line, cursor, characters.length);
    case 'ctrl-w':
      return remove(line, wordBefore(line), cursor);
  }
  return key.ctrl || key.meta ? line : insert(line, key.text ?? '');
}

export const textOf = (line: Line): string => line.characters.join('');

/** Puts text at the cursor. What comes together may join what is there: an accent its letter, for example. */
function insert(line: Line, typed: string): Line {
  const text = typed.replace(/[\p{Control}\p{Surrogate}\p{Zl}\p{Zp}]/gu, ' ');
  const before = line.characters.slice(0, line.cursor).join('');
  const after = line.characters.slice(line.cursor).join('');
  if (typed === '' || before.length + text.length + after.length > LONGEST_LINE) return line;
  const left = graphemesOf(before + text);
  return { characters: [...left, ...graphemesOf(after)], cursor: left.length };
}

function remove({ characters, cursor }: Line, from: number, to: number): Line {
  const gone = Math.max(0, Math.min(to, cursor) - from);
  return { characters: [...characters.slice(0, from), ...characters.slice(to)], cursor: cursor - gone };
}

function wordBefore({ characters, cursor }: Line): number {
  let from = cursor;
  while (from > 0 && characters[from - 1]!.trim() === '') from--;
  while (from > 0 && characters[from - 1]!.trim() !== '') from--;
  return from;
}
