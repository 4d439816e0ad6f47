// What goes between the page's server and its script in the browser.
//
// To the browser, as text: a `ServerMessage` in JSON. As binary: a picture, 4 bytes of the participant's
// key (big-endian) and a JPEG. To the server, as text: a `ViewerMessage` in JSON. As binary: 4 bytes, the key of
// a picture that was shown or given up for a newer one.
import type {
  ChatLine,
  Controls,
  IncomingCall,
  NoticeKind,
  OutgoingCall,
  PageControl,
  ParticipantView,
  RingOutcome,
  RosterPerson,
} from './views.js';

/** `ParticipantView` as JSON can carry it, with the key that its pictures bear. */
export type WireParticipant = Omit<ParticipantView, 'level'> & { level?: number | null };

export type ServerMessage =
  /** Comes first, and only to a window that was let in by its address: the token of its later connections. */
  | { type: 'session'; key: string }
  | { type: 'hello'; title: string }
  | { type: 'title'; title: string }
  | { type: 'participant'; key: number; participant: WireParticipant }
  | { type: 'left'; key: number }
  | { type: 'ring'; call: IncomingCall }
  | { type: 'ring-stopped'; id: string; from: string; outcome: RingOutcome }
  | { type: 'calling'; call: OutgoingCall }
  | { type: 'roster'; people: RosterPerson[] }
  | { type: 'controls'; controls: Controls }
  | { type: 'chat'; line: ChatLine }
  | { type: 'notice'; text: string; kind: NoticeKind };

/** What somebody does in the browser. */
export type ViewerMessage =
  | { type: 'accept'; id: string }
  | { type: 'decline'; id: string; reason?: string }
  | { type: 'cancel'; id: string }
  | { type: 'call'; id: string }
  | { type: 'control'; control: PageControl }
  | { type: 'chat'; text: string };

/** The close code with which the server says that the call is over, not just the connection (RFC 6455, 7.4.1). */
export const CALL_ENDED = 1001;

/** Bytes of the key before a picture. */
export const KEY_BYTES = 4;

/** Where the WebSocket is; a token is its query: that of the address once, then the session's. */
export const SOCKET_PATH = '/socket';

/** Bytes of a message to the server: the longest chat line, each unit escaped, fits. */
export const LONGEST_MESSAGE = 16 * 1024;

/** UTF-16 code units of a chat line. */
export const LONGEST_CHAT = 2000;

/** UTF-16 code units of what is said when declining. */
export const LONGEST_REASON = 200;
