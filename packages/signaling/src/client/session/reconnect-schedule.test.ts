import { describe, expect, it } from 'vitest';
import { micros, millis, seconds } from '@hellohaybye/core';
import { seededRandom } from '@hellohaybye/core/testing';
import { defaultReconnectPolicy, ReconnectSchedule } from './reconnect-schedule.js';

describe('ReconnectSchedule', () => {
  it('tries at once, then waits twice as long each time, up to the longest', () => {
    const schedule = new ReconnectSchedule(defaultReconnectPolicy, { uint32: () => 0xffff_ffff });
    const waits = Array.from({ length: 8 }, () => Math.round(schedule.nextWait(micros(0)) / 1000));
    expect(waits).toEqual([0, 250, 500, 1000, 2000, 4000, 4000, 4000]);
  });

  it('spreads those who wait over half of the time', () => {
    const waits = Array.from({ length: 200 }, (_, seed) => {
      const schedule = new ReconnectSchedule(defaultReconnectPolicy, seededRandom(seed));
      schedule.nextWait(micros(0));
      return schedule.nextWait(micros(0));
    });
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(millis(125));
    expect(Math.min(...waits)).toBeLessThan(millis(140));
    expect(Math.max(...waits)).toBeGreaterThan(millis(235));
  });

  it('begins anew after a connection that held, and not after one that did not', () => {
    const schedule = new ReconnectSchedule(defaultReconnectPolicy, seededRandom(1));
    schedule.nextWait(micros(0));
    schedule.connected(micros(0));
    expect(schedule.nextWait(seconds(1))).toBeGreaterThan(0);
    schedule.connected(seconds(2));
    expect(schedule.nextWait(seconds(8))).toBe(0);
  });
});
