import { HhbError } from '@hellohaybye/core';
import { Inverse, MAX_SYMBOLS, writeRow } from './generator.js';
import { JavaScriptKernel } from './javascript-kernel.js';
import type { Kernel } from './kernel.js';
import { MAX_SYMBOL_BYTES, SymbolMemory } from './symbol-memory.js';
import { webAssemblyKernel } from './web-assembly-kernel.js';

/**
 * Writes a source symbol.
 * @param index 0 to k - 1
 * @param into zeros, as long as the block's symbols: what a shorter symbol leaves alone is its padding. Good during
 * this call only
 */
export type FillSymbol = (index: number, into: Uint8Array) => void;

/** A repair symbol and its number, from 0. */
export interface RepairSymbol {
  readonly index: number;
  readonly symbol: Uint8Array;
}

/**
 * Systematic Reed-Solomon code over GF(256) (docs/wire-format.md): of k source symbols and r repair symbols, at
 * most 255 together, any k give back the others. A repair symbol depends on the source symbols and on its own
 * number alone, so more of them can be made at any time.
 *
 * Nothing of a block is kept from one call to the next. What is kept is memory as large as the largest block so
 * far: 128 KiB for up to 99 source symbols of 1200 bytes, 16 MiB at most.
 */
export class ReedSolomon {
  readonly #memory: SymbolMemory;
  /** Numbers of the source symbols in the first slots. */
  readonly #held = new Uint8Array(MAX_SYMBOLS);

  constructor(kernel: Kernel) {
    this.#memory = new SymbolMemory(kernel);
  }

  /**
   * Makes repair symbols.
   * @param k source symbols in the block, 1 to 254
   * @param length bytes of a symbol, 1 to 65,535: those of the longest source symbol
   * @param fill is called once for each source symbol, and must not call this object
   * @param first number of the first repair symbol to make
   * @param count how many to make; k, `first` and `count` sum to 255 at most
   * @throws HhbError `bad-option`
   */
  encodeRepair(k: number, length: number, fill: FillSymbol, first: number, count: number): Uint8Array[] {
    if (!(isCount(k) && first >= 0 && count >= 0 && k + first + count <= MAX_SYMBOLS)) {
      const asked = `${count} repair symbols from number ${first} on`;
      throw new HhbError('bad-option', `A block can't have ${k} source symbols and ${asked}`);
    }
    if (!isLength(length)) throw new HhbError('bad-option', `A symbol can't have ${length} bytes`);
    const memory = this.#memory;
    memory.begin(k + 1, length);
    for (let index = 0; index < k; index++) {
      this.#held[index] = index;
      fill(index, memory.slot(index));
    }
    return Array.from({ length: count }, (_, made) => {
      writeRow(first + made, this.#held, k, memory.row);
      return this.#sum(0, k, k);
    });
  }

  /**
   * Gives back source symbols. Never throws by itself, whatever came from a sender: a repair symbol is passed over
   * when its number can't be or was there already, or when it has another length.
   * @param k source symbols in the block
   * @param length bytes of a symbol
   * @param has tells whether a source symbol is there
   * @param fill is called once for each that is there, if that is enough, and must not call this object
   * @param repairs as many as source symbols are missing, or more
   * @returns the missing ones by number, in order, padding included; undefined when they can't be given back
   */
  recover(
    k: number,
    length: number,
    has: (index: number) => boolean,
    fill: FillSymbol,
    repairs: readonly RepairSymbol[],
  ): Map<number, Uint8Array> | undefined {
    if (!isCount(k) || !isLength(length)) return undefined;
    const missing = this.#sort(k, has);
    const used = usable(repairs, k, length, missing.length);
    if (used.length < missing.length) return undefined;
    const result = new Map<number, Uint8Array>();
    if (missing.length === 0) return result;

    // A repair symbol less what the source symbols at hand add to it is what the missing ones add to it.
    const memory = this.#memory;
    const held = k - missing.length;
    memory.begin(k + 1, length);
    for (let slot = 0; slot < held; slot++) fill(this.#held[slot]!, memory.slot(slot));
    used.forEach(({ index, symbol }, place) => {
      memory.slot(held + place).set(symbol);
      writeRow(index, this.#held, held, memory.row);
      memory.addProducts(0, held, held + place);
    });

    const rows = used.map(({ index }) => index);
    const inverse = new Inverse(rows, missing);
    missing.forEach((index, place) => {
      inverse.writeRow(place, memory.row);
      result.set(index, this.#sum(held, missing.length, k));
    });
    return result;
  }

  /** Lists the source symbols at hand in `#held`. @returns the others */
  #sort(k: number, has: (index: number) => boolean): number[] {
    const missing = [];
    for (let index = 0; index < k; index++) {
      if (has(index)) this.#held[index - missing.length] = index;
      else missing.push(index);
    }
    return missing;
  }

  /** A copy of the sum of symbols, each times its coefficient in the row. */
  #sum(first: number, count: number, target: number): Uint8Array {
    const symbol = this.#memory.slot(target).fill(0);
    this.#memory.addProducts(first, count, target);
    return symbol.slice();
  }
}

/** `ReedSolomon.encodeRepair` on the fastest kernel that there is. */
export const encodeRepair: ReedSolomon['encodeRepair'] = (...block) => shared().encodeRepair(...block);

/** `ReedSolomon.recover` on the fastest kernel that there is. */
export const recover: ReedSolomon['recover'] = (...block) => shared().recover(...block);

function usable(repairs: readonly RepairSymbol[], k: number, length: number, wanted: number): RepairSymbol[] {
  const used: RepairSymbol[] = [];
  for (const repair of repairs) {
    if (used.length === wanted) break;
    const { index, symbol } = repair;
    const fits = index >= 0 && k + index < MAX_SYMBOLS && symbol.length === length;
    if (fits && !used.some((other) => other.index === index)) used.push(repair);
  }
  return used;
}

const isCount = (k: number): boolean => k >= 1 && k < MAX_SYMBOLS;
const isLength = (length: number): boolean => length >= 1 && length <= MAX_SYMBOL_BYTES;

/** Made at the first use. */
function shared(): ReedSolomon {
  code ??= new ReedSolomon(webAssemblyKernel() ?? new JavaScriptKernel());
  return code;
}

let code: ReedSolomon | undefined;
