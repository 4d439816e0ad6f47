import type { Invitation, Outcome, Participant, Person, RoomSummary } from '../../protocol/types.js';

/** A room from inside, oneself and everybody else. */
export interface JoinedRoom {
  room: string;
  /** Whether it is a call's own room. */
  call: boolean;
  self: Participant;
  /** Everybody else in the room. */
  participants: Participant[];
}

/** Which side of an invitation we are. */
export type Direction = 'incoming' | 'outgoing';

/** Everybody who is connected to the server, and the rooms that they are in, in the order in which they came. */
export interface People {
  people: Person[];
  rooms: RoomSummary[];
}

/** Somebody who left. */
export interface Gone {
  id: string;
  instance: string;
  name: string;
  /** One of `LeaveReason`, or one of a newer server's. */
  reason: string;
}

/** How a connection ended. `code` is the WebSocket's (RFC 6455, section 7.4). */
export interface ConnectionEnd {
  code: number;
  reason: string;
}

/** What happens to a client without its asking, by name, with what each event tells. */
export interface ClientEvents {
  /** Somebody else entered the room. */
  joined: Participant;
  /**
   * Somebody else changed: media, state, or the id, when they had to begin a new session. `instance` tells who
   * it is: it never changes. The whole of the participant is given.
   */
  updated: Participant;
  /** Somebody else left. */
  left: Gone;
  /** Somebody else in the room sealed something for us: `from` is an instance, `data` base64url. */
  key: { from: string; data: string };
  /** The call that we are in went to a room, or an invitation took us elsewhere; `joined` and `left` follow. */
  moved: JoinedRoom;
  /**
   * We are in the room no more: `call-ended` as nobody else is left or as a `bye` that had timed out was carried
   * out after all, or the code of why we could not come back.
   */
  removed: { room: string; reason: string };
  /** We are invited; it rings until `accept`, `decline` or `ended`. */
  invited: Invitation;
  /** An invitation of ours rings there. */
  ringing: Invitation;
  /** An invitation has its outcome, whoever brought it about. Once for each. */
  ended: { invitation: Invitation; direction: Direction; outcome: Outcome; reason?: string };
  /** Somebody invited us while we were in a call, and was told that we are busy; or while we were away, and gave up. */
  missed: Invitation;
  /** After `watch`: somebody came, changed or went. */
  people: People;
  /** The server ends in so many milliseconds, and its rooms go on at `url`, if it knows where; `disconnected` follows. */
  draining: { url: string | undefined; inMs: number };
  /** The connection was lost and is being made again; media between people goes on. */
  disconnected: ConnectionEnd;
  /** We are back, and the others have not seen us leave. What we missed follows as the usual events. */
  resumed: { id: string };
  /**
   * We are back with a new id, as the server knew nothing of us any more; `inside` is the room that we were in
   * and are in again. Those who are on their way back to it are still among its participants, and `left` tells
   * when they do not come within a minute.
   */
  rejoined: { id: string; inside: JoinedRoom | undefined };
  /** The connection ended for good without our asking. Nothing comes after it. */
  closed: ConnectionEnd;
  /** An update was refused, or the server sent something unreadable. */
  error: { code: string; message: string };
}

/** One of {@link ClientEvents}. */
export type ClientEvent = {
  [Name in keyof ClientEvents]: { name: Name; value: ClientEvents[Name] };
}[keyof ClientEvents];
