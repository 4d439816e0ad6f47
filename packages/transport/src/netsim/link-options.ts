import { HhbError, type Micros } from '@hellohaybye/core';

/**
 * One direction of a path through a network. What is left out does not happen: `{}` is a perfect wire. A packet
 * meets the models in this order: `mtu`; `rate`, `queue` and `crossTraffic`; `stalls`; `loss` and `burst`;
 * `corrupt`; `duplicate`; then `delay`, `jitter` and `reorder` until it arrives.
 */
export interface LinkOptions {
  /** How long every packet is under way at least. */
  delay?: Micros;
  /** What is added to the delay at most: uniform from 0, anew for each packet. It never changes the order. */
  jitter?: Micros;
  /** Times in which nothing leaves. What was held back leaves at their end, in order; nothing is lost. */
  stalls?: StallOptions;
  /** The share of packets lost, each for itself: 0 to 1. */
  loss?: number;
  /** Losses that come together: Gilbert-Elliott with a good state that loses nothing and a bad one that loses all. */
  burst?: BurstByPacket | BurstByTime;
  /** Packets that are overtaken. Without this, packets arrive in order. */
  reorder?: ReorderOptions;
  /** The share of packets of which a copy comes right behind them: 0 to 1. */
  duplicate?: number;
  /** The share of packets in which one to four bits are flipped: 0 to 1. */
  corrupt?: number;
  /** Bits a second at IP level, each packet counted with `IP_UDP_HEADER_BYTES`. No limit unless given. */
  rate?: number;
  /**
   * Bytes at IP level that find room where they wait for the rate, the packet that is leaving included; one that
   * does not fit is lost (tail drop). 64 kB unless given. Of no effect without a `rate`.
   */
  queue?: number;
  /** Packets of others that take their part of `rate` and of `queue`. Of no effect without a `rate`. */
  crossTraffic?: CrossTrafficOptions;
  /** The largest IP packet that comes through, bytes; larger ones are lost. A datagram is 28 bytes less. */
  mtu?: number;
  /** What the link turns into later on, in order of time. */
  changes?: readonly LinkChange[];
}

/** A span of time: always the same one, or uniform from the first to the second of two. */
export type Span = Micros | readonly [least: Micros, most: Micros];

/** Times in which a link holds everything back, as a radio does that is scanning, or waits for its channel. */
export interface StallOptions {
  /** From the beginning of one to that of the next. The first begins at random within the first such time. */
  every: Span;
  /** How long one lasts: always less than `every`. */
  length: Span;
}

/** Bursts counted in packets: the state changes from packet to packet, however much time is between them. */
export interface BurstByPacket {
  /** The share of packets lost: 0 to 1, and less than `packets / (packets + 1)` or equal to it. */
  loss: number;
  /** How many are lost one after the other, on average: at least 1. */
  packets: number;
}

/** Bursts in time, as interference makes them: the state changes whether or not packets come. */
export interface BurstByTime {
  /** The share of the time in which all is lost: 0 to 1. */
  loss: number;
  /** How long such a time lasts on average; its length, and that of the times between, is exponential. */
  duration: Micros;
}

export interface ReorderOptions {
  /** The share of packets that are held back, so that those behind them pass: 0 to 1. */
  share: number;
  /** How much longer than otherwise they are under way. */
  delay: Micros;
}

/** Traffic that comes and goes: while it is on, packets of 1500 bytes at random instants (Poisson). */
export interface CrossTrafficOptions {
  /** Bits a second while it is on: what is over the link's own rate fills the queue. */
  rate: number;
  /** How long it is on. */
  on: Span;
  /** How long it is off. */
  off: Span;
}

export interface LinkChange {
  /** Counted from when these options began to hold. */
  after: Micros;
  /** All that holds from then on; nothing is taken over from before. */
  link: Omit<LinkOptions, 'changes'>;
}

/** What IPv4 and UDP add to each datagram, bytes. */
export const IP_UDP_HEADER_BYTES = 28;

/** What a cheap switch has for one port. */
export const DEFAULT_QUEUE_BYTES = 64_000;

/** Checks that a link can be made. @throws HhbError `bad-option` */
export function checkLink(options: LinkOptions): void {
  const { burst, stalls, reorder, crossTraffic, changes = [] } = options;
  for (const name of ['loss', 'duplicate', 'corrupt'] as const) checkShare(name, options[name] ?? 0);
  for (const name of ['delay', 'jitter'] as const) checkSpan(name, options[name] ?? (0 as Micros), 0);
  for (const name of ['rate', 'queue', 'mtu'] as const) {
    check((options[name] ?? 1) > 0, `${name} is ${options[name]}, and has to be more than 0`);
  }
  if (burst) {
    checkShare('burst.loss', burst.loss);
    if ('packets' in burst) {
      check(burst.packets >= 1, `burst.packets is ${burst.packets}, and has to be at least 1`);
      const most = burst.packets / (burst.packets + 1);
      check(burst.loss <= most, `bursts of ${burst.packets} packets can't lose more than ${most} of them`);
    } else {
      checkSpan('burst.duration', burst.duration, 1);
      check(burst.loss < 1, 'burst.loss has to be less than 1');
    }
  }
  if (stalls) {
    checkSpan('stalls.every', stalls.every, 1);
    checkSpan('stalls.length', stalls.length, 0);
    const [longest, soonest] = [Math.max(...ends(stalls.length)), Math.min(...ends(stalls.every))];
    check(longest < soonest, 'stalls.length has to be less than stalls.every');
  }
  if (reorder) {
    checkShare('reorder.share', reorder.share);
    checkSpan('reorder.delay', reorder.delay, 0);
  }
  if (crossTraffic) {
    check(crossTraffic.rate > 0, 'crossTraffic.rate has to be more than 0');
    checkSpan('crossTraffic.on', crossTraffic.on, 1);
    checkSpan('crossTraffic.off', crossTraffic.off, 1);
  }
  for (const [index, { after, link }] of changes.entries()) {
    checkSpan('changes.after', after, 0);
    check(after >= (changes[index - 1]?.after ?? 0), 'changes have to be in order of time');
    checkLink(link);
  }
}

/** The least and the most that a span can be. */
export const ends = (span: Span): readonly [number, number] =>
  typeof span === 'number' ? [span, span] : span;

const checkShare = (name: string, value: number): void =>
  check(value >= 0 && value <= 1, `${name} is ${value}, and has to be from 0 to 1`);

function checkSpan(name: string, span: Span, least: number): void {
  const [low, high] = ends(span);
  const fits = low >= least && high >= low && Number.isFinite(high);
  check(fits, `${name} is ${String(span)}, and has to be at least ${least} microseconds`);
}

function check(holds: boolean, message: string): void {
  if (!holds) throw new HhbError('bad-option', message);
}
