import type { Address } from '../../endpoint/types.js';
import { DEFAULT_QUEUE_BYTES, ends, type LinkOptions, type Span } from '../link-options.js';
import type { LinkStatistics } from '../link-statistics.js';
import type { RelayStatistics } from '../node/relay.js';

/** An address as one types it. */
export const shown = ({ address, port }: Address): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;

/** What a link does, in a line. */
export function describe(link: LinkOptions): string {
  const { delay, jitter, loss, burst, stalls, reorder, duplicate, corrupt, rate, crossTraffic, mtu } = link;
  const { queue = DEFAULT_QUEUE_BYTES } = link;
  const parts = [
    delay && `delay ${time(delay)}`,
    jitter && `jitter ${time(jitter)}`,
    loss && `loss ${share(loss)}`,
    burst &&
      `loss ${share(burst.loss)} in bursts of ${'packets' in burst ? burst.packets : time(burst.duration)}`,
    stalls && `stalls of ${time(stalls.length)} every ${time(stalls.every)}`,
    reorder && `${share(reorder.share)} late by ${time(reorder.delay)}`,
    duplicate && `${share(duplicate)} twice`,
    corrupt && `${share(corrupt)} corrupted`,
    rate && `${rate / 1e6} Mbit/s with a queue of ${queue / 1e3} kB`,
    rate && crossTraffic && `${crossTraffic.rate / 1e6} Mbit/s of others now and then`,
    mtu && `mtu ${mtu}`,
  ].filter((part) => part !== undefined && part !== 0);
  return parts.length === 0 ? 'a perfect wire' : parts.join(', ');
}

/** What a relay counted, in lines. */
export function counts({ up, down, overflow, refused, sendErrors }: RelayStatistics): string[] {
  return [
    `up: ${countsOf(up)}`,
    `down: ${countsOf(down)}`,
    ...(overflow > 0 ? [`${overflow} lost because too much was under way`] : []),
    ...(refused > 0 ? [`${refused} not taken: from elsewhere than --to, or of one sender too many`] : []),
    ...Object.entries(sendErrors).map(([code, count]) => `${count} not sent by the system (${code})`),
  ];
}

function countsOf({ packets, bytes, delivered, lost, ...others }: LinkStatistics): string {
  const all = lost.loss + lost.burst + lost.queue + lost.mtu;
  const reasons = nonZero(lost).map(([name, count]) => `${name} ${count}`);
  const { duplicated, corrupted, reordered, stalled } = others;
  return [
    `${packets} datagrams, ${bytes} bytes with IP and UDP headers, ${delivered} passed on`,
    `${all} lost (${share(packets === 0 ? 0 : all / packets)}${reasons.length > 0 ? `: ${reasons.join(', ')}` : ''})`,
    ...nonZero({ duplicated, corrupted, reordered, stalled }).map(([name, count]) => `${count} ${name}`),
  ].join(', ');
}

const nonZero = (record: Record<string, number>) => Object.entries(record).filter(([, count]) => count > 0);
const share = (value: number): string => `${Number((value * 100).toFixed(2))} %`;
const time = (span: Span): string => {
  const [least, most] = ends(span).map((end) => end / 1e3);
  return least === most ? `${least} ms` : `${least} to ${most} ms`;
};
