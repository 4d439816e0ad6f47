import { micros, millis } from '@hellohaybye/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LASTING_BURST } from './loss-model.js';
import { planRequest, roundsWithin } from './request-plan.js';

describe('a round of requests', () => {
  it('is none when no answer can come in time', () => {
    expect(planRequest(millis(9), millis(10), { share: 0.1, burst: 1 }, 0)).toBeUndefined();
    expect(planRequest(millis(-5), millis(0), { share: 0.1, burst: 1 }, 0)).toBeUndefined();
    expect(roundsWithin(millis(9), millis(10))).toBe(0);
    expect(roundsWithin(millis(10), millis(10))).toBe(1);
    expect(roundsWithin(millis(33), millis(2))).toBeGreaterThan(5);
  });

  it('is one request where there is time for others, more where it is the last chance', () => {
    const model = { share: 0.1, burst: 1 };
    expect(planRequest(millis(30), millis(2), model, 0)!.copies).toBe(1);
    const last = planRequest(millis(11), millis(10), model, 0)!;
    expect(last.copies).toBeGreaterThan(1);
    expect(planRequest(millis(11), millis(10), { share: 0.01, burst: 1 }, 0)!.copies).toBeLessThanOrEqual(
      last.copies,
    );
  });

  it('is more requests the longer nothing came back', () => {
    const copies = [0, 1, 2, 3].map(
      (unanswered) => planRequest(millis(30), millis(2), { share: 0.05, burst: 1 }, unanswered)!.copies,
    );
    expect(copies).toEqual([1, 2, 3, 4]);
  });

  it('spreads copies over time where losses come in bursts, and feels its way where they last', () => {
    const bursts = planRequest(millis(20), millis(10), { share: 0.1, burst: 5 }, 0)!;
    expect(bursts.copies).toBeGreaterThan(1);
    expect(bursts.spacing).toBeGreaterThan(0);
    expect(bursts.spacing * (bursts.copies - 1) + 10_000).toBeLessThanOrEqual(20_000);
    expect(planRequest(millis(40), millis(2), { share: 0.1, burst: LASTING_BURST }, 1)!.inFull).toBe(false);
    expect(planRequest(millis(40), millis(2), { share: 0.1, burst: LASTING_BURST }, 0)!.inFull).toBe(true);
  });

  it('is bounded and finite, whatever the measurements say', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 10_000_000 }),
        fc.integer({ min: 0, max: 1_000_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 1, max: 1000, noNaN: true }),
        fc.nat(100),
        (timeLeft, roundTrip, share, burst, unanswered) => {
          const plan = planRequest(micros(timeLeft), micros(roundTrip), { share, burst }, unanswered);
          if (!plan) return;
          expect(plan.copies).toBeGreaterThanOrEqual(1);
          expect(plan.spacing).toBeGreaterThanOrEqual(0);
          // All copies are out while an answer can still come.
          expect((plan.copies - 1) * plan.spacing).toBeLessThanOrEqual(timeLeft - roundTrip + 1500);
        },
      ),
      { numRuns: 500 },
    );
  });
});
