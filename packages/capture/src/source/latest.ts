/** Holds one item for one consumer: a newer one takes the place of an older one that was not fetched. */
export class Latest<Item> implements AsyncIterable<Item> {
  #item: Item | undefined;
  #waiting: ((result: IteratorResult<Item, undefined>) => void) | undefined;
  #closed = false;
  #dropped = 0;

  /** How many items were replaced before anyone fetched them. */
  get dropped(): number {
    return this.#dropped;
  }

  put(item: Item): void {
    if (this.#closed) return;
    if (this.#waiting) {
      this.#waiting({ value: item, done: false });
      this.#waiting = undefined;
      return;
    }
    if (this.#item !== undefined) this.#dropped++;
    this.#item = item;
  }

  /** Ends the iteration. What was not fetched is gone. */
  close(): void {
    this.#closed = true;
    this.#item = undefined;
    this.#waiting?.({ value: undefined, done: true });
    this.#waiting = undefined;
  }

  [Symbol.asyncIterator](): AsyncIterator<Item, undefined> {
    return { next: () => this.#next() };
  }

  #next(): Promise<IteratorResult<Item, undefined>> {
    if (this.#closed) return Promise.resolve({ value: undefined, done: true });
    const value = this.#item;
    if (value === undefined) return new Promise((resolve) => (this.#waiting = resolve));
    this.#item = undefined;
    return Promise.resolve({ value, done: false });
  }
}
