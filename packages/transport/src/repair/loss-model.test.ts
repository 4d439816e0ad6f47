import { uniform } from '@hellohaybye/core';
import { seededRandom } from '@hellohaybye/core/testing';
import { describe, expect, it } from 'vitest';
import { marginFor, type LossModel } from './loss-model.js';

/** How often fewer than `needed` of `sent` packets arrive through a Gilbert model: the long way round. */
function failures(sent: number, needed: number, { share, burst, lastLost }: LossModel, runs: number): number {
  const random = seededRandom(1);
  const stay = Math.max(share, 1 - 1 / burst);
  const enter = (share * (1 - stay)) / (1 - share);
  let failed = 0;
  for (let run = 0; run < runs; run += 1) {
    let bad = lastLost ?? uniform(random) < share;
    let arrived = 0;
    for (let packet = 0; packet < sent; packet += 1) {
      bad = uniform(random) < (bad ? stay : enter);
      if (!bad) arrived += 1;
    }
    if (arrived < needed) failed += 1;
  }
  return failed / runs;
}

describe('the margin for losses', () => {
  const cases: [needed: number, model: LossModel, risk: number][] = [
    [34, { share: 0.05, burst: 1 }, 0.01],
    [34, { share: 0.2, burst: 1.25 }, 0.01],
    [34, { share: 0.1, burst: 5 }, 0.02],
    [3, { share: 0.1, burst: 1 }, 0.005],
    [1, { share: 0.3, burst: 2 }, 0.02],
    [5, { share: 0.1, burst: 5, lastLost: true }, 0.05],
    [5, { share: 0.1, burst: 5, lastLost: false }, 0.05],
    [100, { share: 0.02, burst: 3 }, 0.01],
  ];
  it.each(cases)('of %i packets under %j keeps to a risk of %d', (needed, model, risk) => {
    const margin = marginFor(needed, model, risk, 120);
    // Between what rounding down and up gives: the rounding is up to the caller, and the model's own to 7 %.
    const runs = 20_000;
    expect(failures(needed + Math.ceil(margin), needed, model, runs)).toBeLessThan(risk * 1.35);
    if (margin > 1)
      expect(failures(needed + Math.floor(margin) - 1, needed, model, runs)).toBeGreaterThan(risk);
  });

  it('is the smaller, the more risk is taken, and the larger, the more gets lost', () => {
    const risks = [1e-4, 1e-3, 1e-2, 0.1, 0.3];
    const byRisk = risks.map((risk) => marginFor(34, { share: 0.1, burst: 2 }, risk, 100));
    expect(byRisk).toEqual([...byRisk].sort((one, other) => other - one));
    expect(byRisk[0]).toBeGreaterThan(byRisk.at(-1)!);
    const shares = [0.01, 0.05, 0.1, 0.2, 0.4];
    const byShare = shares.map((share) => marginFor(34, { share, burst: 1 }, 0.01, 100));
    expect(byShare).toEqual([...byShare].sort((one, other) => one - other));
    const bursts = [1, 2, 4, 8].map((burst) => marginFor(34, { share: 0.05, burst }, 0.01, 100));
    expect(bursts).toEqual([...bursts].sort((one, other) => one - other));
  });

  it('is larger where the packet before was lost', () => {
    const model = { share: 0.1, burst: 5 };
    const [lost, unknown, arrived] = [true, undefined, false].map((lastLost) =>
      marginFor(4, { ...model, ...(lastLost === undefined ? {} : { lastLost }) }, 0.05, 60),
    );
    expect(lost).toBeGreaterThan(unknown!);
    expect(unknown).toBeGreaterThan(arrived!);
  });

  it('is none without losses or where none is needed, and never over the bound', () => {
    expect(marginFor(34, { share: 0, burst: 1 }, 0.01, 100)).toBe(0);
    expect(marginFor(0, { share: 0.5, burst: 1 }, 0.01, 100)).toBe(0);
    expect(marginFor(34, { share: 0.5, burst: 1 }, 0.01, 0)).toBe(0);
    expect(marginFor(34, { share: 0.9, burst: 64 }, 1e-6, 20)).toBe(20);
    expect(marginFor(127, { share: 1, burst: 1000 }, 1e-6, 127)).toBe(127);
  });

  it('gives the same however often it is asked', () => {
    const ask = () => marginFor(20, { share: 0.07, burst: 2 }, 0.01, 50);
    const first = ask();
    // More than it remembers.
    for (let share = 1; share < 200; share += 1)
      for (let needed = 1; needed < 30; needed += 1)
        marginFor(needed, { share: share / 300, burst: 1 }, 0.3, 2);
    expect(ask()).toBe(first);
  });
});
