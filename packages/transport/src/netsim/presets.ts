import { micros, millis, seconds } from '@hellohaybye/core';
import type { LinkOptions } from './link-options.js';

/**
 * One direction of networks as people have them. The numbers are what such a network does on a usual day of its
 * kind, no worst case, rounded; where they were measured by somebody, it says by whom. Make your own from one:
 * `{ ...presets['wifi-bad'], delay: millis(10) }`.
 */
export const presets = {
  /**
   * Gigabit Ethernet through one or two switches. 1200 bytes take 10 microseconds a hop; most of the delay is
   * the two machines' own. A wire in order loses nothing (IEEE 802.3 allows one bit in 10^10).
   */
  ethernet: { delay: micros(200), jitter: micros(100), rate: 1e9, queue: 128_000, mtu: 1500 },

  /**
   * Wi-Fi in the same room: a round trip of 4 ms in the median and 6 at most, but for stalls. C. Huitema ("The
   * weird case of the wifi latency spikes", 2023) measured 4 in the median, under 8 for 95 % of 30,000 packets, and
   * 0.12 % lost. Radios send again what is not acknowledged, so few losses are left. Now and then one of them looks
   * at other channels, and is away for tens of milliseconds.
   */
  'wifi-good': {
    delay: millis(1),
    jitter: millis(2),
    loss: 0.001,
    stalls: { every: [seconds(10), seconds(30)], length: [millis(20), millis(60)] },
    rate: 200e6,
    queue: 500_000,
    mtu: 1500,
  },

  /**
   * Wi-Fi in a house full of networks on one channel. Each transmission waits for a pause of all others, so the
   * delay varies most; a neighbour's download takes the channel for tens of milliseconds, and everything comes
   * in a burst then. Two who begin at once destroy both packets, for as long as they last: short bursts.
   */
  'wifi-crowded': {
    delay: millis(2),
    jitter: millis(8),
    loss: 0.003,
    burst: { loss: 0.01, duration: millis(3) },
    stalls: { every: [millis(500), seconds(3)], length: [millis(20), millis(80)] },
    rate: 40e6,
    queue: 256_000,
    mtu: 1500,
  },

  /**
   * Wi-Fi two walls away. The slowest rates, and packets that the radio sent in vain some times and gave up: while
   * somebody stands in the way nothing comes through, so losses come together in time. Looking for a better
   * access point holds everything back for up to 200 ms. Home networks were seen to lose 20 % at bad moments;
   * this is one that still works, at 6 %.
   */
  'wifi-bad': {
    delay: millis(3),
    jitter: millis(8),
    loss: 0.01,
    burst: { loss: 0.05, duration: millis(8) },
    stalls: { every: [seconds(2), seconds(6)], length: [millis(20), millis(200)] },
    rate: 20e6,
    queue: 256_000,
    mtu: 1500,
  },

  /**
   * Adapters at two sockets (HomePlug AV2). Turns are dealt out by the period of the mains, so a packet waits
   * some milliseconds for its own; switches and motors make noise that lasts for one or two; when a lamp is
   * turned on, the adapters measure the line anew, and nothing goes through meanwhile.
   */
  powerline: {
    delay: millis(3),
    jitter: millis(4),
    loss: 0.001,
    burst: { loss: 0.01, duration: millis(2) },
    stalls: { every: [seconds(5), seconds(20)], length: [millis(20), millis(60)] },
    rate: 60e6,
    queue: 128_000,
    mtu: 1500,
  },

  /**
   * A port of a cheap Fast Ethernet switch that copies of files share with the call, for half a second to two
   * at a time. It keeps 64 kB for the port: little more than one picture of 40 kB, and 5 ms at its rate. While a
   * copy is on, it and the 10 Mbit/s of a call are 6 % more than the port takes. Of pictures that leave at once
   * a third of the packets is lost then, most at the end; spread over half their interval, one packet in twenty.
   */
  'overloaded-switch': {
    delay: micros(200),
    jitter: micros(100),
    rate: 100e6,
    queue: 64_000,
    crossTraffic: { rate: 96e6, on: [millis(500), seconds(2)], off: [seconds(1), seconds(3)] },
    mtu: 1500,
  },

  /**
   * Two sites joined by WireGuard over the Internet. It takes 80 bytes of each 1500, so packets over 1420 do not
   * come through. Some tens of milliseconds there and back, and now and then an order that several paths
   * have changed; the queue is that of a home router, 40 ms long at its rate.
   */
  vpn: {
    delay: millis(12),
    jitter: millis(3),
    loss: 0.001,
    reorder: { share: 0.001, delay: millis(2) },
    rate: 50e6,
    queue: 256_000,
    mtu: 1420,
  },
} satisfies Record<string, LinkOptions>;

export type PresetName = keyof typeof presets;
