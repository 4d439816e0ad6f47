/** What has been opened and must be closed again, the latest first, whatever happens on the way. */
export class Closers {
  #closers: (() => Promise<void> | void)[] = [];

  /** Remembers how to close something, and hands it through. */
  add<T extends { close(): Promise<void> | void }>(opened: T): T {
    this.#closers.push(() => opened.close());
    return opened;
  }

  /** Closes everything, the latest first; one that fails keeps no other from being closed. */
  async close(): Promise<void> {
    for (let close = this.#closers.pop(); close; close = this.#closers.pop()) {
      try {
        await close();
      } catch {
        // It is being thrown away: there is nothing left to save, and the others still have to be closed.
      }
    }
  }
}
