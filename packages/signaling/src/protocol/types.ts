/** One way to carry a stream in RTP packets (RFC 3551, section 6). */
export interface StreamFormat {
  /** The RTP payload type, 0 to 127. */
  payloadType: number;
  /** `control` is that of control packets (docs/wire-format.md, section 8), the others are of media. */
  format: 'jpeg' | 'l16' | 'generic' | 'control';
  /** RTP timestamp units a second. */
  clockRate: number;
  /** Audio channels; one when absent. */
  channels?: number;
}

/** A stream that a participant sends. */
export interface MediaStream {
  /** Unique among this participant's streams: `video`, `audio` or `control`. */
  id: string;
  /** The media channel it travels on: a key of `MediaDescription.ports`. */
  channel: string;
  /** The RTP synchronisation source, 0 to 2^32 - 1 (RFC 3550, section 5.1). */
  ssrc: number;
  /** In order of preference; 1 to 8. */
  formats: StreamFormat[];
}

/** An address at which a participant may be reached. */
export interface Candidate {
  /** In text form, without a zone; IPv4-mapped IPv6 addresses are given as IPv4. */
  address: string;
  family: 4 | 6;
  /** Length of the network's prefix in bits: 24 for a netmask of 255.255.255.0. */
  prefix?: number;
}

/** How a participant protects its media, and as whom (docs/security.md). */
export interface MediaProtection {
  /** Its public key, X25519: 32 bytes as base64url. */
  identity: string;
  /** 16 random bytes as base64url. */
  session: string;
  /** The SRTP protection profiles that it has, by the names of IANA's registry, in order of preference; 1 to 8. */
  profiles: string[];
}

/** Where a participant receives media, and what it sends. */
export interface MediaDescription {
  /** Best first; at most 32. */
  candidates: Candidate[];
  /** The UDP port of each media channel, 1 to 65535. */
  ports: Record<string, number>;
  /** At most 16. */
  streams: MediaStream[];
  /** Absent when it protects none. The server only passes this on, and can't be believed about it. */
  protection?: MediaProtection;
}

/** What a participant lets others see besides the media. Parts that are absent are false. */
export interface ParticipantState {
  muted?: boolean;
  cameraOff?: boolean;
  onHold?: boolean;
  /** Not at the machine. Stays as it is from room to room, and can be set outside of one. */
  away?: boolean;
}

/** What others see of somebody: what that one says, and what the server sees. */
export interface VisibleState extends ParticipantState {
  /** In a call. Not said among those in it. */
  busy?: boolean;
  /** Without a connection to the server for some seconds, and not given up yet. Media may well go on. */
  reconnecting?: boolean;
}

/** Somebody in a room. */
export interface Participant {
  /** Given by the server; new for each session. */
  id: string;
  /**
   * Stays the same when a client that lost its session comes back with another id, and is nobody else's: made
   * by the server from the secret `instanceKey` of hello. The id where no such key was given.
   */
  instance: string;
  /** Unique in the room. */
  name: string;
  /** The address that the server sees the participant's connection come from. */
  observedAddress: string;
  media: MediaDescription;
  state: VisibleState;
}

/** Somebody who is connected to the server, in a room or not. */
export interface Person {
  id: string;
  instance: string;
  /** As it is in the room, outside of one as it was asked for: then others may have the same. */
  name: string;
  /** The room they are in, unless that is a call's. */
  room?: string;
  state: VisibleState;
}

/** A room that people are in, calls not counted. */
export interface RoomSummary {
  name: string;
  /** How many are in it. */
  people: number;
}

/** One side of an invitation. */
export interface Peer {
  id: string;
  instance: string;
  name: string;
}

/** Somebody is asked to come to where the inviter is. */
export interface Invitation {
  id: string;
  from: Peer;
  to: Peer;
  /** The room that it leads to; absent when it leads to a call. */
  room?: string;
  /** Whether it rings at the invited. */
  ringing: boolean;
  /** How long it rings from now on, unless something ends it before. */
  remainingMs: number;
}

/**
 * How an invitation ended, once and for good: `accepted`; `declined` by the invited; `cancelled` by the
 * inviter, or by the inviter's leaving; `busy` as the invited is in a call; `timeout` as nobody answered;
 * `gone` as one of the two lost the server for good.
 */
export type Outcome = 'accepted' | 'declined' | 'cancelled' | 'busy' | 'timeout' | 'gone';

/** An invitation that is over. */
export interface EndedInvitation {
  id: string;
  outcome: Outcome;
  /** What the invited said to it, with `declined`. */
  reason?: string;
}

/** A room from inside. */
export interface RoomView {
  room: string;
  /** Whether it is a call's own room, which others can't enter without being invited. */
  call: boolean;
  self: Participant;
  /** Everybody else, in the order in which they came. */
  participants: Participant[];
}

/** All that a client has to know when it comes back, so that it can tell what it missed. */
export interface SessionState {
  /** Where it is; absent outside of a room. */
  inside?: RoomView;
  /** Who invites it. */
  incoming: Invitation[];
  /** Whom it invites. */
  outgoing: Invitation[];
  /** The last of its invitations that ended, both ways. */
  ended: EndedInvitation[];
  /** The last to it that it could not answer, as it was in a call or away; absent: none. */
  missed?: Invitation[];
}

/**
 * Why somebody left: `left` on purpose, `disconnected` when the connection broke, `timed-out` when it went
 * silent, `too-slow` when it did not take what was sent to it, `removed` by whoever runs the server,
 * `replaced` when the same client begins anew, which brings back the same `instance` with another id. More
 * may come: treat an unknown one as `disconnected`.
 */
export type LeaveReason = 'left' | 'disconnected' | 'timed-out' | 'too-slow' | 'removed' | 'replaced';

export type { ClientMessage, ServerMessage } from './message-types.js';
