import { CALL_ENDED, KEY_BYTES, SOCKET_PATH, type ServerMessage, type ViewerMessage } from '../wire.js';

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 5000;

/** What the page does with what comes. */
export interface ConnectionEvents {
  message(message: ServerMessage): void;
  /** A picture as JPEG. `shown` is to be called once, when it is shown or given up. */
  picture(key: number, jpeg: Uint8Array<ArrayBuffer>, shown: () => void): void;
  /** The server is gone; it is tried again unless the call is over. */
  lost(callEnded: boolean): void;
}

/**
 * Keeps a connection to the server of the page, which tells everything anew on each.
 * @returns what sends a message, while there is a connection
 */
export function connect(token: string, events: ConnectionEvents): (message: ViewerMessage) => void {
  let retryMs = FIRST_RETRY_MS;
  let current: WebSocket | undefined;
  const open = () => {
    const socket = new WebSocket(`ws://${location.host}${SOCKET_PATH}?${token}`);
    current = socket;
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('message', ({ data }: MessageEvent<string | ArrayBuffer>) => {
      if (typeof data === 'string') {
        retryMs = FIRST_RETRY_MS;
        events.message(JSON.parse(data) as ServerMessage);
        return;
      }
      const key = new DataView(data).getUint32(0);
      events.picture(key, new Uint8Array(data, KEY_BYTES), () => {
        if (socket.readyState === WebSocket.OPEN) socket.send(data.slice(0, KEY_BYTES));
      });
    });
    socket.addEventListener('close', ({ code }) => {
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
