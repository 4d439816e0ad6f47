/**
 * The inner loop of the code, in memory of its own. Two implementations give the same bytes: WebAssembly, and
 * plain JavaScript as the reference and where WebAssembly has no SIMD.
 */
export interface Kernel {
  /** The first address that the caller may use. */
  readonly start: number;
  /**
   * The memory, grown to so many bytes if it was smaller; what it holds stays. The array is good until more is
   * asked for. It never shrinks.
   */
  memory(bytes: number): Uint8Array;
  /**
   * Adds to a target symbol the sum of `count` symbols, each multiplied by its coefficient.
   * @param coefficients address of `count` bytes
   * @param count from 1
   * @param symbols address of the first symbol; the others follow, `stride` bytes from one to the next
   * @param target address of the symbol that is changed; none of the others
   * @param length bytes of a symbol, from 1. Up to the next multiple of 64 bytes may be read and changed.
   */
  addProducts(
    coefficients: number,
    count: number,
    symbols: number,
    stride: number,
    target: number,
    length: number,
  ): void;
}
