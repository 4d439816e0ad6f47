import { performance } from 'node:perf_hooks';
import type { Clock } from '../clock.js';
import { micros } from '../units.js';

export { systemRandom } from './system-random.js';

/**
 * The time of this machine: the wall clock as it stood when the process started, carried on by the
 * monotonic clock, so it never jumps. Two processes of one machine agree within what the wall clock was
 * corrected between their starts.
 */
export const systemClock: Clock = {
  now: () => micros((origin + performance.now()) * 1e3),
};

export { Alarm } from './alarm.js';
export { makeOwnerFile, othersMay, readOwnerFile, type OwnerFile } from './owner-file.js';

/** Read once: it never changes, and reading it costs as much as reading the clock. */
const origin = performance.timeOrigin;
