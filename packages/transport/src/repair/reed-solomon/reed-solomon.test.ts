import { isHhbError } from '@hellohaybye/core';
import { seededRandom } from '@hellohaybye/core/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeRepair, JavaScriptKernel, recover, ReedSolomon, webAssemblyKernel } from './index.js';

const kernels = [
  ['JavaScript', () => new JavaScriptKernel()],
  ['WebAssembly', () => webAssemblyKernel()!],
] as const;

const fromHex = (text: string) => Uint8Array.from(text.match(/../g) ?? [], (byte) => parseInt(byte, 16));
const toHex = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** Source symbols of random bytes: so many, each of a length up to `length`, the first one of that length. */
function randomSources(k: number, length: number, seed: number): Uint8Array[] {
  const random = seededRandom(seed);
  return Array.from({ length: k }, (_, index) => {
    const own = index === 0 ? length : random.uint32() % (length + 1);
    return Uint8Array.from({ length: own }, () => random.uint32());
  });
}

const padded = (symbol: Uint8Array, length: number) => {
  const result = new Uint8Array(length);
  result.set(symbol);
  return result;
};

describe.each(kernels)('Reed-Solomon by %s', (_, newKernel) => {
  const code = new ReedSolomon(newKernel());

  function repairsOf(sources: Uint8Array[], first: number, count: number): Uint8Array[] {
    const length = Math.max(...sources.map((source) => source.length));
    return code.encodeRepair(
      sources.length,
      length,
      (index, into) => into.set(sources[index]!),
      first,
      count,
    );
  }

  /** What comes back of sources of which some are lost, with the repair symbols of some numbers. */
  function restored(sources: Uint8Array[], lost: number[], numbers: number[]) {
    const length = Math.max(...sources.map((source) => source.length));
    const all = repairsOf(sources, 0, Math.max(...numbers) + 1);
    return code.recover(
      sources.length,
      length,
      (index) => !lost.includes(index),
      (index, into) => {
        expect(lost).not.toContain(index);
        into.set(sources[index]!);
      },
      numbers.map((index) => ({ index, symbol: all[index]! })),
    );
  }

  function expectRestored(sources: Uint8Array[], lost: number[], numbers: number[]) {
    const length = Math.max(...sources.map((source) => source.length));
    const expected = lost.map((index): [number, Uint8Array] => [index, padded(sources[index]!, length)]);
    expect([...restored(sources, lost, numbers)!]).toEqual(expected);
  }

  it.each([
    {
      sources: ['0001020304050607', '48656c6c6f427965', 'fffefdfc80402010'],
      repairs: {
        0: 'b79a9393eb075f72',
        1: '156ffa06511844fe',
        2: '26da40ff74ef1261',
        251: 'fe91bdf3613f2f01',
      },
    },
    {
      sources: ['cafe', '0123456789abcdef', '', '5a'],
      repairs: {
        0: '91dd456789abcdef',
        1: '997b23417210b6d4',
        2: '27329fae39085b6a',
        250: '2ce362bc9c423de3',
      },
    },
    { sources: ['deadbeef'], repairs: { 0: 'deadbeef', 1: 'deadbeef', 253: 'deadbeef' } },
  ])('makes the vectors of docs/wire-format.md from $sources', ({ sources, repairs }) => {
    for (const [number, expected] of Object.entries(repairs)) {
      const [made] = repairsOf(sources.map(fromHex), Number(number), 1);
      expect(toHex(made!)).toBe(expected);
    }
  });

  it('gives everything back from any k of n, for all losses of small blocks', () => {
    for (let k = 1; k <= 5; k++) {
      const sources = randomSources(k, 3, k);
      for (let repair = 1; repair <= 4; repair++) {
        for (let there = 0; there < 2 ** (k + repair); there++) {
          const isThere = (symbol: number) => ((there >> symbol) & 1) === 1;
          const lost = [...Array(k).keys()].filter((index) => !isThere(index));
          const numbers = [...Array(repair).keys()].filter((index) => isThere(k + index));
          if (numbers.length === 0) continue;
          if (numbers.length >= lost.length) expectRestored(sources, lost, numbers);
          else expect(restored(sources, lost, numbers)).toBeUndefined();
        }
      }
    }
  });

  it('gives everything back from any k of n, for random losses of large blocks', () => {
    const block = fc
      .integer({ min: 1, max: 254 })
      .chain((k) => fc.record({ k: fc.constant(k), m: fc.integer({ min: 1, max: Math.min(k, 255 - k) }) }))
      .chain(({ k, m }) =>
        fc.record({
          k: fc.constant(k),
          lost: fc.uniqueArray(fc.nat(k - 1), { minLength: m, maxLength: m }),
          numbers: fc.uniqueArray(fc.nat(254 - k), { minLength: m, maxLength: m }),
          length: fc.integer({ min: 1, max: 200 }),
          seed: fc.nat(),
        }),
      );
    fc.assert(
      fc.property(block, ({ k, lost, numbers, length, seed }) => {
        lost.sort((a, b) => a - b);
        expectRestored(randomSources(k, length, seed), lost, numbers);
      }),
      { numRuns: 60 },
    );
  });

  it('makes the same repair symbols one at a time and at once, whatever was asked of it before', () => {
    const sources = randomSources(9, 100, 1);
    const atOnce = repairsOf(sources, 0, 6);
    const single = [];
    for (let number = 0; number < 6; number++) {
      repairsOf(randomSources(20, 500, number), 3, 1);
      single.push(...repairsOf(sources, number, 1));
    }
    expect(single).toEqual(atOnce);
    expect(repairsOf(sources, 2, 3)).toEqual(atOnce.slice(2, 5));
    expect(repairsOf(sources, 0, 0)).toEqual([]);
  });

  it('leaves its results alone afterwards', () => {
    const [made] = repairsOf([fromHex('0102')], 0, 1);
    repairsOf([fromHex('0304')], 0, 1);
    expect(made).toEqual(fromHex('0102'));
    expect(made!.buffer.byteLength).toBe(2);
  });

  it('carries the largest block in 16 MiB', () => {
    const kernel = newKernel();
    const large = new ReedSolomon(kernel);
    const fill = (index: number, into: Uint8Array) => into.fill(index + 1);
    const [repair] = large.encodeRepair(254, 65_535, fill, 0, 1);
    const present = (index: number) => index !== 200;
    const result = large.recover(254, 65_535, present, fill, [{ index: 0, symbol: repair! }]);
    expect(result!.get(200)!.length).toBe(65_535);
    expect(result!.get(200)!.every((byte) => byte === 201)).toBe(true);
    expect(kernel.memory(0).length).toBeLessThanOrEqual(16 * 1024 * 1024);
  });

  it('asks for no symbol when nothing is missing', () => {
    const result = code.recover(3, 10, () => true, () => expect.fail('asked'), []); // prettier-ignore
    expect(result).toEqual(new Map());
  });

  it('passes over repair symbols that can not be of the block', () => {
    const sources = randomSources(4, 20, 5);
    const [zero, one] = repairsOf(sources, 0, 2);
    const attempt = (...repairs: { index: number; symbol: Uint8Array }[]) =>
      code.recover(
        4,
        20,
        (index) => index > 1,
        (index, into) => into.set(sources[index]!),
        repairs,
      );
    const good = { index: 0, symbol: zero! };
    const other = { index: 1, symbol: one! };
    for (const bad of [
      good, // again
      { index: 251, symbol: one! },
      { index: -1, symbol: one! },
      { index: 1, symbol: one!.subarray(1) },
      { index: 1, symbol: new Uint8Array(21) },
      { index: 1, symbol: new Uint8Array(0) },
    ]) {
      expect(attempt(good, bad)).toBeUndefined();
      expect(attempt(good, bad, other)!.get(1)).toEqual(padded(sources[1]!, 20));
    }
  });

  it.each([
    [0, 10],
    [255, 10],
    [3, 0],
    [3, 65_536],
    [Number.NaN, 10],
    [3, Number.NaN],
  ])('gives nothing back of a block of %d symbols of %d bytes', (k, length) => {
    const symbol = new Uint8Array(Number.isNaN(length) ? 0 : length);
    expect(code.recover(k, length, () => false, () => expect.fail('asked'), [{ index: 0, symbol }])).toBeUndefined(); // prettier-ignore
  });

  it.each([
    [0, 10, 0, 1],
    [255, 10, 0, 0],
    [200, 10, 50, 6],
    [3, 10, -1, 1],
    [3, 10, 0, -1],
    [3, 0, 0, 1],
    [3, 65_536, 0, 1],
  ])('refuses to encode %d symbols of %d bytes as repair symbols from %d on, %d of them', (...block) => {
    const [k, length, first, count] = block;
    const attempt = () => code.encodeRepair(k, length, () => undefined, first, count);
    expect(attempt).toThrow(expect.toSatisfy((error) => isHhbError(error, 'bad-option')));
  });
});

describe('the shared code', () => {
  it('restores what it made', () => {
    const fill = (index: number, into: Uint8Array) => into.fill(index + 7);
    const repairs = encodeRepair(5, 30, fill, 4, 2).map((symbol, made) => ({ index: 4 + made, symbol }));
    const result = recover(5, 30, (index) => index !== 1 && index !== 4, fill, repairs);
    expect(result).toEqual(new Map([1, 4].map((index) => [index, new Uint8Array(30).fill(index + 7)])));
  });
});
