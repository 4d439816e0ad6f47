// The code's coefficients (docs/wire-format.md): those of a Cauchy matrix, 1 / (x + y) with x = 255 ^ repair and
// y = source, whose rows and columns are scaled so that the first of each are all ones. None depends on how
// many symbols there are, and every square part of the matrix can be inverted.
import { logarithm, power, reduced } from './field.js';

/** Most symbols in a block, source and repair together. */
export const MAX_SYMBOLS = 255;

/**
 * Writes what each source symbol is multiplied by in a repair symbol.
 * @param repair number of the repair symbol; it and the number of any of the sources sum to less than 255
 * @param sources numbers of the source symbols; the first `count` are meant
 */
export function writeRow(repair: number, sources: Uint8Array, count: number, into: Uint8Array): void {
  const x = 255 ^ repair;
  const scale = reduced(logarithm[x]! - logarithm[255]!);
  for (let column = 0; column < count; column++) {
    const y = sources[column]!;
    into[column] = power[scale + logarithm[255 ^ y]! + 255 - logarithm[x ^ y]!]!;
  }
}

/**
 * The inverse of the square part of the matrix that has the rows of some repair symbols and the columns of as
 * many source symbols, by the closed form that Cauchy matrices have: each entry is a factor of its
 * row, times a factor of its column, over x + y.
 */
export class Inverse {
  readonly #xs: readonly number[];
  readonly #ys: readonly number[];
  /** Logarithms of the factors. */
  readonly #ofX: readonly number[];
  readonly #ofY: readonly number[];

  constructor(repairs: readonly number[], sources: readonly number[]) {
    const xs = repairs.map((repair) => 255 ^ repair);
    this.#xs = xs;
    this.#ys = sources;
    this.#ofX = xs.map((x) => reduced(logOfFactor(x, sources, xs) + logarithm[255]! - logarithm[x]!));
    this.#ofY = sources.map((y) => reduced(logOfFactor(y, xs, sources) - logarithm[255 ^ y]!));
  }

  /** Writes what each of the repair symbols is multiplied by in the source symbol at a place in the list. */
  writeRow(place: number, into: Uint8Array): void {
    const y = this.#ys[place]!;
    const ofY = this.#ofY[place]!;
    for (let column = 0; column < this.#xs.length; column++) {
      into[column] = power[this.#ofX[column]! + ofY + 255 - logarithm[this.#xs[column]! ^ y]!]!;
    }
  }
}

/** The logarithm of: all sums with elements of the other kind, over all with other elements of its own kind. */
function logOfFactor(element: number, others: readonly number[], own: readonly number[]): number {
  let result = 0;
  for (const other of others) result += logarithm[element ^ other]!;
  for (const sibling of own) if (sibling !== element) result -= logarithm[element ^ sibling]!;
  return result;
}
