import type { Direction, Meddling } from './hostile-proxy.js';

/** Who takes part. */
export const names = ['anna', 'ben', 'carl'] as const;

/** What somebody is told of somebody else. */
export const lies = [
  'true',
  'absent',
  /** Everything but the name is an impostor's. */
  'impostor',
  /** The name, too: it is nobody's whom anybody knows. */
  'stranger',
  'key of impostor',
  /** An impostor who says that it has their key. */
  'false identity',
  'other session',
  'first session',
  /** Media, keys included, are somebody else's. */
  'swapped',
  /** They are those of who is told. */
  'reflected',
  /** To sockets of the attacker's. */
  'redirected',
  'unprotected',
  'other profile',
  'renamed',
] as const;
export type Lie = (typeof lies)[number];

/** Somebody more in the roster: an impostor with a name of its own, or with that of another. */
export type Ghost = 'none' | 'stranger' | 'namesake';

/** What a hostile server does. Numbers are taken modulo how many there are. */
export type Action =
  | { do: 'tell'; to: number; lies: Lie[]; ghost: Ghost; how: 'news' | 'room' | 'reconnect' }
  | { do: 'meddle'; to: number; direction: Direction; how: Meddling['how']; left: number }
  | { do: 'release'; to: number }
  | { do: 'replay'; which: number; to: number; direction: Direction }
  | { do: 'invent'; type: number; to: number; direction: Direction; seed: number }
  /** A key message in the name of somebody, and in a call a secret; with a guess at the secret of the room, or without one. */
  | { do: 'forge'; to: number; from: number; guess: boolean }
  | { do: 'cut'; to: number; how: number }
  /** Everybody writes a line, impostors too, who say something besides. */
  | { do: 'speak' }
  | { do: 'wait'; milliseconds: number };

/** How a room is, and those who are in it. */
export interface Setting {
  secret: boolean;
  /** Whether it is a call by name, to which the first of them has invited the others, and which so has a secret of its own. */
  call: boolean;
  /** Whether they know each other from before, know nobody, or let in only whom they know. */
  trust: 'known' | 'new' | 'only known';
  /** Whether all is well before the attack begins. */
  peacefulStart: boolean;
  /** Whether another server takes over afterwards, which knows nothing. */
  freshServer: boolean;
  /** Whether sockets and engine of participants are in threads of their own, as they are in the program. */
  threads: boolean;
}
