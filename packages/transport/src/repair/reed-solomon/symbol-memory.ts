import type { Kernel } from './kernel.js';

/** Most bytes of a symbol. */
export const MAX_SYMBOL_BYTES = 65_535;

/** A kernel's memory: one row of coefficients, then slots for the symbols of a block, numbered from 0. */
export class SymbolMemory {
  readonly #kernel: Kernel;
  #bytes: Uint8Array = new Uint8Array();
  #length = 0;
  #stride = 0;
  /** The row and the slots, made when first asked for: blocks of like symbols then leave no garbage. */
  #row: Uint8Array | undefined;
  #slots: Uint8Array[] = [];

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** Makes room for so many symbols of so many bytes, all zeros. */
  begin(count: number, length: number): void {
    // An odd number of cache lines: the same byte of many symbols then does not fall into the same few of them.
    const stride = 64 * (Math.ceil(length / 64) | 1);
    const first = this.#kernel.start + ROW_LENGTH;
    const bytes = this.#kernel.memory(first + count * stride);
    if (bytes !== this.#bytes || length !== this.#length) {
      this.#bytes = bytes;
      this.#length = length;
      this.#stride = stride;
      this.#row = undefined;
      this.#slots = [];
    }
    bytes.fill(0, first, first + count * stride);
  }

  /** Where coefficients are written. */
  get row(): Uint8Array {
    const { start } = this.#kernel;
    return (this.#row ??= this.#bytes.subarray(start, start + ROW_LENGTH));
  }

  /** The symbol in a slot. */
  slot(index: number): Uint8Array {
    const at = this.#address(index);
    return (this.#slots[index] ??= this.#bytes.subarray(at, at + this.#length));
  }

  /** Adds the `count` symbols from slot `first` on, each times its coefficient in the row, to slot `target`. */
  addProducts(first: number, count: number, target: number): void {
    if (count === 0) return;
    const { start } = this.#kernel;
    const symbols = this.#address(first);
    this.#kernel.addProducts(start, count, symbols, this.#stride, this.#address(target), this.#length);
  }

  #address(slot: number): number {
    return this.#kernel.start + ROW_LENGTH + slot * this.#stride;
  }
}

/** Bytes set aside for the row: as many coefficients as a block can have symbols, to a full cache line. */
const ROW_LENGTH = 256;
