/** One way to carry a stream in RTP packets (RFC 3551, section 6). */
export interface StreamFormat {
  /** The RTP payload type, 0 to 127. */
  payloadType: number;
  format: 'jpeg' | 'l16' | 'generic';
  /** RTP timestamp units a second. */
  clockRate: number;
  /** Audio channels; one when absent. */
  channels?: number;
}

/** A stream that a participant sends. */
export interface MediaStream {
  /** Unique among this participant's streams: `video` or `audio`. */
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

/** Where a participant receives media, and what it sends. */
export interface MediaDescription {
  /** Best first; at most 32. */
  candidates: Candidate[];
  /** The UDP port of each media channel, 1 to 65535. */
  ports: Record<string, number>;
  /** At most 16. */
  streams: MediaStream[];
}

/** What others see of a participant besides the media. */
export interface ParticipantState {
  muted?: boolean;
  cameraOff?: boolean;
}

/** Somebody in a room. */
export interface Participant {
  /** Given by the server, new for each connection. */
  id: string;
  /** Unique in the room. */
  name: string;
  /** The address that the server sees the participant's connection come from. */
  observedAddress: string;
  media: MediaDescription;
  state: ParticipantState;
}

/**
 * Why somebody left: `left` on purpose, `disconnected` when the connection broke, `timed-out` when it went
 * silent, `too-slow` when it did not take what was sent to it, `removed` by whoever runs the server. More may
 * come: treat an unknown one as `disconnected`.
 */
export type LeaveReason = 'left' | 'disconnected' | 'timed-out' | 'too-slow' | 'removed';

/** What a client sends. Each message has an id of the client's choosing, which the reply repeats. */
export type ClientMessage =
  /** The first message. Answered with `welcome`. */
  | { type: 'hello'; requestId: number; version: number; name: string }
  /** Enters a room, which exists as soon as somebody is in it. Answered with `room`. */
  | { type: 'join'; requestId: number; room: string; media: MediaDescription; state?: ParticipantState }
  /** Replaces the media description, and sets those parts of the state that are given. Answered with `done`. */
  | { type: 'update'; requestId: number; media?: MediaDescription; state?: ParticipantState }
  /** Leaves the room and keeps the connection. Answered with `done`. */
  | { type: 'leave'; requestId: number };

/** What the server sends: replies, which repeat the request's id, and news of the room. */
export type ServerMessage =
  /** `keepaliveMs`: how often the server pings; a client that hears nothing for three times as long is cut off. */
  | { type: 'welcome'; requestId: number; version: number; id: string; keepaliveMs: number }
  | { type: 'room'; requestId: number; room: string; self: Participant; participants: Participant[] }
  | { type: 'done'; requestId: number }
  | { type: 'participant-joined'; participant: Participant }
  | { type: 'participant-updated'; participant: Participant }
  | { type: 'participant-left'; id: string; name: string; reason: string }
  /** `requestId` is absent when the message was too broken to have one; `versions` comes with `unsupported-version`. */
  | { type: 'error'; requestId?: number; code: string; message: string; versions?: number[] };
