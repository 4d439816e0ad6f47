import { seconds, type Micros } from '@hellohaybye/core';
import { systemClock } from '@hellohaybye/core/node';
import type { Transport } from '@hellohaybye/transport/node';
import type { Notice } from './options.js';

/**
 * How many packets came in of which nobody here could have been the sender, as they were not protected, or with a key that
 * nobody here has: told at once, and then every ten seconds at most. Pure.
 */
export class StrayPackets {
  #told = 0;
  #nextAt = -Infinity;

  /**
   * @param drops as the transport counts them
   * @returns how many came since they were told last; 0 when there is nothing to tell now
   */
  take(drops: Readonly<Record<string, number>>, now: Micros): number {
    const count = reasons.reduce((sum, reason) => sum + (drops[reason] ?? 0), 0);
    const news = count - this.#told;
    if (news <= 0 || now < this.#nextAt) return 0;
    this.#told = count;
    this.#nextAt = now + LEAST_GAP;
    return news;
  }
}

/** Looks every second whether there were any. */
export function watchStrayPackets(
  transport: Pick<Transport, 'statistics'>,
  onNotice: (notice: Notice) => void,
): { close(): void } {
  const strays = new StrayPackets();
  const look = async () => {
    const { drops } = await transport.statistics();
    const count = strays.take(drops, systemClock.now());
    if (count > 0) onNotice(strayNotice(count));
  };
  // Once the transport is closed there is nothing more to know.
  const timer = setInterval(() => void look().catch(() => undefined), INTERVAL_MS);
  return { close: () => clearInterval(timer) };
}

const strayNotice = (count: number): Notice => ({
  code: 'unprotected',
  message: `${count} ${count === 1 ? 'packet' : 'packets'} without protection, or with a key that nobody here has, thrown away`,
});

const reasons = ['unknown-key', 'unencrypted'];
const LEAST_GAP = seconds(10);
const INTERVAL_MS = 1000;
