import type { WebSocket } from 'ws';
import { KEY_BYTES } from './wire.js';

/** Pictures of a participant that a viewer may have without having shown them: one in hand, one on the way. */
const MOST_UNSHOWN = 2;
/** Bytes that may wait in this process for a viewer's socket. */
const MOST_BUFFERED = 256 * 1024;

/** Bytes that may wait for who reads nothing any more. The page's script connects again and is told everything anew. */
const HOPELESS = 4 * 1024 * 1024;

/** What a viewer is told about: the key of a participant, or the name of another thing that is shown. */
export type Slot = number | string;

/** What a viewer is told about something, the newest of each kind. */
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
  readonly #pending = new Map<Slot, Pending>();
  /** Pictures that were never sent because a newer one came. */
  skipped = 0;

  /** @param said called with every text that comes; undefined for what can't be one */
  constructor(
    private readonly socket: WebSocket,
    said: (text: string | undefined) => void,
  ) {
    socket.on('message', (data, isBinary) => {
      if (!Buffer.isBuffer(data)) return;
      if (!isBinary) said(data.toString());
      else if (data.length === KEY_BYTES) this.#shown(data.readUInt32BE());
      else said(undefined);
    });
  }

  /** Sends a text that stands for itself. */
  tell(message: string): void {
    if (this.socket.bufferedAmount > HOPELESS) this.socket.terminate();
    else this.socket.send(message);
  }

  /** The state of something. The newest counts. */
  update(slot: Slot, message: string): void {
    this.#of(slot).message = message;
    this.#pump();
  }

  /** Something is over or gone: nothing of it matters any more but this. */
  end(slot: Slot, message: string): void {
    this.#pending.delete(slot);
    this.tell(message);
  }

  /** A picture, with its key before it. The newest counts. */
  show(key: number, picture: Uint8Array): void {
    const pending = this.#of(key);
    if (pending.picture) this.skipped++;
    pending.picture = picture;
    this.#pump();
  }

  #of(slot: Slot): Pending {
    let pending = this.#pending.get(slot);
    if (!pending) this.#pending.set(slot, (pending = { unshown: 0 }));
    return pending;
  }

  #shown(key: number): void {
    const pending = this.#pending.get(key);
    if (!pending) return;
    pending.unshown = Math.max(0, pending.unshown - 1);
    this.#pump();
  }

  #pump(): void {
    for (const [slot, pending] of this.#pending) {
      if (this.socket.readyState !== this.socket.OPEN || this.socket.bufferedAmount > MOST_BUFFERED) return;
      if (pending.message !== undefined) this.#send(pending.message);
      delete pending.message;
      if (typeof slot === 'string') this.#pending.delete(slot); // only participants have pictures
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
