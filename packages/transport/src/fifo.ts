/** A queue with a bound, first in, first out. */
export class Fifo<T> {
  #items: (T | undefined)[] = [];
  #head = 0;

  /** @param bound most items that it holds */
  constructor(private readonly bound: number) {}

  get length(): number {
    return this.#items.length - this.#head;
  }

  /** @returns false when it is full */
  push(item: T): boolean {
    if (this.length >= this.bound) return false;
    this.#items.push(item);
    return true;
  }

  shift(): T | undefined {
    if (this.#head === this.#items.length) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined;
    this.#head += 1;
    if (this.#head === this.#items.length) {
      this.#items.length = 0;
      this.#head = 0;
    } else if (this.#head >= 4096 && this.#head * 2 > this.#items.length) {
      // A queue that never runs empty must not keep what it gave out.
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }
}
