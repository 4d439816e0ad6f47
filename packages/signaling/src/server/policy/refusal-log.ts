import { seconds, type Micros } from '@hellohaybye/core';

/**
 * Decides which refusals are logged: the first of an address with a code, and after that one a minute, which tells
 * how many there were since. So nobody can fill the log.
 */
export class RefusalLog {
  readonly #seen = new Map<string, { at: Micros; since: number }>();
  readonly #most: number;

  /** @param most how many pairs of address and code are remembered */
  constructor(most = 10_000) {
    this.#most = most;
  }

  /** How many refusals the log line stands for, this one among them; 0 when there is to be none. */
  note(address: string, code: string, now: Micros): number {
    const key = `${code} ${address}`;
    const seen = this.#seen.get(key);
    if (seen && now - seen.at < interval) {
      seen.since += 1;
      return 0;
    }
    // The oldest go first: those that were logged last are at the end.
    this.#seen.delete(key);
    this.#seen.set(key, { at: now, since: 0 });
    const [oldest] = this.#seen.keys();
    if (this.#seen.size > this.#most && oldest !== undefined) this.#seen.delete(oldest);
    return (seen?.since ?? 0) + 1;
  }
}

const interval = seconds(60);
