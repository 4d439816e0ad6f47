/** The code of every error that the server answers with, and what it means. The codes are stable. */
export const protocolErrors = {
  'not-json': 'the message is not valid JSON',
  'bad-message': 'the message is no object with a known shape; the text names the field',
  'unknown-type': 'there is no message of this type',
  'binary-message': 'messages are text',
  'message-too-large': 'the message is longer than the limit',
  'bad-name': 'the name is empty, too long or has characters that cannot be shown',
  'name-in-use': 'as many people have this name as may; who says hello with another one is let in',
  'bad-room': 'the name of the room is empty, too long or has characters that cannot be shown',
  'bad-media': 'the media description is wrong; the text names the field',
  'unsupported-version': 'the server does not speak this version of the protocol; the reply lists its own',
  'hello-first': 'the first message has to be hello',
  'hello-twice': 'hello was said already',
  'already-in-room': 'the connection is in a room already',
  'not-in-room': 'the connection is in no room',
  'too-many-messages': 'the client sends more messages a second than it may; this one was not looked at',
  'room-full': 'there are as many people in the room as there may be',
  'too-many-rooms': 'there are as many rooms as there may be; those that are there can be entered',
  'too-many-connections': 'there are as many connections from this address as there may be',
  'server-full': 'there are as many connections as there may be',
  'server-draining': 'the server is about to end and takes no new connections',
  'origin-not-allowed': 'the web page that the connection comes from may not use this server',
  'token-required': 'the server lets in only who has an access token, and none was presented',
  'bad-token': 'the access token is wrong, expired or made for something else',
  'bad-request': 'the bytes are no HTTP request, or no TLS where that is spoken; the connection is closed',
  'request-incomplete': 'no complete HTTP request, or TLS handshake, came in time; the connection is closed',
  'bad-handshake': 'the request is no WebSocket handshake',
  'bad-frame': 'the bytes are no WebSocket frames, or the text is no UTF-8; the connection is closed',
  'hello-timeout': 'no hello came in time; the connection is closed',
  'timed-out': 'the client did not answer a ping in time; the connection is closed',
  'too-slow': 'the client does not take what it is sent; the connection is closed',
  removed: 'whoever runs the server removed the participant or closed the room; the connection is closed',
  'unknown-session': 'no session has this token: it is used up or expired, or the server was started since',
  'foreign-session': 'the session with this token is another client’s',
  'session-taken-over': 'another connection took the session over; this one is closed',
  'old-request': 'the request id is not above those before it, and its reply is not kept any more',
  'media-missing': 'whoever enters a room has to say where media is received',
  'nobody-there': 'nobody of this name or id is connected to the server, or of this instance is in the room',
  'ambiguous-name': 'several people have this name; the reply lists their ids',
  'bad-invitation': 'one cannot invite oneself, nor somebody who is here or invited already',
  'no-such-invitation': 'there is no such invitation to or from this client, or it is over',
  'not-in-call': 'the connection is in no call',
  'store-unavailable':
    'the server cannot reach what it shares with the others just now; nothing was changed, ask again later',
  'internal-error': 'the server failed; the connection is closed',
} as const;

/** See {@link protocolErrors}. */
export type ProtocolErrorCode = keyof typeof protocolErrors;

/** Why a message was refused. */
export interface Refusal {
  code: ProtocolErrorCode;
  /** One line, at most 200 characters, free of control characters. */
  message: string;
  /** The request that is refused, where it could be told. */
  requestId?: number;
  /** The versions that the server speaks, with `unsupported-version`. */
  versions?: number[];
  /** The ids of those who have the name, with `ambiguous-name`. */
  ids?: string[];
}
