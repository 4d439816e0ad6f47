import { micros, type Micros } from '@hellohaybye/core';
import { conceal } from './conceal.js';
import { compare, idOf, plain } from './generation.js';
import { erase, nextKey, type GenerationKey } from './ratchet.js';
import { timing } from './timing.js';
import type { Generation, SrtpKey } from './types.js';

/** A key that a peer's packets may have. */
interface Accepted extends GenerationKey {
  /** When it is forgotten; undefined for the newest that we were told of, and the steps that follow from it. */
  until?: Micros;
}

/** The receiver's side: the keys of one peer that we accept, from the oldest to the newest. */
export class PeerKeys {
  /** What was told before this peer came back: nothing older is taken. */
  readonly #floor: Generation | undefined;
  #accepted: Accepted[] = [];
  #told: Generation | undefined;

  constructor(floor: Generation | undefined) {
    this.#floor = floor;
  }

  /** The newest generation that the peer has told us of, now or before it came back. */
  get newest(): Generation | undefined {
    return this.#told ?? this.#floor;
  }

  /** The newest generation that we hold. */
  get told(): Generation | undefined {
    return this.#told;
  }

  get deadline(): Micros | undefined {
    let first: Micros | undefined;
    for (const { until } of this.#accepted) if (until !== undefined) first = earlier(first, until);
    return first;
  }

  /** Takes the key of a message, unless there is a newer one. The older ones will be forgotten. */
  take(message: GenerationKey, now: Micros): 'new' | 'same' | 'stale' {
    const order = this.newest ? compare(message, this.newest) : 1;
    if (order < 0) return 'stale';
    if (order === 0 && this.#told) return 'same';
    this.#told = plain(message);
    const [older, replaced] = split(this.#accepted, (key) => compare(key, message) < 0);
    replaced.forEach(erase);
    for (const key of older) key.until = earlier(key.until, micros(now + timing.acceptedAfterNews));
    older.splice(0, Math.max(0, older.length - olderAtMost)).forEach(erase);
    this.#accepted = [...older, ...this.#chain(message)];
    return 'new';
  }

  /**
   * A packet came under one of the keys. Only what the peer itself has told makes older keys go: everybody in
   * the room could make packets of steps to come.
   */
  used(id: string, now: Micros): void {
    const key = this.#accepted.find((accepted) => idOf(accepted) === id);
    if (!key || key.until !== undefined) return;
    const end = micros(now + timing.acceptedAfterUse);
    for (const older of this.#accepted)
      if (older.until !== undefined) older.until = earlier(older.until, end);
  }

  /** Forgets what is not accepted any more. @returns whether there was any */
  expire(now: Micros): boolean {
    const [over, kept] = split(this.#accepted, ({ until }) => until !== undefined && until <= now);
    over.forEach(erase);
    this.#accepted = kept;
    return over.length > 0;
  }

  /** Copies of all keys that are accepted now. */
  list(): SrtpKey[] {
    return this.#accepted.map((one) =>
      conceal({ id: idOf(one), profile: one.profile, key: one.key.slice(), salt: one.salt.slice() }),
    );
  }

  forget(): void {
    this.#accepted.forEach(erase);
    this.#accepted = [];
    this.#told = undefined;
  }

  /** The key that we were told, and the steps that follow from it. */
  #chain({ epoch, step, profile, key, salt }: GenerationKey): Accepted[] {
    const [ownKey, ownSalt] = [Uint8Array.from(key), Uint8Array.from(salt)];
    const chain: Accepted[] = [{ epoch, step, profile, key: ownKey, salt: ownSalt }];
    while (chain.length <= timing.lookahead) chain.push(nextKey(chain.at(-1)!));
    return chain;
  }
}

const earlier = (a: Micros | undefined, b: Micros): Micros => (a === undefined || b < a ? b : a);

function split<T>(all: readonly T[], chosen: (one: T) => boolean): [T[], T[]] {
  return [all.filter(chosen), all.filter((one) => !chosen(one))];
}

/** Three generations with all their steps. */
const olderAtMost = 3 * (timing.lookahead + 1);
