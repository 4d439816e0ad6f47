// Network byte order (big-endian) everywhere. No bounds are checked here: parsers check lengths first.

/** The 16-bit number at an offset. */
export const uint16 = (data: Uint8Array, at: number): number => (data[at]! << 8) | data[at + 1]!;

/** The 24-bit number at an offset. */
export const uint24 = (data: Uint8Array, at: number): number =>
  (data[at]! << 16) | (data[at + 1]! << 8) | data[at + 2]!;

/** The unsigned 32-bit number at an offset. */
export const uint32 = (data: Uint8Array, at: number): number =>
  ((data[at]! << 24) | (data[at + 1]! << 16) | (data[at + 2]! << 8) | data[at + 3]!) >>> 0;

/** Writes the low 16 bits of a number. */
export function putUint16(data: Uint8Array, at: number, value: number): void {
  data[at] = value >>> 8;
  data[at + 1] = value;
}

/** Writes the low 24 bits of a number. */
export function putUint24(data: Uint8Array, at: number, value: number): void {
  data[at] = value >>> 16;
  data[at + 1] = value >>> 8;
  data[at + 2] = value;
}

/** Writes the low 32 bits of a number. */
export function putUint32(data: Uint8Array, at: number, value: number): void {
  data[at] = value >>> 24;
  data[at + 1] = value >>> 16;
  data[at + 2] = value >>> 8;
  data[at + 3] = value;
}

/** A copy in memory of its own, also of a Node `Buffer`, whose `slice` would be a view. */
export function copyOf(data: Uint8Array, start = 0, end = data.length): Uint8Array {
  const copy = new Uint8Array(end - start);
  copy.set(start === 0 && end === data.length ? data : data.subarray(start, end));
  return copy;
}
