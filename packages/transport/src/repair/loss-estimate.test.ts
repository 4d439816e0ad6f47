import { uniform } from '@hellohaybye/core';
import { seededRandom } from '@hellohaybye/core/testing';
import { describe, expect, it } from 'vitest';
import { LossEstimate } from './loss-estimate.js';

/** Packets that a predicate loses; told after each that came. */
function estimateOf(packets: number, isLost: (sequenceNumber: number) => boolean, start = 0): LossEstimate {
  const estimate = new LossEstimate();
  const seen = new Set<number>();
  for (let index = 0; index < packets; index += 1) {
    const sequenceNumber = start + index;
    if (isLost(index)) continue;
    seen.add(sequenceNumber);
    estimate.update(sequenceNumber, (asked) => seen.has(asked));
  }
  return estimate;
}

describe('the estimate of losses', () => {
  it('is none where nothing is lost', () => {
    expect(estimateOf(1000, () => false).model).toEqual({ share: 0, burst: 1 });
    expect(new LossEstimate().model).toEqual({ share: 0, burst: 1 });
  });

  it('tells share and runs of independent losses', () => {
    const random = seededRandom(3);
    const { model } = estimateOf(20_000, () => uniform(random) < 0.1);
    expect(model.share).toBeCloseTo(0.1, 1);
    expect(model.burst).toBeGreaterThan(1);
    expect(model.burst).toBeLessThan(1.25);
  });

  it('tells the length of bursts', () => {
    const { model } = estimateOf(20_000, (index) => index % 50 < 5);
    expect(model.share).toBeCloseTo(0.1, 2);
    expect(model.burst).toBeCloseTo(5, 1);
  });

  it('counts every lost packet, once', () => {
    const estimate = estimateOf(5000, (index) => index % 10 === 3);
    // The newest ones are not judged yet.
    expect(estimate.total.expected).toBeGreaterThan(4900);
    expect(estimate.total.lost).toBeCloseTo(estimate.total.expected / 10, -1);
  });

  it('does not take for lost what is merely late', () => {
    const estimate = new LossEstimate();
    const seen = new Set<number>();
    for (let sequenceNumber = 0; sequenceNumber < 1000; sequenceNumber += 1) {
      // Every tenth comes 20 packets late.
      if (sequenceNumber % 10 !== 0) seen.add(sequenceNumber);
      if (sequenceNumber % 10 === 0) seen.add(sequenceNumber - 20);
      estimate.update(sequenceNumber, (asked) => seen.has(asked) || asked < 0);
    }
    expect(estimate.model.share).toBe(0);
  });

  it('forgets: what was lossy and is clean now', () => {
    const estimate = estimateOf(30_000, (index) => index < 5000 && index % 5 === 0);
    expect(estimate.model.share).toBeLessThan(0.01);
  });

  it('bounds what it looks at after a gap, and begins anew when told', () => {
    const estimate = new LossEstimate();
    let asked = 0;
    const seen = () => ((asked += 1), false);
    estimate.update(0, seen);
    estimate.update(1_000_000, seen);
    expect(asked).toBeLessThanOrEqual(1024);
    estimate.restart();
    asked = 0;
    estimate.update(5, seen);
    estimate.update(6, seen);
    expect(asked).toBe(0);
  });
});
