import { HhbError, micros, type Micros } from '@hellohaybye/core';
import type { Span } from '../link-options.js';

/** A share: `10%` or `0.1`. @throws HhbError `usage` */
export function share(flag: string, text: string): number {
  const value = text.endsWith('%') ? numberIn(text.slice(0, -1)) / 100 : numberIn(text);
  if (value >= 0 && value <= 1) return value;
  throw usage(flag, text, 'a share such as 10% or 0.1');
}

/** A time: `5ms`, `200us` or `1.5s`; the unit is left out for 0 alone. @throws HhbError `usage` */
export function time(flag: string, text: string): Micros {
  const [, number, unit] = /^([\d.]+)(us|ms|s)?$/.exec(text) ?? [];
  const value = numberIn(number) * (timeUnits[unit ?? ''] ?? NaN);
  if (value >= 0) return micros(value);
  if (numberIn(text) === 0) return micros(0);
  throw usage(flag, text, 'a time such as 5ms, 200us or 1s');
}

/** A time, or the least and the most of it: `20ms-200ms`. @throws HhbError `usage` */
export function span(flag: string, text: string): Span {
  const [least, most, ...rest] = text.split('-');
  if (rest.length > 0 || least === undefined) throw usage(flag, text, 'a time such as 5ms, or 20ms-200ms');
  return most === undefined ? time(flag, least) : [time(flag, least), time(flag, most)];
}

/** Bits a second: `20mbit`, `500kbit`, `1gbit`. @throws HhbError `usage` */
export function rate(flag: string, text: string): number {
  const [, number, unit] = /^([\d.]+)([kmg]?)bit$/i.exec(text) ?? [];
  const value = numberIn(number) * (decimal[unit?.toLowerCase() ?? ''] ?? NaN);
  if (value > 0) return value;
  throw usage(flag, text, 'a rate such as 20mbit, 500kbit or 1gbit');
}

/** Bytes: `64kB`, `1MB` or `1500`. @throws HhbError `usage` */
export function byteCount(flag: string, text: string): number {
  const [, number, unit] = /^([\d.]+)([km]?)b?$/i.exec(text) ?? [];
  const value = numberIn(number) * (decimal[unit?.toLowerCase() ?? ''] ?? NaN);
  if (value >= 1) return Math.round(value);
  throw usage(flag, text, 'a number of bytes such as 64kB or 1500');
}

/** An address and a port: `127.0.0.1:5001`, `[::1]:5001`, or a port alone. @throws HhbError `usage` */
export function hostAndPort(flag: string, text: string): { host: string | undefined; port: number } {
  const [, bracketed, plain, port] = /^(?:(?:\[([^\]]+)\]|([^:]+)):)?(\d{1,5})$/.exec(text) ?? [];
  const number = numberIn(port);
  if (number <= 65_535) return { host: bracketed ?? plain, port: number };
  throw usage(flag, text, 'a port such as 6001, or an address and a port such as 127.0.0.1:5001');
}

/** The error of a value that says nothing. */
export const usage = (flag: string, text: string, wanted: string): HhbError =>
  new HhbError('usage', `--${flag} "${text}" is not ${wanted}`);

const numberIn = (text: string | undefined): number => (text ? Number(text) : NaN);

const timeUnits: Record<string, number> = { us: 1, ms: 1e3, s: 1e6 };
const decimal: Record<string, number> = { '': 1, k: 1e3, m: 1e6, g: 1e9 };
