import type { Micros } from '@hellohaybye/core';

// What the page shows, and what it lets people do. Every text may be any Unicode: it is shown as text, never as
// markup, and its direction is kept from spreading.

/** What is known of somebody, beside their name. */
export interface PersonState {
  muted?: boolean;
  cameraOff?: boolean;
  onHold?: boolean;
  /** Not at the screen. */
  away?: boolean;
}

/** A participant as the page shows it. */
export interface ParticipantView extends PersonState {
  name: string;
  /** The one whose screen this is. */
  self?: boolean;
  /** Shows the picture as in a mirror, as people know themselves. Not for a shared screen. */
  mirrored?: boolean;
  /** Pictures a second. */
  fps?: number;
  /** Loudness, dBFS; -Infinity for silence. */
  level?: number;
  /** A short remark, such as `reconnecting`. */
  note?: string;
  /** The words of their key, which people compare. */
  words?: string;
  /** Whether that key is the one that they are known by; not for oneself. */
  key?: KeyState;
}

/** Whether somebody is known by the key that they have, met for the first time, or known by another. */
export type KeyState = 'known' | 'new' | 'changed';

/** Somebody who is not in this call. */
export interface RosterPerson extends PersonState {
  id: string;
  name: string;
  /** In a call already. */
  busy?: boolean;
  /** The room they are in. */
  room?: string;
  /** Whether there is a button that calls them. */
  callable?: boolean;
}

/** A call that rings here. */
export interface IncomingCall {
  id: string;
  /** Who calls. */
  from: string;
  /** The room that the call is in. */
  room?: string;
  /** The others who are in it or were called, too. */
  people?: string[];
}

/** What became of a call that rang here. */
export type RingOutcome = 'accepted' | 'declined' | 'cancelled' | 'timeout' | 'answered-elsewhere';

/** Where a call from here stands: the first two can be cancelled, all others end it. */
export type CallingState =
  | 'calling'
  | 'ringing'
  | 'accepted'
  | 'declined'
  | 'busy'
  | 'timeout'
  | 'cancelled'
  | 'unreachable'
  | 'failed';

/** A call from here. */
export interface OutgoingCall {
  id: string;
  /** Who is called. */
  to: string;
  state: CallingState;
  /** What was said when declining, or why it failed. */
  reason?: string;
}

/** What can be done in this call, and how it stands. What is left out has no button. */
export interface Controls {
  muted?: boolean;
  cameraOff?: boolean;
  onHold?: boolean;
  away?: boolean;
  canHangUp?: boolean;
  canChat?: boolean;
}

/** What somebody asks for with a button or key of the page. */
export type PageControl =
  'mute' | 'unmute' | 'camera-off' | 'camera-on' | 'hold' | 'resume' | 'away' | 'back' | 'hang-up';

/** A line of the chat. */
export interface ChatLine {
  /** Another line of the same id takes its place. */
  id: string;
  from: string;
  /** Whether it was written here. */
  self?: boolean;
  /** At most 2000 UTF-16 code units are shown. */
  text: string;
  /** Microseconds since the Unix epoch. */
  at: Micros;
}

/** How loudly something is told. */
export type NoticeKind = 'note' | 'error';
