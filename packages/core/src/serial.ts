/**
 * The value, congruent to `wrapped`, that lies nearest to `reference` (serial number arithmetic as of
 * RFC 1982, used by RFC 3550 for sequence numbers and timestamps). At a distance of exactly half the
 * circle the later value is taken.
 * @param wrapped a value from 0 to 2^bits - 1, as on the wire
 * @param reference any whole number: the last unwrapped value
 * @param bits the width on the wire, 1 to 32
 */
export function unwrapNear(wrapped: number, reference: number, bits: number): number {
  // Shifts take a distance of any size modulo 2^bits, with its sign: -half to half - 1.
  const shift = 32 - bits;
  const delta = ((wrapped - reference) << shift) >> shift;
  return reference + (delta === -1 << (bits - 1) ? -delta : delta);
}

/** The value as it stands on the wire: `value` modulo 2^bits, also for negative values. */
export function wrap(value: number, bits: number): number {
  return bits === 32 ? value >>> 0 : value & ((1 << bits) - 1);
}

/**
 * Turns the values of one stream that wrap on the wire into plain numbers that do not. The first value
 * stands for itself; each later one is taken to be the nearest to the highest seen so far, so values may
 * come out of order and may turn out negative when they precede the first.
 */
export class Unwrapper {
  #highest: number | undefined;

  /** @param bits the width on the wire: 16 for RTP sequence numbers, 32 for timestamps */
  constructor(private readonly bits: number) {}

  /** The plain number for a value of the wire. */
  unwrap(wrapped: number): number {
    const value = this.peek(wrapped);
    if (this.#highest === undefined || value > this.#highest) this.#highest = value;
    return value;
  }

  /** What `unwrap` would return, without remembering it. */
  peek(wrapped: number): number {
    return this.#highest === undefined ? wrapped : unwrapNear(wrapped, this.#highest, this.bits);
  }
}
