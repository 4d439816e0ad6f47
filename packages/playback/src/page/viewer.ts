import type { WebSocket } from 'ws';
import { KEY_BYTES } from './wire.js';

/** Pictures of a participant that a viewer may have without having shown them: one in hand, one on the way. */
const MOST_UNSHOWN = 2;
/** Bytes that may wait in this process for a viewer's socket. */
const MOST_BUFFERED = 256 * 1024;

/** What a viewer is told about a participant, the newest of each kind. */
interface Pending {
  message?: string;
  picture?: Uint8Array;
  /** Pictures sent and not yet shown. */
  unshown: number;
}

/**
 * One browser window. It is sent the newest of everything, when it can take it: of a participant's pictures
 * and states only the last one waits, whatever came in between is skipped.
 */
export class Viewer {
  readonly #pending = new Map<number, Pending>();
  /** Pictures that were never sent because a newer one came. */
  skipped = 0;

  constructor(private readonly socket: WebSocket) {
    socket.on('message', (data, isBinary) => {
      if (isBinary && Buffer.isBuffer(data) && data.length === KEY_BYTES) this.#shown(data.readUInt32BE());
    });
  }

  /** Sends a text that stands for itself. */
  tell(message: string): void {
    this.socket.send(message);
  }

  /** A participant's state, or that they are gone. The newest counts. */
  update(key: number, message: string): void {
    this.#of(key).message = message;
    this.#pump();
  }

  /** A participant has left: no picture of theirs matters any more. */
  left(key: number, message: string): void {
    this.#pending.delete(key);
    this.socket.send(message);
  }

  /** A picture, with its key before it. The newest counts. */
  show(key: number, picture: Uint8Array): void {
    const pending = this.#of(key);
    if (pending.picture) this.skipped++;
    pending.picture = picture;
    this.#pump();
  }

  #of(key: number): Pending {
    let pending = this.#pending.get(key);
    if (!pending) this.#pending.set(key, (pending = { unshown: 0 }));
    return pending;
  }

  #shown(key: number): void {
    const pending = this.#pending.get(key);
    if (!pending) return;
    pending.unshown = Math.max(0, pending.unshown - 1);
    this.#pump();
  }

  #pump(): void {
    for (const pending of this.#pending.values()) {
      if (this.socket.readyState !== this.socket.OPEN || this.socket.bufferedAmount > MOST_BUFFERED) return;
      if (pending.message !== undefined) this.#send(pending.message);
      delete pending.message;
      if (!pending.picture || pending.unshown >= MOST_UNSHOWN) continue;
      pending.unshown++;
      this.#send(pending.picture);
      delete pending.picture;
    }
  }

  #send(data: string | Uint8Array): void {
    this.socket.send(data, () => {
      // What waited for room in the socket can go now.
      if (this.socket.bufferedAmount <= MOST_BUFFERED && this.#waiting) this.#pump();
    });
  }

  get #waiting(): boolean {
    return [...this.#pending.values()].some(
      ({ message, picture, unshown }) => message !== undefined || (picture && unshown < MOST_UNSHOWN),
    );
  }
}
