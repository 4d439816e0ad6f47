import { micros, millis, seconds } from '@hellohaybye/core';
import { describe, expect, it } from 'vitest';
import { RoundTrip } from '../repair/round-trip.js';
import { RetransmissionTimer } from './retransmission-timer.js';

const at = (value: number) => millis(value);

/** Its timeouts, while it expires again and again. */
function timeouts(roundTrip: RoundTrip, count: number): number[] {
  const timer = new RetransmissionTimer(roundTrip);
  timer.start(micros(0));
  return Array.from({ length: count }, () => {
    const due = timer.at!;
    timer.expire(due);
    return (timer.at! - due) / 1000;
  });
}

const measured = (sample: number) => {
  const roundTrip = new RoundTrip();
  for (let count = 0; count < 100; count += 1) roundTrip.update(millis(sample), seconds(count));
  return roundTrip;
};

describe('the retransmission timer', () => {
  it('is 200 ms while no round trip is known, then doubles from the second time on, to 1 s', () => {
    expect(timeouts(new RoundTrip(), 6)).toEqual([200, 400, 800, 1000, 1000, 1000]);
  });

  it('is no shorter than 15 ms', () => {
    expect(timeouts(measured(1), 3)).toEqual([15, 30, 60]);
  });

  it('is the round trip and its variation, and what an acknowledgement may wait', () => {
    expect(timeouts(measured(100), 1)[0]).toBeCloseTo(107.5, 1);
  });

  it('goes on when more is sent, begins anew with progress, and stops when nothing waits', () => {
    const timer = new RetransmissionTimer(measured(1));
    expect(timer.at).toBeUndefined();
    timer.start(at(100));
    timer.start(at(110));
    expect(timer.at).toBe(at(115));
    timer.progress(true, at(112));
    expect(timer.at).toBe(at(127));
    expect(timer.expire(at(126))).toBe(false);
    timer.progress(false, at(126));
    expect(timer.at).toBeUndefined();
    expect(timer.expire(at(1000))).toBe(false);
  });

  it('forgets its back-off with progress', () => {
    const timer = new RetransmissionTimer(measured(1));
    timer.start(at(0));
    for (let count = 0; count < 5; count += 1) timer.expire(timer.at!);
    timer.progress(true, at(5000));
    expect(timer.at).toBe(at(5015));
  });
});
