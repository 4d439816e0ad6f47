/** Which of the newest packets of a source came already (RFC 3711, section 3.3.2). */
export class ReplayWindow {
  readonly #bits = new Uint32Array(REPLAY_WINDOW / 32);
  #highest: number;

  /** @param highest how far the source has come: nothing is taken that is a window older */
  constructor(highest = -1) {
    this.#highest = highest;
  }

  /** Whether a packet is not known to have come: it is newer than all, or in the window and not seen. */
  isNew(index: number): boolean {
    if (index > this.#highest) return true;
    if (index <= this.#highest - REPLAY_WINDOW) return false;
    const slot = index % REPLAY_WINDOW;
    return (this.#bits[slot >>> 5]! & (1 << (slot & 31))) === 0;
  }

  /** Notes that a packet came that is new, and authentic. */
  add(index: number): void {
    if (index > this.#highest) {
      if (index - this.#highest >= REPLAY_WINDOW) this.#bits.fill(0);
      else for (let passed = this.#highest + 1; passed < index; passed += 1) this.#clear(passed);
      this.#highest = index;
    }
    const slot = index % REPLAY_WINDOW;
    this.#bits[slot >>> 5]! |= 1 << (slot & 31);
  }

  #clear(index: number): void {
    const slot = index % REPLAY_WINDOW;
    this.#bits[slot >>> 5]! &= ~(1 << (slot & 31));
  }
}

/** Packets: more than a second of a very good picture, and a power of 2. */
export const REPLAY_WINDOW = 2048;
