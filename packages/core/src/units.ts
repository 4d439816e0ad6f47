declare const unit: unique symbol;

/** A number that carries its unit in its type, so that a length in samples is never taken for one in bytes. */
export type Unit<Name extends string> = number & { readonly [unit]: Name };

/** Microseconds: an instant since the Unix epoch, or a span. Whole numbers, exact up to 2^53. */
export type Micros = Unit<'Micros'>;
/** RTP timestamp units at the clock rate of their stream, unwrapped (RFC 3550, section 5.1). */
export type RtpTicks = Unit<'RtpTicks'>;
/** PCM samples of one channel. */
export type Samples = Unit<'Samples'>;
/** Bytes. */
export type Bytes = Unit<'Bytes'>;

/** Microseconds from a plain number, rounded to a whole one. */
export const micros = (value: number): Micros => Math.round(value) as Micros;
/** Microseconds from milliseconds. */
export const millis = (value: number): Micros => micros(value * 1e3);
/** Microseconds from seconds. */
export const seconds = (value: number): Micros => micros(value * 1e6);
/** Milliseconds, with their fraction, from microseconds. */
export const toMillis = (value: Micros): number => value / 1e3;
/** RTP timestamp units from a plain number, rounded to a whole one. */
export const rtpTicks = (value: number): RtpTicks => Math.round(value) as RtpTicks;
/** Samples from a plain number, rounded to a whole one. */
export const samples = (value: number): Samples => Math.round(value) as Samples;
/** Bytes from a plain number, rounded to a whole one. */
export const bytes = (value: number): Bytes => Math.round(value) as Bytes;

/**
 * How many ticks of a clock pass in a span of time.
 * @param span microseconds
 * @param rate ticks a second, for example 90000 for video or the sample rate for audio
 */
export const ticksIn = (span: Micros, rate: number): RtpTicks => rtpTicks((span * rate) / 1e6);

/**
 * How long a number of ticks of a clock takes.
 * @param ticks RTP ticks or samples
 * @param rate ticks a second
 */
export const durationOf = (ticks: number, rate: number): Micros => micros((ticks * 1e6) / rate);
