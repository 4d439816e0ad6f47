/** A queue with a bound, first in, first out. It makes no memory anew while it does not grow. */
export class Fifo<T> {
  /** A ring, its size a power of two. */
  #ring: (T | undefined)[] = emptyRing(SMALLEST);
  #head = 0;
  #length = 0;

  /** @param bound most items that it holds */
  constructor(private readonly bound: number) {}

  get length(): number {
    return this.#length;
  }

  /** @returns false when it is full */
  push(item: T): boolean {
    if (this.#length >= this.bound) return false;
    if (this.#length === this.#ring.length) this.#grow();
    this.#ring[(this.#head + this.#length) & (this.#ring.length - 1)] = item;
    this.#length += 1;
    return true;
  }

  shift(): T | undefined {
    if (this.#length === 0) return undefined;
    const item = this.#ring[this.#head];
    this.#ring[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#ring.length - 1);
    this.#length -= 1;
    // What a flood needed is not kept.
    if (this.#length === 0 && this.#ring.length > LARGEST_KEPT) {
      this.#ring = emptyRing(SMALLEST);
      this.#head = 0;
    }
    return item;
  }

  #grow(): void {
    const old = this.#ring;
    const ring = emptyRing<T>(2 * old.length);
    for (let index = 0; index < old.length; index += 1)
      ring[index] = old[(this.#head + index) & (old.length - 1)];
    this.#ring = ring;
    this.#head = 0;
  }
}

const emptyRing = <T>(size: number) => new Array<T | undefined>(size).fill(undefined);

const SMALLEST = 16;
const LARGEST_KEPT = 1024;
