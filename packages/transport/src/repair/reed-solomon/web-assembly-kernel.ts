import { multiply } from './field.js';
import { kernelModule } from './kernel-module.js';
import type { Kernel } from './kernel.js';
import { instantiate, type LinearMemory } from './web-assembly.js';

/**
 * The kernel in WebAssembly with SIMD (wasm/reed-solomon.wat).
 * @returns undefined where there is none
 */
export function webAssemblyKernel(): Kernel | undefined {
  const exports = instantiate(kernelModule) as KernelExports | undefined;
  return exports && new WebAssemblyKernel(exports);
}

class WebAssemblyKernel implements Kernel {
  readonly start = TABLES_LENGTH;
  readonly addProducts: Kernel['addProducts'];
  readonly #linear: LinearMemory;
  #memory: Uint8Array;

  constructor(exports: KernelExports) {
    this.addProducts = exports.addProducts;
    this.#linear = exports.memory;
    this.#memory = new Uint8Array(this.#linear.buffer);
    writeTables(this.#memory);
  }

  memory(bytes: number): Uint8Array {
    if (this.#memory.length < bytes) {
      this.#linear.grow(Math.ceil((bytes - this.#memory.length) / PAGE));
      this.#memory = new Uint8Array(this.#linear.buffer);
    }
    return this.#memory;
  }
}

interface KernelExports {
  memory: LinearMemory;
  addProducts: Kernel['addProducts'];
}

/** From address 0 on, for each element: its products with 0 to 15, then with 0, 16, ... 240. */
function writeTables(memory: Uint8Array): void {
  for (let element = 0; element < 256; element++) {
    for (let nibble = 0; nibble < 16; nibble++) {
      memory[32 * element + nibble] = multiply(element, nibble);
      memory[32 * element + 16 + nibble] = multiply(element, nibble << 4);
    }
  }
}

const TABLES_LENGTH = 256 * 32;
const PAGE = 65_536;
