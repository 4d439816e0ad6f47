import type { Micros } from '@hellohaybye/core';
import type {
  EndedInvitation,
  Invitation,
  LeaveReason,
  Participant,
  ServerMessage,
} from '../protocol/types.js';
import type { Session } from './session.js';

/** A directory as plain data that survives JSON. Lists are in the order in which their members came. */
export interface SavedDirectory {
  now: Micros;
  sessions: SavedSession[];
  /** Ids of those without a connection, and of those of them of whom nobody has been told. */
  lost: string[];
  untold: string[];
  rooms: SavedRoom[];
  /** Names of the calls with one person in them who waits for others. */
  lonely: string[];
  invitations: SavedInvitation[];
  /** Ids of those who want to hear of everybody. */
  watchers: string[];
}

export interface SavedSession {
  id: string;
  instance: string;
  name: string;
  resumable: boolean;
  observedAddress: string;
  link?: string | undefined;
  tokens: readonly string[];
  lost?: { since: Micros; reason: LeaveReason; isTold: boolean } | undefined;
  away: boolean;
  ended: EndedInvitation[];
  /** Absent where a server of an earlier version saved it. */
  missed?: Invitation[];
  handled: number;
  replies: ServerMessage[];
}

export interface SavedRoom {
  name: string;
  isCall: boolean;
  keepUntil?: Micros | undefined;
  members: Participant[];
}

export interface SavedInvitation {
  id: string;
  from: string;
  to: string;
  until: Micros;
  ringing: boolean;
}

export function saveSession(session: Session): SavedSession {
  const {
    id,
    instance,
    name,
    resumable,
    observedAddress,
    link,
    tokens,
    lost,
    away,
    ended,
    missed,
    handled,
    replies,
  } = session;
  return {
    ...{ id, instance, name, resumable, observedAddress, link, tokens, lost, away, handled },
    ended: [...ended],
    missed: [...missed],
    replies: replies.map(withoutView),
  };
}

export function loadSession({ link, lost, ...saved }: SavedSession): Session {
  return {
    ...saved,
    ended: [...saved.ended],
    missed: [...(saved.missed ?? [])],
    replies: [...saved.replies],
    link,
    lost: lost && { ...lost },
    inside: undefined,
    incoming: new Map(),
    outgoing: new Map(),
  };
}

/** Who asks again for a room is shown it as it is then: what was shown before is of no use any more. */
function withoutView(reply: ServerMessage): ServerMessage {
  return reply.type === 'room' ? { ...reply, participants: [] } : reply;
}
