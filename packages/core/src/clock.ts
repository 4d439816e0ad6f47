import type { Micros } from './units.js';

/**
 * Where the time comes from. Pure code is handed `now` or a clock, and never reads one by itself.
 * The real clock is `systemClock` of `@hellohaybye/core/node`, the one of tests `VirtualClock` of
 * `@hellohaybye/core/testing`.
 */
export interface Clock {
  /** Microseconds since the Unix epoch. Never goes back. */
  now(): Micros;
}
