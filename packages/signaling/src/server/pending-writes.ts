import { sendFrame } from './frame.js';
import type { PeerSocket } from './peer-socket.js';

/**
 * Frames that are to be written, in the order in which they came to be. All are written together, after everything that
 * had come in was handled: those who read them are woken once for many, and the memory that handling takes and the one
 * that writing takes do not drive each other out of the processor's caches. Nothing is late by it: it is the same turn
 * of the event loop.
 */
export class PendingWrites {
  #sockets: PeerSocket[] = [];
  #frames: Buffer[] = [];

  /**
   * @param written called with each socket that was written to
   * @param flushed called when all are written
   */
  constructor(
    private readonly written: (socket: PeerSocket) => void,
    private readonly flushed: () => void,
  ) {}

  add(socket: PeerSocket, frame: Buffer): void {
    this.#sockets.push(socket);
    this.#frames.push(frame);
    if (this.#sockets.length === 1) setImmediate(() => this.flush());
    else if (this.#sockets.length >= mostPending) this.flush();
  }

  /** Writes all of them now, as before a connection is closed. */
  flush(): void {
    if (this.#sockets.length === 0) return;
    const [sockets, frames] = [this.#sockets, this.#frames];
    this.#sockets = [];
    this.#frames = [];
    for (let index = 0; index < sockets.length; index += 1) {
      const socket = sockets[index]!;
      sendFrame(socket, frames[index]!);
      this.written(socket);
    }
    this.flushed();
  }
}

/** Whatever comes in at once: no more than these are held. */
const mostPending = 4096;
