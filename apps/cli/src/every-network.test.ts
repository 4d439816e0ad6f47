import type { Candidate } from '@hellohaybye/signaling';
import { expect, it } from 'vitest';
import { everyNetwork } from './every-network.js';

const four: Candidate = { address: '192.0.2.7', family: 4 };
const six: Candidate = { address: 'fd77::7', family: 6 };

it('listens by both families, unless this machine has no IPv6', () => {
  expect(everyNetwork([six])).toBe('::');
  expect(everyNetwork([four, { address: '::1', family: 6 }])).toBe('::');
  expect(everyNetwork([four, { address: '127.0.0.1', family: 4 }])).toBe('0.0.0.0');
  expect(everyNetwork([])).toBe('0.0.0.0');
});
