import type { CallingState, KeyState, PersonState, RingOutcome } from './views.js';

/** The states of somebody as people read them. */
export function statesOf(state: PersonState & { busy?: boolean }): string[] {
  const { busy, away, onHold, muted, cameraOff } = state;
  return [
    busy ? 'in a call' : '',
    away ? 'away' : '',
    onHold ? 'on hold' : '',
    muted ? 'muted' : '',
    cameraOff ? 'camera off' : '',
  ].filter(Boolean);
}

/** With whom and where a call is: `in lobby, with Ben, Eve and 3 more`. */
export function companyOf(room: string | undefined, people: string[] = []): string {
  const named = people.slice(0, 2);
  const more = people.length - named.length;
  if (more > 0) named.push(`${more} more`);
  const last = named.pop();
  const list = named.length > 0 ? `${named.join(', ')} and ${last}` : last;
  return [room && `in ${room}`, list && `with ${list}`].filter(Boolean).join(', ');
}

/** Where a call from here stands. */
export const callingTexts: Record<CallingState, string> = {
  calling: 'Calling…',
  ringing: 'Ringing…',
  accepted: 'Accepted',
  declined: 'Declined',
  busy: 'In another call',
  timeout: 'No answer',
  cancelled: 'Cancelled',
  unreachable: 'Not reachable',
  failed: 'The call failed',
};

/** What is told of somebody's key. */
export const keyTexts: Record<KeyState, string> = {
  known: 'known',
  new: 'met for the first time',
  changed: 'not the key they had before',
};

/** What is told of a call that stopped ringing; nothing when it was answered in the page. */
export function outcomeText(from: string, outcome: RingOutcome): string {
  if (outcome === 'cancelled' || outcome === 'timeout') return `Missed call from ${from}`;
  return outcome === 'answered-elsewhere' ? `The call from ${from} was answered elsewhere` : '';
}
