import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { micros, millis } from '../units.js';
import { Alarm } from './alarm.js';

describe('Alarm', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());
  const clock = { now: () => micros(Date.now() * 1000) };
  const inMillis = (ms: number) => micros(clock.now() + millis(ms));

  it('goes off once, at the earliest instant that it was set for', () => {
    const told: number[] = [];
    const alarm = new Alarm(clock, (now) => told.push(now));
    const [first, second] = [inMillis(20), inMillis(50)];
    alarm.set(second);
    alarm.set(first);
    alarm.set(second);
    alarm.set(undefined);
    vi.advanceTimersByTime(200);
    expect(told).toEqual([first]);
  });

  it('can be set by what it runs, and does not go off once cleared', () => {
    const told: number[] = [];
    const alarm: Alarm = new Alarm(clock, (now) => {
      told.push(now);
      if (told.length < 3) alarm.set(inMillis(10));
    });
    alarm.set(inMillis(10));
    vi.advanceTimersByTime(25);
    expect(told).toHaveLength(2);
    alarm.clear();
    vi.advanceTimersByTime(100);
    expect(told).toHaveLength(2);
  });

  it('waits a millisecond for what is long over', () => {
    const told: number[] = [];
    new Alarm(clock, (now) => told.push(now)).set(micros(0));
    expect(told).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(told).toHaveLength(1);
  });
});
