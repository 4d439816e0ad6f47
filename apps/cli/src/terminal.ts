import { isHhbError, messageOf } from '@hellohaybye/core';
import type { Prompt } from './terminal/prompt.js';
import { cutToWidth } from './terminal/text-width.js';

/** What the user reads. Everything goes to stderr, for stdout is the result's. */
export interface Terminal {
  /** A line that stays. */
  say(line: string): void;
  /** Lines that are replaced by the next status; where there is no terminal they stay. */
  status(lines: string[]): void;
}

/** A terminal that may have a line to write in. */
export interface LiveTerminal extends Terminal {
  /** Whether it is a terminal on which lines can be replaced. */
  readonly isLive: boolean;
  /**
   * A last line below the status, with the cursor in it, until it is undefined. Only where `isLive`.
   * @param prompt is given the width of the terminal; it must not fill it, nor hold control characters
   */
  prompt(prompt: ((columns: number) => Prompt) | undefined): void;
  /** Sends a control sequence to the terminal itself. Only where `isLive`. */
  control(sequence: string): void;
}

/** A terminal over a stream, by default stderr; colours and replaced lines only where they work and are wanted. */
export function openTerminal(stream: NodeJS.WriteStream = process.stderr, env = process.env): LiveTerminal {
  const live = stream.isTTY === true && env['TERM'] !== 'dumb';
  const colour = live && !env['NO_COLOR'];
  let height = 0;
  let promptOf: ((columns: number) => Prompt) | undefined;
  let prompted = false;
  const erase = () => {
    const up = height > 0 ? `\x1b[${height}A` : '';
    if (height > 0 || prompted) stream.write(`${prompted ? '\r' : ''}${up}\x1b[0J`);
    height = 0;
    prompted = false;
  };
  let latest: string[] = [];
  const draw = () => {
    const width = (stream.columns || 80) - 1;
    const lines = latest.map((line) => (live ? cutToWidth(line, width) : line));
    for (const line of lines) stream.write(colour ? `\x1b[2m${line}\x1b[22m\n` : `${line}\n`);
    if (live) height = lines.length;
    if (!live || !promptOf) return;
    const { text, column } = promptOf(width + 1);
    stream.write(`${text}\r${column > 0 ? `\x1b[${column}C` : ''}`);
    prompted = true;
  };
  return {
    isLive: live,
    say(line) {
      erase();
      stream.write(`${line}\n`);
      if (live) draw();
    },
    status(lines) {
      erase();
      latest = lines;
      draw();
    },
    prompt(prompt) {
      if (!live) return;
      erase();
      promptOf = prompt;
      draw();
    },
    control(sequence) {
      if (live) stream.write(sequence);
    },
  };
}

/** Prints the result of a command: one JSON object on stdout. What others said in it does not act on a terminal. */
export const printResult = (result: object): void => void process.stdout.write(`${printableJson(result)}\n`);

/** As JSON.stringify does it, but all that can't be seen is escaped: it is the same to who reads it as JSON. */
export const printableJson = (result: object): string =>
  JSON.stringify(result).replace(UNPRINTABLE, (found) =>
    Array.from({ length: found.length }, (_, index) => escaped(found.charCodeAt(index))).join(''),
  );

const escaped = (unit: number): string => `\\u${unit.toString(16).padStart(4, '0')}`;

/**
 * A text of somebody else, fit to be printed: control characters, what steers a terminal or the direction of the text
 * around it, and what can't be seen are shown as U+FFFD. What joins emoji, and letters of scripts that need it, stays.
 */
export const printable = (text: string): string =>
  text.replace(UNPRINTABLE, (found: string, index: number) =>
    JOINERS.test(found) && JOINABLE.test(text.slice(0, index)) ? found : '\ufffd',
  );

/** All but the variation selectors, which choose how the character before them looks. */
const UNPRINTABLE =
  /(?![\ufe00-\ufe0f])[\p{Control}\p{Surrogate}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;
/** Zero width joiner and non-joiner: in an emoji, or in a word of a script that has use for them. */
const JOINERS = /^[\u200c\u200d]$/u;
const JOINABLE =
  /[\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f\p{Script=Arabic}\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca]$/u;

/** An error as one line for each thing that is wrong, with what to do about it. */
export function explain(error: unknown, verbose: boolean): string {
  const lines = messageOf(error).split('\n');
  const text = lines.map((line) => `hellohaybye: ${printable(line)}`).join('\n');
  const stop = /[.!?]$/.test(text) ? '' : '.';
  const hint = isHhbError(error) && error.hint ? `${stop} ${printable(error.hint)}` : '';
  if (verbose) return `${text}${hint}\n${details(error).split('\n').map(printable).join('\n')}`;
  return isHhbError(error) ? `${text}${hint}` : `${text} (unexpected; --verbose tells more)`;
}

function details(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const cause =
    error.cause === undefined
      ? ''
      : `\ncaused by: ${error.cause instanceof Error ? error.cause.stack : String(error.cause)}`;
  return `${error.stack}${cause}`;
}
