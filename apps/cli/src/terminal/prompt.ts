import type { KeyContext, KeyState } from './keys.js';
import { cutToWidth, textWidth } from './text-width.js';

/** A line to be shown, and the column of the cursor in it. */
export interface Prompt {
  text: string;
  column: number;
}

/**
 * The last line of the terminal: what is being written, or what keys do.
 * @param context names in it are printable
 * @param columns how wide the terminal is; the line is at most one column narrower, so that it never wraps
 */
export function promptOf({ line }: KeyState, context: KeyContext, columns: number): Prompt {
  const room = Math.max(1, columns - 1);
  if (!line) {
    const text = cutToWidth(hints(context).join('  '), room);
    return { text, column: textWidth(text) };
  }
  const space = Math.max(1, room - MARK.length - 1);
  // The line moves to the left as far as is needed to see the cursor.
  let from = 0;
  const { characters, cursor } = line;
  while (from < cursor && textWidth(characters.slice(from, cursor).join('')) > space) from++;
  const column = MARK.length + textWidth(characters.slice(from, cursor).join(''));
  return { text: cutToWidth(MARK + characters.slice(from).join(''), room), column };
}

/** What all keys do, for who asks. */
export const helpLines = (context: KeyContext): string[] => [
  'Keys:',
  ...(context.ringing === undefined ? [] : ['  a accept the call, d decline it']),
  ...(context.muted === undefined ? [] : ['  m mute or unmute the microphone']),
  ...(context.cameraOff === undefined ? [] : ['  v turn the camera off or on']),
  ...(context.onHold === undefined ? [] : ['  h hold or resume the call']),
  ...(context.away === undefined ? [] : ['  w show the others that you are away, or back']),
  ...(context.canChat ? written : []),
  '  q or Ctrl-C leave',
];

function hints({ ringing, muted, cameraOff, onHold, canChat }: KeyContext): string[] {
  if (ringing !== undefined) return [`${ringing} is calling:`, 'a accept', 'd decline'];
  return [
    muted === undefined ? '' : muted ? 'm unmute' : 'm mute',
    cameraOff === undefined ? '' : cameraOff ? 'v camera on' : 'v camera off',
    onHold === undefined ? '' : onHold ? 'h resume' : 'h hold',
    canChat ? 'c chat' : '',
    '? help',
    'q leave',
  ].filter(Boolean);
}

const written = [
  '  c or Enter write a line to everybody; Enter sends it, Escape drops it',
  '  /invite <name>, <name>... call people to where you are',
  '  /move <room> take the call, with everybody in it, to a room; who is to come is still invited',
];

const MARK = '> ';
