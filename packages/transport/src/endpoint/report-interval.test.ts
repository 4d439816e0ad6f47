import { seconds } from '@hellohaybye/core';
import { seededRandom } from '@hellohaybye/core/testing';
import { expect, it } from 'vitest';
import { reportInterval } from './report-interval.js';

const options = {
  members: 2,
  senders: 2,
  weSend: true,
  bandwidth: 10_000,
  averageBytes: 100,
  initial: false,
  minimum: seconds(5),
};
const mean = (over: Partial<typeof options>) => {
  const random = seededRandom(1);
  let sum = 0;
  for (let count = 0; count < 2000; count += 1) sum += reportInterval({ ...options, ...over }, random);
  return sum / 2000 / 1e6;
};

it('is the minimum over e - 1.5, within half and one and a half times', () => {
  const random = seededRandom(2);
  for (let count = 0; count < 1000; count += 1) {
    const interval = reportInterval(options, random) / 1e6;
    expect(interval).toBeGreaterThanOrEqual(2.5 / 1.2183);
    expect(interval).toBeLessThanOrEqual(7.5 / 1.2182);
  }
  expect(mean({})).toBeCloseTo(5 / 1.21828, 1);
  expect(mean({ initial: true })).toBeCloseTo(2.5 / 1.21828, 1);
});

it('grows with the group, so that reports keep to their share', () => {
  expect(mean({ members: 1000, senders: 500 })).toBeCloseTo((100 * 1000) / 10_000 / 1.21828, 0);
});

it('gives a quarter to few senders, three quarters to many receivers', () => {
  expect(mean({ members: 1000, senders: 200 })).toBeCloseTo((100 * 200) / 2500 / 1.21828, 0);
  expect(mean({ members: 1000, senders: 200, weSend: false })).toBeCloseTo((100 * 800) / 7500 / 1.21828, 0);
});
