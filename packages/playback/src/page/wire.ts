// What goes between the page's server and its script in the browser.
//
// To the browser, as text: a `ServerMessage` in JSON. As binary: a picture, 4 bytes of the participant's
// key (big-endian) and a JPEG. To the server, as binary: 4 bytes, the key of a picture that was shown or
// given up for a newer one.

/** A participant as the page shows it. */
export interface ParticipantView {
  /** Any text; it is shown as text, never as markup. */
  name: string;
  /** The one whose screen this is. */
  self?: boolean;
  /** Shows the picture as in a mirror, as people know themselves. Not for a shared screen. */
  mirrored?: boolean;
  muted?: boolean;
  cameraOff?: boolean;
  /** Pictures a second. */
  fps?: number;
  /** Loudness, dBFS; -Infinity for silence. */
  level?: number;
  /** A short remark, such as `reconnecting`. */
  note?: string;
}

/** `ParticipantView` as JSON can carry it, with the key that its pictures bear. */
export type WireParticipant = Omit<ParticipantView, 'level'> & { level?: number | null };

export type ServerMessage =
  | { type: 'hello'; title: string }
  | { type: 'participant'; key: number; participant: WireParticipant }
  | { type: 'left'; key: number };

/** The close code with which the server says that the call is over, not just the connection (RFC 6455, 7.4.1). */
export const CALL_ENDED = 1001;

/** Bytes of the key before a picture. */
export const KEY_BYTES = 4;

/** Where the WebSocket is. */
export const SOCKET_PATH = '/socket';
