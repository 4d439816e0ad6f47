import { expect, it } from 'vitest';
import { toMillis, type Micros } from '@hellohaybye/core';
import { QuerySchedule } from './query-schedule.js';

it('asks at once, soon again, and then ever slower, but not slower than every 9 seconds', () => {
  let now = 5_000_000 as Micros;
  const schedule = new QuerySchedule(now);
  const asked: number[] = [];
  for (let count = 0; count < 7; count++) {
    expect(schedule.isDue(now)).toBe(true);
    expect(schedule.isDue(now)).toBe(false);
    asked.push(toMillis((now - 5_000_000) as Micros));
    now = schedule.nextDeadline();
  }
  expect(asked).toEqual([0, 200, 1200, 4200, 13_200, 22_200, 31_200]);
});
