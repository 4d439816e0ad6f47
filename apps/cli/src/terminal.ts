import { isHhbError, messageOf } from '@hellohaybye/core';

/** What the user reads. Everything goes to stderr, for stdout is the result's. */
export interface Terminal {
  /** A line that stays. */
  say(line: string): void;
  /** Lines that are replaced by the next status; where there is no terminal they stay. */
  status(lines: string[]): void;
}

/** A terminal over a stream, by default stderr; colours and replaced lines only where they work and are wanted. */
export function openTerminal(stream: NodeJS.WriteStream = process.stderr, env = process.env): Terminal {
  const live = stream.isTTY === true && env['TERM'] !== 'dumb';
  const colour = live && !env['NO_COLOR'];
  let height = 0;
  const erase = () => {
    if (height > 0) stream.write(`\x1b[${height}A\x1b[0J`);
    height = 0;
  };
  let latest: string[] = [];
  const draw = () => {
    const width = (stream.columns || 80) - 1;
    const lines = latest.map((line) => (live ? line.slice(0, width) : line));
    for (const line of lines) stream.write(colour ? `\x1b[2m${line}\x1b[22m\n` : `${line}\n`);
    if (live) height = lines.length;
  };
  return {
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
  };
}

/** Prints the result of a command: one JSON object on stdout. */
export const printResult = (result: object): void => void process.stdout.write(`${JSON.stringify(result)}\n`);

/** A text of somebody else, fit to be printed: control characters and what steers a terminal are shown as U+FFFD. */
export const printable = (text: string): string =>
  text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');

/** An error as one line for each thing that is wrong, with what to do about it. */
export function explain(error: unknown, verbose: boolean): string {
  const lines = messageOf(error).split('\n');
  const text = lines.map((line) => `hellohaybye: ${printable(line)}`).join('\n');
  const stop = /[.!?]$/.test(text) ? '' : '.';
  const hint = isHhbError(error) && error.hint ? `${stop} ${printable(error.hint)}` : '';
  if (verbose) return `${text}${hint}\n${details(error)}`;
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
