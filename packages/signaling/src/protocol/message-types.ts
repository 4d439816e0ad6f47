import type {
  EndedInvitation,
  Invitation,
  MediaDescription,
  Participant,
  ParticipantState,
  Person,
  RoomSummary,
  RoomView,
  SessionState,
} from './types.js';

/** What a client sends. Each message has an id of the client's choosing, which the reply repeats. */
export type ClientMessage =
  /**
   * The first message. Answered with `welcome`. With an `instanceKey`, a secret of the client's, the session
   * outlives its connection; the token of the last welcome takes it over.
   */
  | {
      type: 'hello';
      requestId: number;
      version: number;
      name: string;
      instanceKey?: string;
      token?: string;
    }
  /** The welcome has come: the token before it is good for nothing any more. Answered with `done`. */
  | { type: 'confirm'; requestId: number }
  /** Enters a room, which exists as soon as somebody is in it. Answered with `room`. */
  | { type: 'join'; requestId: number; room: string; media: MediaDescription; state?: ParticipantState }
  /** Replaces the media description, and sets those parts of the state that are given. Answered with `done`. */
  | { type: 'update'; requestId: number; media?: MediaDescription; state?: ParticipantState }
  /** Leaves the room or the call and keeps the connection. Answered with `done`. */
  | { type: 'leave'; requestId: number }
  /** Asks who is there. Answered with `people`; with `watch`, changes are told from then on, until it is false. */
  | { type: 'who'; requestId: number; watch?: boolean }
  /**
   * Asks people, by name or id, to come to the room or call that one is in, or to a new call that begins with
   * this. Answered with `invited`, after a `room` when a room is entered by it.
   */
  | {
      type: 'invite';
      requestId: number;
      to: string[];
      media?: MediaDescription;
      state?: ParticipantState;
    }
  /** An invitation is being shown to somebody. Answered with `done`. */
  | { type: 'ringing'; requestId: number; invitation: string }
  /** Goes where one is invited to, and leaves where one is. Answered with `room`. */
  | {
      type: 'accept';
      requestId: number;
      invitation: string;
      media?: MediaDescription;
      state?: ParticipantState;
    }
  /** Answered with `done`. */
  | { type: 'decline'; requestId: number; invitation: string; reason?: string }
  /** Takes an invitation of one's own back. Answered with `done`. */
  | { type: 'cancel'; requestId: number; invitation: string }
  /** Leaves the call; does nothing in a room that the call has moved to. Answered with `done`. */
  | { type: 'bye'; requestId: number }
  /** Takes everybody in the call to a room, and the invitations to it. Answered with `room`. */
  | { type: 'move'; requestId: number; room: string }
  /** Something sealed, base64url, for one instance in the same room alone. Answered with `done`. */
  | { type: 'key'; requestId: number; to: string; data: string };

/** What the server sends: replies, which repeat the request's id, and news. */
export type ServerMessage =
  /** `keepaliveMs`: how often the server pings; a client that hears nothing for three times as long is cut off. */
  | {
      type: 'welcome';
      requestId: number;
      version: number;
      id: string;
      keepaliveMs: number;
      instance?: string;
      token?: string;
      hostedBy?: string;
      resumed?: SessionState;
    }
  /** Without `requestId` when one was brought into the room by something else than the request for it. */
  | ({ type: 'room'; requestId?: number } & RoomView)
  /** One was put out of the room: `call-ended` as nobody else is left in the call. */
  | { type: 'room-left'; room: string; reason: string }
  | { type: 'done'; requestId: number }
  | { type: 'participant-joined'; participant: Participant }
  | { type: 'participant-updated'; participant: Participant }
  | { type: 'participant-left'; id: string; name: string; reason: string }
  /** Somebody in the room, by its instance, sealed this for us. */
  | { type: 'key'; from: string; data: string }
  | { type: 'people'; requestId: number; people: Person[]; rooms: RoomSummary[] }
  /** To those who watch: somebody came or changed. */
  | { type: 'person'; person: Person }
  /** To those who watch: somebody is gone. */
  | { type: 'person-gone'; id: string }
  /** `accepted`: the invitation that was accepted by inviting the one who sent it. */
  | { type: 'invited'; requestId: number; invitations: Invitation[]; accepted?: string }
  | { type: 'invitation'; invitation: Invitation }
  /** Somebody invited one who is in a call, and was told so. */
  | { type: 'missed'; invitation: Invitation }
  | { type: 'invitation-ringing'; id: string }
  | ({ type: 'invitation-ended' } & EndedInvitation)
  /** The server is about to end, in so many milliseconds; its rooms go on at `url`, if there is one. */
  | { type: 'draining'; url?: string; inMs: number }
  /**
   * `requestId` is absent when the message was too broken to have one; `versions` comes with
   * `unsupported-version`, `ids` with `ambiguous-name`.
   */
  | {
      type: 'error';
      requestId?: number;
      code: string;
      message: string;
      versions?: number[];
      ids?: string[];
    };
