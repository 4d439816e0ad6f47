import { micros } from '@hellohaybye/core';
import { systemClock } from '@hellohaybye/core/node';
import { describe, expect, it } from 'vitest';
import { Alarm } from './alarm.js';

const after = (span: number) => micros(systemClock.now() + span);

describe('an alarm', () => {
  it.each([0, 300, 1400, 2000, 7300])('%d microseconds: not before', async (span) => {
    let alarm: Alarm | undefined;
    const at = after(span);
    await new Promise<void>((resolve) => {
      alarm = new Alarm(systemClock, resolve);
      alarm.set(at);
    });
    expect(systemClock.now()).toBeGreaterThanOrEqual(at);
  });

  it('set anew: earlier, later, or never', async () => {
    const ran: number[] = [];
    const alarm = (number: number, done = () => undefined as void) =>
      new Alarm(systemClock, () => {
        ran.push(number);
        done();
      });
    const never = alarm(1);
    never.set(after(500));
    never.set(undefined);
    const earlier = new Promise<void>((done) => {
      const changed = alarm(2, done);
      changed.set(after(60_000_000));
      changed.set(after(3000));
    });
    const at = after(9000);
    const later = new Promise<void>((done) => {
      const changed = alarm(3, done);
      changed.set(after(100));
      changed.set(at);
    });
    await Promise.all([earlier, later]);
    expect(ran.sort()).toEqual([2, 3]);
    expect(systemClock.now()).toBeGreaterThanOrEqual(at);
  });
});
