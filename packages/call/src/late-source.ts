/** What a source of capture is, as far as a call uses it. */
export interface MediaSource<Item> extends AsyncIterable<Item> {
  close(): Promise<void>;
}

/**
 * A source that nobody waits for: gives what the one gives that is being opened, as soon as that is open, and nothing
 * where there is none.
 */
export class LateSource<Item> implements MediaSource<Item> {
  /** Whether there is a source; false also when it was closed before that was known. Rejects when opening failed. */
  readonly isThere: Promise<boolean>;
  readonly #opening: Promise<MediaSource<Item> | undefined>;
  readonly #closing = new AbortController();

  /**
   * @param open opens the source; undefined when there is none. The signal gives up.
   * @param after before this it is not begun; whether it fulfils or rejects is all the same
   */
  constructor(
    open: (signal: AbortSignal) => Promise<MediaSource<Item> | undefined>,
    after: Promise<unknown> = Promise.resolve(),
  ) {
    const { signal } = this.#closing;
    const closed = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    this.#opening = Promise.race([after.catch(() => undefined), closed])
      .then(() => (signal.aborted ? undefined : open(signal)))
      .catch((error: unknown) => {
        if (signal.aborted) return undefined;
        throw error;
      });
    this.isThere = this.#opening.then((source) => source !== undefined);
    // Whoever iterates learns of it.
    this.isThere.catch(() => undefined);
  }

  /** Whether it is closed, or being closed. */
  get isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  /** Closes what is open, or gives up opening it. Resolves when nothing of it is left. */
  async close(): Promise<void> {
    this.#closing.abort();
    const source = await this.#opening.catch(() => undefined);
    await source?.close();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Item, void, undefined> {
    const source = await this.#opening;
    if (source) yield* source;
  }
}
