/** Memory for packets, many of them in one piece: cheaper to make, and to collect, than one for each. */
export class Slab {
  memory = new Uint8Array(0);
  /** The same memory, as words in this machine's byte order. */
  words = new Int32Array(0);
  #used = 0;

  /** Takes room in `memory`, which may become another one. @returns where it begins: a multiple of 4 */
  take(length: number): number {
    const rounded = Math.ceil(length / 4) * 4;
    if (this.#used + rounded > this.memory.length) {
      this.memory = new Uint8Array(Math.max(SLAB_BYTES, rounded));
      this.words = new Int32Array(this.memory.buffer);
      this.#used = 0;
    }
    const at = this.#used;
    this.#used += rounded;
    return at;
  }
}

/** A large frame's packets. Larger ones live longer than most of what is in them. */
const SLAB_BYTES = 32 * 1024;
