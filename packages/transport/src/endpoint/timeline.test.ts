import { describe, expect, it } from 'vitest';
import { Timeline } from './timeline.js';

describe('Timeline', () => {
  it('unwraps timestamps of packets that come in and out of order across a wrap', () => {
    const timeline = new Timeline();
    const top = 2 ** 32;
    expect([top - 10, top - 10, 5, 5, top - 10, 5].map((value) => timeline.unwrap(value))).toEqual([
      ...[top - 10, top - 10],
      ...[top + 5, top + 5],
      ...[top - 10, top + 5],
    ]);
  });

  it('begins anew with another source, also with the same number', () => {
    const timeline = new Timeline();
    expect(timeline.unwrap(2 ** 32 - 1)).toBe(2 ** 32 - 1);
    expect(timeline.unwrap(7)).toBe(2 ** 32 + 7);
    timeline.add(2 ** 32 + 7, 1);
    timeline.restart();
    expect(timeline.newest).toBe(-Infinity);
    expect([timeline.near(9), timeline.unwrap(7)]).toEqual([9, 7]);
  });

  it('tells an old packet from a clock that was set back', () => {
    const timeline = new Timeline();
    expect(timeline.wentBack(50, 5)).toBe(false);
    timeline.add(100, 10);
    timeline.add(100, 12);
    timeline.add(90, 9);
    expect(timeline.newest).toBe(100);
    expect(timeline.wentBack(90, 9)).toBe(false);
    expect(timeline.wentBack(90, 12)).toBe(false);
    expect(timeline.wentBack(90, 13)).toBe(true);
    expect(timeline.wentBack(100, 13)).toBe(false);
  });
});
