/** Holds some items for one consumer, in order. When there are too many, the oldest goes. */
export class BoundedQueue<Item> implements AsyncIterable<Item> {
  readonly #items: Item[] = [];
  #waiting: ((result: IteratorResult<Item, undefined>) => void) | undefined;
  #closed = false;
  #dropped = 0;

  /** @param bound how many items may wait */
  constructor(private readonly bound: number) {}

  /** How many items went because there were too many. */
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
    this.#items.push(item);
    if (this.#items.length > this.bound) {
      this.#items.shift();
      this.#dropped++;
    }
  }

  /** Ends the iteration. What was not fetched is gone. */
  close(): void {
    this.#closed = true;
    this.#items.length = 0;
    this.#waiting?.({ value: undefined, done: true });
    this.#waiting = undefined;
  }

  [Symbol.asyncIterator](): AsyncIterator<Item, undefined> {
    return { next: () => this.#next() };
  }

  #next(): Promise<IteratorResult<Item, undefined>> {
    if (this.#closed) return Promise.resolve({ value: undefined, done: true });
    const value = this.#items.shift();
    if (value === undefined) return new Promise((resolve) => (this.#waiting = resolve));
    return Promise.resolve({ value, done: false });
  }
}
