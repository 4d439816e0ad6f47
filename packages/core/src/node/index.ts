import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { Clock } from '../clock.js';
import type { Random } from '../random.js';
import { micros } from '../units.js';

/**
 * The time of this machine: the wall clock as it stood when the process started, carried on by the
 * monotonic clock, so it never jumps. Two processes of one machine agree within what the wall clock was
 * corrected between their starts.
 */
export const systemClock: Clock = {
  now: () => micros((origin + performance.now()) * 1e3),
};

export { Alarm } from './alarm.js';

/** Read once: it never changes, and reading it costs as much as reading the clock. */
const origin = performance.timeOrigin;

/** Randomness fit for identifiers that must not be guessed, such as an SSRC. */
export const systemRandom: Random = {
  uint32: () => randomBytes(4).readUInt32BE(),
};
