import { millis, micros, seconds } from '@hellohaybye/core';
import { describe, expect, it } from 'vitest';
import { Timetable } from './paced.js';

const start = seconds(1_700_000_000);

describe('Timetable', () => {
  it('gives each position its instant, to the microsecond, a little late or not', () => {
    const timetable = new Timetable(start);
    expect(timetable.dueAt(millis(500), start)).toBe(start + 500_000);
    expect(timetable.dueAt(millis(500), micros(start + 540_000))).toBe(start + 500_000);
  });

  it('leaves out what is late, so that the rest is in time', () => {
    const timetable = new Timetable(start);
    expect(timetable.dueAt(millis(100), micros(start + 300_000))).toBeUndefined();
    expect(timetable.dueAt(millis(300), micros(start + 300_000))).toBe(start + 300_000);
  });

  it('puts everything off when it is hopelessly late, instead of leaving out all', () => {
    const timetable = new Timetable(start);
    const now = micros(start + 9_000_000);
    expect(timetable.dueAt(seconds(1), now)).toBe(now);
    expect(timetable.dueAt(seconds(2), now)).toBe(now + 1_000_000);
  });
});
