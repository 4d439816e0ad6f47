import { expect, it } from 'vitest';
import { SilenceFiller } from './recorder.js';

it('SilenceFiller puts silence in the place of lost packets, and none for a new beginning', () => {
  const filler = new SilenceFiller(2, 1000);
  const data = new Uint8Array(40); // 10 samples of 2 channels
  expect(filler.before({ timestamp: 500, data })).toHaveLength(0);
  expect(filler.before({ timestamp: 510, data })).toHaveLength(0);
  expect(filler.before({ timestamp: 540, data })).toHaveLength(20 * 4);
  expect(filler.before({ timestamp: 1_000_000, data })).toHaveLength(0);
});
