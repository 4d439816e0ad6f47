import { seconds } from '@hellohaybye/core';
import { describe, expect, it } from 'vitest';
import { HeldLines } from './held-lines.js';

const line = (index: number) => ({ id: String(index), text: `line ${index}` });

describe('lines for who is not ready yet', () => {
  it('wait in the order in which they were written, for each by themselves', () => {
    const held = new HeldLines();
    for (const index of [1, 2, 3]) held.hold('ben', line(index), seconds(index));
    held.hold('carl', line(1), seconds(1));
    expect(held.release('ben')).toEqual([line(1), line(2), line(3)]);
    expect(held.release('ben')).toEqual([]);
    expect(held.release('carl')).toEqual([line(1)]);
    expect(held.nextDeadline()).toBeUndefined();
  });

  it('are given up one by one after ten seconds', () => {
    const held = new HeldLines();
    for (const index of [1, 2, 5]) held.hold('ben', line(index), seconds(index));
    held.hold('carl', line(1), seconds(20));
    expect(held.nextDeadline()).toBe(seconds(11));
    expect(held.expire(seconds(10.9))).toEqual([]);
    expect(held.expire(seconds(12))).toEqual([{ peer: 'ben', lines: 2 }]);
    expect(held.nextDeadline()).toBe(seconds(15));
    expect(held.release('ben')).toEqual([line(5)]);
    expect(held.nextDeadline()).toBe(seconds(30));
  });

  it('are at most 32 each', () => {
    const held = new HeldLines();
    for (let index = 0; index < 32; index += 1) expect(held.hold('ben', line(index), seconds(0))).toBe(true);
    expect(held.hold('ben', line(32), seconds(0))).toBe(false);
    expect(held.hold('carl', line(0), seconds(0))).toBe(true);
    expect(held.release('ben')).toHaveLength(32);
  });
});
