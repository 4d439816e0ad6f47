import { describe, expect, it } from 'vitest';
import { micros, millis } from '../units.js';
import { seededRandom } from './seeded-random.js';
import { VirtualClock } from './virtual-clock.js';

describe('VirtualClock', () => {
  it('runs what falls due in order, each at its own instant', () => {
    const clock = new VirtualClock(micros(0));
    const seen: string[] = [];
    clock.schedule(millis(20), () => seen.push(`b@${clock.now()}`));
    clock.schedule(millis(10), () => {
      seen.push(`a@${clock.now()}`);
      clock.schedule(millis(15), () => seen.push(`nested@${clock.now()}`));
    });
    clock.advance(millis(30));
    expect(seen).toEqual(['a@10000', 'nested@15000', 'b@20000']);
    expect(clock.now()).toBe(30000);
  });

  it('refuses to go back', () => {
    expect(() => new VirtualClock(micros(5)).advanceTo(micros(4))).toThrow(
      expect.objectContaining({ code: 'clock-backwards' }),
    );
  });
});

describe('seededRandom', () => {
  it('gives the same stream for the same seed and another for another', () => {
    const take = (seed: number) => {
      const random = seededRandom(seed);
      return Array.from({ length: 4 }, () => random.uint32());
    };
    expect(take(7)).toEqual(take(7));
    expect(take(7)).not.toEqual(take(8));
  });
});
