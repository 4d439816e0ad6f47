import { multiply } from './field.js';
import type { Kernel } from './kernel.js';

/** The kernel in plain JavaScript, by a table of all products (64 KiB, made at first use). */
export class JavaScriptKernel implements Kernel {
  readonly start = 0;
  #memory = new Uint8Array(0);

  memory(bytes: number): Uint8Array {
    if (this.#memory.length < bytes) {
      const larger = new Uint8Array(bytes);
      larger.set(this.#memory);
      this.#memory = larger;
    }
    return this.#memory;
  }

  addProducts(
    coefficients: number,
    count: number,
    symbols: number,
    stride: number,
    target: number,
    length: number,
  ): void {
    const memory = this.#memory;
    products ??= Uint8Array.from({ length: 65_536 }, (_, index) => multiply(index >> 8, index & 255));
    const table = products;
    // Two symbols at a time, which takes a third less time than one; the last one may be added with nothing.
    for (let index = 0; index < count; index += 2) {
      const one = memory[coefficients + index]! << 8;
      const other = index + 1 < count ? memory[coefficients + index + 1]! << 8 : 0;
      const symbol = symbols + index * stride;
      const next = index + 1 < count ? symbol + stride : symbol;
      for (let byte = 0; byte < length; byte++) {
        memory[target + byte]! ^= table[one | memory[symbol + byte]!]! ^ table[other | memory[next + byte]!]!;
      }
    }
  }
}

/** The product of a and b, at 256 * a + b. */
let products: Uint8Array | undefined;
