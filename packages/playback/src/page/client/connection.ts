import { CALL_ENDED, KEY_BYTES, SOCKET_PATH, type ServerMessage, type ViewerMessage } from '../wire.js';
import type { PageAccess } from './page-access.js';

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 5000;

/** What the page does with what comes. */
export interface ConnectionEvents {
  message(message: Exclude<ServerMessage, { type: 'session' }>): void;
  /** A picture as JPEG. `shown` is to be called once, when it is shown or given up. */
  picture(key: number, jpeg: Uint8Array<ArrayBuffer>, shown: () => void): void;
  /** The server is gone; it is tried again unless the call is over. */
  lost(callEnded: boolean): void;
  /** The server does not let this window in, and is not tried again. */
  refused(): void;
}

/**
 * Keeps a connection to the server of the page, which tells everything anew on each.
 * @param access what lets this window in
 * @returns what sends a message, while there is a connection
 */
export function connect(access: PageAccess, events: ConnectionEvents): (message: ViewerMessage) => void {
  let retryMs = FIRST_RETRY_MS;
  let admitted = false;
  let current: WebSocket | undefined;
  const open = () => {
    const socket = new WebSocket(`ws://${location.host}${SOCKET_PATH}?${access.token}`);
    current = socket;
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('message', ({ data }: MessageEvent<string | ArrayBuffer>) => {
      if (typeof data === 'string') {
        retryMs = FIRST_RETRY_MS;
        admitted = true;
        const message = JSON.parse(data) as ServerMessage;
        if (message.type === 'session') access.keep(message.key);
        else events.message(message);
        return;
      }
      const key = new DataView(data).getUint32(0);
      events.picture(key, new Uint8Array(data, KEY_BYTES), () => {
        if (socket.readyState === WebSocket.OPEN) socket.send(data.slice(0, KEY_BYTES));
      });
    });
    socket.addEventListener('close', ({ code }) => {
      // The page itself has just come from there: the server is there, and refused.
      if (!admitted && access.next()) return open();
      if (!admitted) return events.refused();
      const callEnded = code === CALL_ENDED;
      events.lost(callEnded);
      if (callEnded) return;
      setTimeout(open, retryMs);
      retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
    });
  };
  open();
  return (message) => {
    if (current?.readyState === WebSocket.OPEN) current.send(JSON.stringify(message));
  };
}
