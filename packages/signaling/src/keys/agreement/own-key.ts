import { micros, type Micros } from '@hellohaybye/core';
import { keyBytes, saltBytes } from './profiles.js';
import { erase, nextKey, type GenerationKey } from './ratchet.js';
import { timing } from './timing.js';
import type { Generation, SrtpProfile } from './types.js';

/** A new key that others are told of before it is used. */
interface Pending {
  key: GenerationKey;
  /** When it is used, whoever has heard of it. */
  until: Micros;
  /** Who has not said yet that they have it. */
  awaited: Set<string>;
}

/** The sender's side: the key that we send with, and the one that is next. Both are drawn, or a step further. */
export class OwnKey {
  readonly #random: (bytes: number) => Uint8Array;
  /** Never goes back, from room to room. */
  #epoch = 0;
  #inUse: GenerationKey | undefined;
  #pending: Pending | undefined;

  constructor(random: (bytes: number) => Uint8Array) {
    this.#random = random;
  }

  /** What our packets are protected with; undefined outside of a room. */
  get inUse(): GenerationKey | undefined {
    return this.#inUse;
  }

  /** What others are to hold. */
  get target(): GenerationKey | undefined {
    return this.#pending?.key ?? this.#inUse;
  }

  get deadline(): Micros | undefined {
    return this.#pending?.until;
  }

  /** A random key, used at once. */
  begin(profile: SrtpProfile): void {
    this.forget();
    this.#inUse = this.#draw(profile);
  }

  /**
   * Somebody has come: they get nothing that was used before. The next random key was not, if there is one.
   * @returns whether there is another target
   */
  step(): boolean {
    if (!this.#inUse || this.#pending) return false;
    const before = this.#inUse;
    this.#inUse = nextKey(before);
    erase(before);
    return true;
  }

  /**
   * Somebody has left, or the profile is to be another: a random key, used when those who are there have it. One that was not used yet is given up, for
   * who has left may have it; the time that was set for it stays, for who left before has the one in use.
   */
  rekey(members: readonly string[], profile: SrtpProfile, now: Micros): void {
    if (!this.#inUse) return;
    const until = this.#pending?.until ?? micros(now + timing.oldKeyInUse);
    if (this.#pending) erase(this.#pending.key);
    this.#pending = { key: this.#draw(profile), until, awaited: new Set(members) };
    this.#useWhenDue(now);
  }

  /** Somebody has said what they hold. */
  heard(instance: string, held: Generation, now: Micros): void {
    if (!this.#pending || held.epoch !== this.#pending.key.epoch) return;
    this.#pending.awaited.delete(instance);
    this.#useWhenDue(now);
  }

  tick(now: Micros): void {
    this.#useWhenDue(now);
  }

  forget(): void {
    if (this.#inUse) erase(this.#inUse);
    if (this.#pending) erase(this.#pending.key);
    this.#inUse = undefined;
    this.#pending = undefined;
  }

  #useWhenDue(now: Micros): void {
    if (!this.#pending || (this.#pending.awaited.size > 0 && now < this.#pending.until)) return;
    if (this.#inUse) erase(this.#inUse);
    this.#inUse = this.#pending.key;
    this.#pending = undefined;
  }

  #draw(profile: SrtpProfile): GenerationKey {
    this.#epoch += 1;
    return {
      epoch: this.#epoch,
      step: 0,
      profile,
      key: this.#random(keyBytes),
      salt: this.#random(saltBytes[profile]),
    };
  }
}
