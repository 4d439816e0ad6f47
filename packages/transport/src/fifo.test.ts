import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fifo } from './fifo.js';

describe('Fifo', () => {
  it('gives out what was put in, in order, and holds no more than its bound', () => {
    const step = fc.record({ push: fc.boolean(), times: fc.integer({ min: 1, max: 60 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 150 }), (steps, bound) => {
        const fifo = new Fifo<number>(bound);
        const model: number[] = [];
        let next = 0;
        for (const { push, times } of steps) {
          for (let count = 0; count < times; count += 1) {
            if (push) {
              expect(fifo.push(next)).toBe(model.length < bound);
              if (model.length < bound) model.push(next);
              next += 1;
            } else expect(fifo.shift()).toBe(model.shift());
            expect(fifo.length).toBe(model.length);
          }
        }
      }),
    );
  });

  it('goes on after a flood', () => {
    const fifo = new Fifo<number>(100_000);
    for (let number = 0; number < 50_000; number += 1) fifo.push(number);
    for (let number = 0; number < 50_000; number += 1) expect(fifo.shift()).toBe(number);
    expect(fifo.shift()).toBeUndefined();
    fifo.push(7);
    expect([fifo.length, fifo.shift(), fifo.length]).toEqual([1, 7, 0]);
  });
});
