import type { PageControl } from './views.js';
import { LONGEST_CHAT, LONGEST_REASON, type ViewerMessage } from './wire.js';

/** Reads what a browser sent; undefined when it is not a message of the page's script. */
export function parseViewerMessage(text: string): ViewerMessage | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { type, id, reason, control, text: line } = value as Record<string, unknown>;
  switch (type) {
    case 'accept':
    case 'cancel':
    case 'call':
      return isText(id, LONGEST_ID) ? { type, id } : undefined;
    case 'decline': {
      if (!isText(id, LONGEST_ID)) return undefined;
      if (reason === undefined) return { type, id };
      return isText(reason, LONGEST_REASON) ? { type, id, reason: reason.trim() } : undefined;
    }
    case 'control':
      return isControl(control) ? { type, control } : undefined;
    case 'chat':
      return isText(line, LONGEST_CHAT) ? { type, text: line.trim() } : undefined;
    default:
      return undefined;
  }
}

/** Whether it is well-formed text (no lone surrogates) with something in it, of at most so many code units. */
const isText = (value: unknown, longest: number): value is string =>
  typeof value === 'string' &&
  value.length <= longest &&
  value.trim() !== '' &&
  !/\p{Surrogate}/u.test(value);

const isControl = (value: unknown): value is PageControl => controls.includes(value as PageControl);

const controls: PageControl[] = [
  'mute',
  'unmute',
  'camera-off',
  'camera-on',
  'hold',
  'resume',
  'away',
  'back',
  'hang-up',
];

const LONGEST_ID = 256;
