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

  /** @param open opens the source; undefined when there is none. The signal gives up. */
  constructor(open: (signal: AbortSignal) => Promise<MediaSource<Item> | undefined>) {
    const { signal } = this.#closing;
    this.#opening = open(signal).catch((error: unknown) => {
      if (signal.aborted) return undefined;
      throw error;
    });
    this.isThere = this.#opening.then((source) => source !== undefined);
    // Whoever iterates learns of it.
    this.isThere.catch(() => undefined);
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
