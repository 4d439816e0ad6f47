import { micros, millis, seconds, uniform, type Micros, type Random } from '@hellohaybye/core';

/** When to try again after a connection was lost. Every number is a span. */
export interface ReconnectPolicy {
  /** The wait before the second try; each wait after it is twice as long as the one before. Default 250 ms. */
  first: Micros;
  /** The longest wait. Default 4 s. */
  longest: Micros;
  /** A connection that held for less does not begin the waits anew. Default 5 s. */
  steady: Micros;
}

export const defaultReconnectPolicy: ReconnectPolicy = {
  first: millis(250),
  longest: seconds(4),
  steady: seconds(5),
};

/**
 * The first try is at once; those after it wait ever longer, each by a random part so that the clients of a
 * server that went down do not all come back in the same moment.
 */
export class ReconnectSchedule {
  readonly #policy: ReconnectPolicy;
  readonly #random: Random;
  #tries = 0;
  #connectedAt: Micros | undefined;

  constructor(policy: ReconnectPolicy, random: Random) {
    this.#policy = policy;
    this.#random = random;
  }

  connected(now: Micros): void {
    this.#connectedAt = now;
  }

  /** How long to wait before the next try: from half to all of what the policy says. */
  nextWait(now: Micros): Micros {
    const { first, longest, steady } = this.#policy;
    if (this.#connectedAt !== undefined && now - this.#connectedAt >= steady) this.#tries = 0;
    this.#connectedAt = undefined;
    const tries = this.#tries;
    this.#tries += 1;
    if (tries === 0) return micros(0);
    const wait = Math.min(longest, first * 2 ** Math.min(tries - 1, 30));
    return micros((wait * (1 + uniform(this.#random))) / 2);
  }
}
