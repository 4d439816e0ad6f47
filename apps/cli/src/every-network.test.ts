import type { Candidate } from '@hellohaybye/signaling';
import { expect, it } from 'vitest';
import { everyNetwork } from './every-network.js';

const loopback: Candidate[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];
const four: Candidate = { address: '192.0.2.7', family: 4 };
const six: Candidate = { address: 'fd77::7', family: 6 };

it('listens at IPv6 addresses only where there are no others', () => {
  expect(everyNetwork([six, ...loopback])).toBe('::');
  expect(everyNetwork([four, six, ...loopback])).toBe('0.0.0.0');
  expect(everyNetwork([four])).toBe('0.0.0.0');
  expect(everyNetwork(loopback)).toBe('0.0.0.0');
  expect(everyNetwork([])).toBe('0.0.0.0');
});
