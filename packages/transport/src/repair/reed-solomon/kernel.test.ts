import { readFileSync } from 'node:fs';
import { seededRandom } from '@hellohaybye/core/testing';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import openAssembler from 'wabt';
import { JavaScriptKernel } from './javascript-kernel.js';
import { kernelModule } from './kernel-module.js';
import { webAssemblyKernel } from './web-assembly-kernel.js';

const refusing = class {
  constructor() {
    throw new EvalError('refused');
  }
};

afterEach(() => vi.unstubAllGlobals());

describe('the kernel in WebAssembly', () => {
  it('does what the one in JavaScript does', () => {
    const javaScript = new JavaScriptKernel();
    const webAssembly = webAssemblyKernel()!;
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 0, max: 2 }),
        fc.nat(),
        (coefficients, length, gap, seed) => {
          const stride = 64 * (Math.ceil(length / 64) + gap);
          const [expected, actual] = [javaScript, webAssembly].map((kernel) => {
            const first = kernel.start + 64;
            const target = first + coefficients.length * stride;
            const memory = kernel.memory(target + stride);
            const random = seededRandom(seed);
            memory.set(coefficients, kernel.start);
            for (let at = first; at < target + stride; at++) memory[at] = random.uint32();
            kernel.addProducts(kernel.start, coefficients.length, first, stride, target, length);
            return memory.slice(kernel.start, target + length);
          });
          expect(actual).toEqual(expected);
        },
      ),
    );
  });

  it('is the one in wasm/reed-solomon.wat', async () => {
    const text = readFileSync(new URL('../../../wasm/reed-solomon.wat', import.meta.url), 'utf8');
    const { parseWat } = await openAssembler();
    const { buffer } = parseWat('reed-solomon.wat', text, { simd: true }).toBinary({});
    expect([...kernelModule], 'run scripts/build-kernel.mjs').toEqual([...buffer]);
  });

  it('grows its memory, which keeps what it holds', () => {
    const kernel = webAssemblyKernel()!;
    kernel.memory(1000).set([1, 2, 3], kernel.start);
    const larger = kernel.memory(1_000_000);
    expect(larger.length).toBeGreaterThanOrEqual(1_000_000);
    expect(larger.subarray(kernel.start, kernel.start + 3)).toEqual(Uint8Array.of(1, 2, 3));
    expect(kernel.memory(500)).toBe(larger);
  });

  it.each([
    ['there is no WebAssembly', undefined],
    ['it has no SIMD', { validate: (): boolean => false }],
    ['nothing may be compiled', { validate: (): boolean => true, Module: refusing }],
  ])('is not there where %s', (_, webAssembly) => {
    vi.stubGlobal('WebAssembly', webAssembly);
    expect(webAssemblyKernel()).toBeUndefined();
  });
});
