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
}
