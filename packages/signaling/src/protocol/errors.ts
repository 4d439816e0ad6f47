/** The code of every error that the server answers with, and what it means. The codes are stable. */
export const protocolErrors = {
  'not-json': 'the message is not valid JSON',
  'bad-message': 'the message is no object with a known shape; the text names the field',
  'unknown-type': 'there is no message of this type',
  'binary-message': 'messages are text',
  'message-too-large': 'the message is longer than the limit',
  'bad-name': 'the name is empty, too long or has characters that cannot be shown',
  'bad-room': 'the name of the room is empty, too long or has characters that cannot be shown',
  'bad-media': 'the media description is wrong; the text names the field',
  'unsupported-version': 'the server does not speak this version of the protocol; the reply lists its own',
  'hello-first': 'the first message has to be hello',
  'hello-twice': 'hello was said already',
  'already-in-room': 'the connection is in a room already',
  'not-in-room': 'the connection is in no room',
  'unknown-session': 'no session has this token: it is used up or expired, or the server was started since',
  'foreign-session': 'the session with this token is another client’s',
  'session-taken-over': 'another connection took the session over; this one is closed',
  'old-request': 'the request id is not above those before it, and its reply is not kept any more',
  'media-missing': 'whoever enters a room has to say where media is received',
  'nobody-there': 'nobody of this name or id is connected to the server',
  'ambiguous-name': 'several people have this name; the reply lists their ids',
  'bad-invitation': 'one cannot invite oneself, nor somebody who is here or invited already',
  'no-such-invitation': 'there is no such invitation to or from this client, or it is over',
  'not-in-call': 'the connection is in no call',
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
