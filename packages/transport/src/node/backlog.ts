/**
 * Bytes of frames that were posted from one thread to another and not taken yet, in memory that both see:
 * what a message queue, which has no bound by itself, is bounded by.
 */
export class Backlog {
  readonly #bytes: Int32Array;

  /** @param direction 0 for frames to the worker, 1 for frames to the main thread */
  constructor(
    memory: SharedArrayBuffer,
    private readonly direction: 0 | 1,
  ) {
    this.#bytes = new Int32Array(memory);
  }

  static memory(): SharedArrayBuffer {
    return new SharedArrayBuffer(8);
  }

  /** Notes bytes that are to be posted. @returns false when too much waits: then they are not to be posted */
  add(bytes: number): boolean {
    if (Atomics.load(this.#bytes, this.direction) > MAX_BACKLOG_BYTES) return false;
    Atomics.add(this.#bytes, this.direction, bytes);
    return true;
  }

  /** Notes bytes that were taken. */
  take(bytes: number): void {
    Atomics.sub(this.#bytes, this.direction, bytes);
  }
}

/** Above this no more is posted; one frame of 16 MiB may come on top. */
const MAX_BACKLOG_BYTES = 64 * 1024 * 1024;
