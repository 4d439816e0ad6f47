/**
 * Sees to it that no index of a source is used twice under a key for different packets, which would give both of
 * them away (RFC 3711, section 9.1). The same packet may be sent again as it was.
 */
export class NonceGuard {
  /** By index modulo the window: which index is there, and its tag. */
  readonly #indices = new Float64Array(GUARD_WINDOW).fill(-1);
  readonly #tags: Uint8Array;
  #highest: number;
  readonly #floor: number;

  /**
   * @param tagLength bytes
   * @param floor indices up to this one may have been used: none of them is let out
   */
  constructor(
    private readonly tagLength: number,
    floor = -1,
  ) {
    this.#tags = new Uint8Array(GUARD_WINDOW * tagLength);
    this.#floor = floor;
    this.#highest = floor;
  }

  /** @returns whether an index is used for the first time, was used, or is too old to know */
  claim(index: number): 'first' | 'again' | 'refused' {
    if (index <= this.#floor || index <= this.#highest - GUARD_WINDOW) return 'refused';
    if (index > this.#highest) this.#highest = index;
    const slot = index % GUARD_WINDOW;
    if (this.#indices[slot] === index) return 'again';
    this.#indices[slot] = index;
    return 'first';
  }

  /** Notes what came out for an index. @param at where in `packet` the tag begins */
  note(index: number, packet: Uint8Array, at: number): void {
    const slot = (index % GUARD_WINDOW) * this.tagLength;
    for (let byte = 0; byte < this.tagLength; byte += 1) this.#tags[slot + byte] = packet[at + byte]!;
  }

  /** Whether the same came out for an index as before. */
  isSame(index: number, packet: Uint8Array, at: number): boolean {
    const slot = (index % GUARD_WINDOW) * this.tagLength;
    for (let byte = 0; byte < this.tagLength; byte += 1)
      if (this.#tags[slot + byte] !== packet[at + byte]) return false;
    return true;
  }
}

/** Packets. What is asked for again is younger. */
export const GUARD_WINDOW = 1024;
