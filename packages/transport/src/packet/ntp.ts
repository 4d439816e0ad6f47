import { micros, type Micros } from '@hellohaybye/core';

/**
 * A 64-bit NTP timestamp (RFC 3550, section 4): whole seconds since 1 January 1900, modulo 2^32, and a
 * fraction in units of 2^-32 s.
 */
export interface NtpTime {
  seconds: number;
  fraction: number;
}

/** The NTP timestamp of an instant, given in microseconds since the Unix epoch. */
export function ntpFromMicros(instant: Micros): NtpTime {
  const seconds = Math.floor(instant / 1e6);
  return {
    seconds: (seconds + UNIX_EPOCH) % 2 ** 32,
    fraction: Math.min(2 ** 32 - 1, Math.round(((instant - seconds * 1e6) * 2 ** 32) / 1e6)),
  };
}

/**
 * The instant of an NTP timestamp, in microseconds since the Unix epoch. Seconds with their highest bit
 * clear are taken to lie after the wrap of 2036 (RFC 4330, section 3), which holds until 2104.
 */
export function microsFromNtp({ seconds, fraction }: NtpTime): Micros {
  const era = seconds < 2 ** 31 ? 2 ** 32 : 0;
  return micros((seconds + era - UNIX_EPOCH) * 1e6 + (fraction * 1e6) / 2 ** 32);
}

/** The middle 32 bits, which reports use: units of 2^-16 s (RFC 3550, section 4). */
export const compactNtp = ({ seconds, fraction }: NtpTime): number =>
  ((seconds & 0xffff) * 2 ** 16 + (fraction >>> 16)) >>> 0;

/** A span in units of 2^-16 s, from microseconds. */
export const compactSpan = (span: Micros): number =>
  Math.min(2 ** 32 - 1, Math.max(0, Math.round(span * 0.065536)));

/** Microseconds from a span in units of 2^-16 s. */
export const microsFromCompactSpan = (span: number): Micros => micros(span / 0.065536);

/** Seconds from 1900 to 1970. */
const UNIX_EPOCH = 2_208_988_800;
