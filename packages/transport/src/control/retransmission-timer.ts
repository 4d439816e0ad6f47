import { micros, type Micros } from '@hellohaybye/core';
import type { RoundTrip } from '../repair/round-trip.js';
import { ACKNOWLEDGEMENT_DELAY, FIRST_TIMEOUT, LEAST_TIMEOUT, MOST_TIMEOUT } from './limits.js';

/**
 * When what was sent counts as lost without any other sign: RFC 6298, with other bounds, and with a second try
 * before the back-off begins.
 */
export class RetransmissionTimer {
  #at: Micros | undefined;
  /** How often it expired in vain. */
  #expirations = 0;

  constructor(private readonly roundTrip: RoundTrip) {}

  /** Undefined while it does not run. */
  get at(): Micros | undefined {
    return this.#at;
  }

  /** Something was sent (section 5.1): a timer that runs goes on. */
  start(now: Micros): void {
    this.#at ??= micros(now + this.#timeout());
  }

  /** Something was acknowledged (sections 5.2 and 5.3). */
  progress(waiting: boolean, now: Micros): void {
    this.#expirations = 0;
    this.#at = waiting ? micros(now + this.#timeout()) : undefined;
  }

  /** @returns whether it expired; then it runs anew, for longer (sections 5.5 and 5.6) */
  expire(now: Micros): boolean {
    if (this.#at === undefined || this.#at > now) return false;
    this.#expirations += 1;
    this.#at = micros(now + this.#timeout());
    return true;
  }

  #timeout(): number {
    const { timeout } = this.roundTrip;
    const answer = timeout === undefined ? FIRST_TIMEOUT : timeout + ACKNOWLEDGEMENT_DELAY + TIMER_SLACK;
    const doublings = Math.min(MOST_DOUBLINGS, Math.max(0, this.#expirations - 1));
    return Math.min(MOST_TIMEOUT, Math.max(LEAST_TIMEOUT, answer) * 2 ** doublings);
  }
}

/** How late the other side's timer may be. */
const TIMER_SLACK = 2000;
const MOST_DOUBLINGS = 10;
