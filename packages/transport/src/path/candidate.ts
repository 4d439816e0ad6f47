import { micros, millis, type Micros } from '@hellohaybye/core';
import {
  DOUBT_MISSES,
  FORGET_MISSES,
  LEAST_PATIENCE,
  MAX_IN_FLIGHT,
  MOST_MISSES,
  MOST_PATIENCE,
  SPARE_INTERVAL,
} from './limits.js';
import type { Transaction } from './probe-packet.js';

/** How an address is doing: not known yet, answering, or not any more, or the system has no way to it. */
export type CandidateState = 'untried' | 'answering' | 'silent' | 'unreachable';

/** One address of a peer: the probes to it, and what came of them. */
export class Candidate {
  /** When the next probe goes out, or the last one counts as missing. */
  due: Micros;
  /** Probes in a row that were not answered in time. */
  misses = 0;
  /** Smoothed (RFC 6298, section 2). */
  roundTrip: Micros | undefined;
  /** Since when it answers without a break; undefined while it does not. */
  answersSince: Micros | undefined;
  /** When the last probe went out. */
  sentAt = -Infinity;
  #waits = false;
  #tried = false;
  #unreachableAt = -Infinity;
  readonly #inFlight: (Transaction & { sentAt: Micros })[] = [];

  /** @param learnt whether the peer sent probes from there, but did not tell of it */
  constructor(
    readonly address: string,
    public learnt: boolean,
    now: Micros,
  ) {
    this.due = now;
  }

  get state(): CandidateState {
    if (this.#unreachableAt > -Infinity) return 'unreachable';
    if (this.answersSince !== undefined) return 'answering';
    return this.#tried && this.misses >= MOST_MISSES ? 'silent' : 'untried';
  }

  /** Whether its last probe was answered, or may be yet. */
  get isSound(): boolean {
    return this.answersSince !== undefined && this.misses === 0;
  }

  /** Whether it answers, and the answer to its last probe is not due yet. */
  get isAwaited(): boolean {
    return this.#waits && this.answersSince !== undefined;
  }

  /** Whether it was only learnt, and has been silent for long, or has never answered: somebody may have made it up. */
  get isForgotten(): boolean {
    return this.learnt && this.misses >= (this.roundTrip === undefined ? DOUBT_MISSES : FORGET_MISSES);
  }

  /** Notes that the last probe was not answered in time, when that is so. @returns whether it was not */
  miss(now: Micros): boolean {
    if (!this.#waits || this.due > now) return false;
    this.#waits = false;
    this.misses += 1;
    if (this.misses >= MOST_MISSES) this.answersSince = undefined;
    return true;
  }

  /** Notes that a probe goes out. One that was on its way counts neither as answered nor as missing. */
  send(transaction: Transaction, now: Micros): void {
    this.#inFlight.push({ ...transaction, sentAt: now });
    if (this.#inFlight.length > MAX_IN_FLIGHT) this.#inFlight.shift();
    this.#waits = true;
    this.#tried = true;
    this.sentAt = now;
    this.due = micros(now + this.#patience);
  }

  /**
   * Takes an answer.
   * @param interval until the next probe
   * @returns false when no probe that is known was answered
   */
  answer({ high, low }: Transaction, interval: Micros, now: Micros): boolean {
    const index = this.#inFlight.findIndex((probe) => probe.high === high && probe.low === low);
    if (index < 0) return false;
    const [probe] = this.#inFlight.splice(0, index + 1).slice(-1);
    const took = micros(now - probe!.sentAt);
    this.roundTrip =
      this.roundTrip === undefined ? took : micros(this.roundTrip + (took - this.roundTrip) / 8);
    this.misses = 0;
    this.answersSince ??= now;
    this.#unreachableAt = -Infinity;
    // An older probe may have been answered: the newer one is waited for no longer.
    this.#waits = false;
    this.due = micros(now + interval);
    return true;
  }

  /** The system has no way there, now. @returns whether that is news */
  unreachable(now: Micros): boolean {
    if (now - this.#unreachableAt < LEAST_PATIENCE) return false;
    const wasReachable = this.#unreachableAt === -Infinity;
    this.#unreachableAt = now;
    this.#inFlight.length = 0;
    this.misses = Math.max(this.misses, MOST_MISSES);
    this.answersSince = undefined;
    // Only once: media that goes there fails again and again, and must not put the next probe off.
    if (wasReachable) this.due = micros(now + this.#patience);
    return true;
  }

  /** How long an answer may take; when there was none to many, how long until it is tried again. */
  get #patience(): Micros {
    const base = Math.min(MOST_PATIENCE, Math.max(LEAST_PATIENCE, 3 * (this.roundTrip ?? millis(0))));
    if (this.misses < MOST_MISSES) return micros(base);
    return micros(Math.min(SPARE_INTERVAL, base * 2 ** (this.misses - MOST_MISSES + 1)));
  }
}
