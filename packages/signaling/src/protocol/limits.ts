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
  /** UTF-16 units in a message to the server. A longer one is answered with `message-too-large`. */
  messageLength: 32_768,
  /** Bytes in a message to the server. A larger one is not even received: the connection ends with 1009. */
  messageBytes: 131_072,
  /** Bytes in a message to a client, which can carry a whole room. */
  replyBytes: 16_777_216,
} as const;
