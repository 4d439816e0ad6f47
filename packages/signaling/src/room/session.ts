import type { Micros } from '@hellohaybye/core';
import type {
  EndedInvitation,
  Invitation,
  LeaveReason,
  Participant,
  Peer,
  Person,
  ServerMessage,
} from '../protocol/types.js';

/** Somebody who is known to the server, with a connection or for a while without one. */
export interface Session {
  readonly id: string;
  readonly instance: string;
  /** As asked for in hello. */
  readonly name: string;
  /** Whether it outlives its connection. */
  readonly resumable: boolean;
  observedAddress: string;
  /** The connection that speaks for it. */
  link: string | undefined;
  /** Digests of the tokens that take it over: the one that was given last, and until that is known to have come the one before. */
  tokens: readonly string[];
  /** Since when it is without a connection, and why. */
  lost: { since: Micros; reason: LeaveReason; isTold: boolean } | undefined;
  away: boolean;
  /** Where it is, and as whom. */
  inside: { room: Room; participant: Participant } | undefined;
  readonly incoming: Map<string, OpenInvitation>;
  readonly outgoing: Map<string, OpenInvitation>;
  /** The last invitations that ended, oldest first. */
  readonly ended: EndedInvitation[];
  /** The last ones to it that it could not answer, oldest first. */
  readonly missed: Invitation[];
  /** The highest request id so far, and the replies to the last requests. */
  handled: number;
  readonly replies: ServerMessage[];
}

export interface Room {
  readonly name: string;
  /** Whether it is a call's. */
  readonly isCall: boolean;
  readonly members: Map<string, Session>;
  /** The names in it, as `nameKey` gives them. */
  readonly names: Set<string>;
  /** Until when somebody may stay alone in it, as the others were lost. */
  keepUntil: Micros | undefined;
}

/** An invitation that has no outcome yet. It leads to where the inviter is. */
export interface OpenInvitation {
  readonly id: string;
  readonly from: Session;
  readonly to: Session;
  readonly until: Micros;
  ringing: boolean;
}

/** The name that others see. */
export const shownName = ({ inside, name }: Session): string => inside?.participant.name ?? name;

export const peerOf = (session: Session): Peer => ({
  id: session.id,
  instance: session.instance,
  name: shownName(session),
});

export const personOf = (session: Session): Person => {
  const { id, instance, inside, away, lost } = session;
  const own = inside?.participant.state ?? (away ? { away } : {});
  const state = {
    ...own,
    ...(inside?.room.isCall && { busy: true }),
    ...(lost?.isTold && { reconnecting: true }),
  };
  return {
    id,
    instance,
    name: shownName(session),
    ...(inside && !inside.room.isCall && { room: inside.room.name }),
    state,
  };
};
