/** The version of the protocol that this package speaks. Both sides name theirs in the first message. */
export const protocolVersion = 1;

/** Every version that this package can speak, newest first. */
export const spokenVersions: readonly number[] = [protocolVersion];

/** What a message may hold at most. The server refuses more with an error reply. */
export const limits = {
  /** Characters (Unicode code points) in a participant's name. */
  name: 64,
  /** Characters (Unicode code points) in a room's name. */
  room: 64,
  /** Addresses that a participant offers. */
  candidates: 32,
  /** Media channels, each with a port. */
  ports: 8,
  /** Streams that a participant sends. */
  streams: 16,
  /** Payload formats of one stream. */
  formats: 8,
  /** SRTP protection profiles that a participant offers. */
  profiles: 8,
  /** People that one message invites. */
  invited: 16,
  /** Invitations of one person that are open at once, each way. */
  invitations: 64,
  /** Characters (Unicode code points) of the reason for declining. */
  reason: 100,
  /** Characters of a sealed key message, in base64url. */
  sealed: 4096,
  /** UTF-16 units in a message to the server. A longer one is answered with `message-too-large`. */
  messageLength: 32_768,
  /** Bytes in a message to the server. A larger one is not even received: the connection ends with 1009. */
  messageBytes: 131_072,
  /** Characters of the url of the server that another one moves to: the reason of a close frame has 123 bytes. */
  movedUrl: 123,
  /** Bytes in a message to a client, which can carry a whole room. */
  replyBytes: 16_777_216,
} as const;

/** How long the server waits for people. Clients are told what they have to know of it. */
export const waits = {
  /** Seconds for which an invitation rings. */
  ringing: 30,
  /** Seconds for which a session without a connection is kept. */
  session: 60,
  /** Seconds without a connection after which the others see `reconnecting`. */
  reconnecting: 3,
  /** Seconds for which somebody stays in a call whose others were lost, without having left. */
  aloneInCall: 60,
} as const;

/** The WebSocket close code of a connection whose session went on over another one. */
export const takenOverCode = 4001;

/** The WebSocket close code of a server whose rooms go on at another one; the reason is the url of that. */
export const movedCode = 4002;

/** RFC 6455, section 7.4.1: whoever runs the server removed the client, or it did not keep to the limits. It does not come back. */
export const policyViolationCode = 1008;
