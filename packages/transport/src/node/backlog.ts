/**
 * Bytes of frames, or of control messages, that were posted from one thread to another and not taken yet, in memory that both see:
 * what a message queue, which has no bound by itself, is bounded by.
 */
export class Backlog {
  readonly #bytes: Int32Array;

  /**
   * @param direction 0 for frames to the worker, 1 for frames to the main thread, 2 for control messages to the
   *   main thread
   */
  constructor(
    memory: SharedArrayBuffer,
    private readonly direction: 0 | 1 | 2,
  ) {
    this.#bytes = new Int32Array(memory);
  }

  static memory(): SharedArrayBuffer {
    return new SharedArrayBuffer(12);
  }

  /** Notes bytes that are to be posted. @returns false when too much waits: then they are not to be posted */
  add(bytes: number): boolean {
    if (!this.hasRoom()) return false;
    Atomics.add(this.#bytes, this.direction, bytes);
    return true;
  }

  /** Whether bytes may be posted. */
  hasRoom(max = MAX_BACKLOG_BYTES): boolean {
    return Atomics.load(this.#bytes, this.direction) <= max;
  }

  /** Notes bytes that were taken. */
  take(bytes: number): void {
    Atomics.sub(this.#bytes, this.direction, bytes);
  }
}

/** Above this no more is posted; one frame of 16 MiB may come on top. */
const MAX_BACKLOG_BYTES = 64 * 1024 * 1024;

/** The same for control messages; a window of them from each peer may come on top. */
export const MAX_CONTROL_BACKLOG_BYTES = 4 * 1024 * 1024;

/** What a control message counts besides its bytes. */
export const CONTROL_MESSAGE_COST = 256;
