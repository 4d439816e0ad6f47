import { uniform, type Random } from '@hellohaybye/core';
import type { BurstByPacket, BurstByTime } from '../link-options.js';
import { exponential, OnOff } from './on-off.js';

/** Decides which packets are lost. */
export interface Losses {
  /** Whether the packet that is on its way at an instant is lost. Instants do not go back. */
  takes(at: number): boolean;
}

export function burstLosses(options: BurstByPacket | BurstByTime, random: Random, start: number): Losses {
  if (options.loss === 0) return { takes: () => false };
  return 'packets' in options ? lossesByPacket(options, random) : lossesByTime(options, random, start);
}

/** A Markov chain with two states and a step for each packet; it begins as it is in the long run. */
function lossesByPacket({ loss, packets }: BurstByPacket, random: Random): Losses {
  const toGood = 1 / packets;
  const toBad = (loss * toGood) / (1 - loss);
  let bad = uniform(random) < loss;
  return {
    takes() {
      const taken = bad;
      bad = uniform(random) < (bad ? 1 - toGood : toBad);
      return taken;
    },
  };
}

/** The same in continuous time; it begins as it is in the long run. */
function lossesByTime({ loss, duration }: BurstByTime, random: Random, start: number): Losses {
  const between = (duration * (1 - loss)) / loss;
  const drawOn = () => exponential(duration, random);
  const drawOff = () => exponential(between, random);
  const on = uniform(random) < loss;
  const until = start + (on ? drawOn() : drawOff());
  const bad = new OnOff({ drawOn, drawOff, cycle: duration + between, on, until });
  return { takes: (at) => bad.endOf(at) !== undefined };
}
