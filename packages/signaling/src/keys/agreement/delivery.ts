import { micros, type Micros } from '@hellohaybye/core';
import { compare, idOf, plain, reaches } from './generation.js';
import { timing } from './timing.js';
import type { Generation, KeyMessage } from './types.js';

/** How one peer gets to hold our key: what it said that it holds, and when it is told (again). */
export class Delivery {
  #heard: Generation | undefined;
  #announced = '';
  #due: Micros | undefined;
  #wait: Micros = timing.resend;
  #last: { at: Micros; said: string } | undefined;
  #answers: Micros[] = [];

  /** The newest of our generations that the peer holds, by its own word. */
  get heard(): Generation | undefined {
    return this.#heard;
  }

  /** When the peer is to be sent a message; undefined while there is nothing to say. */
  get due(): Micros | undefined {
    return this.#due;
  }

  /** Whether the peer has yet to say that it holds this. */
  lacks(target: Generation): boolean {
    return !this.#heard || compare(this.#heard, target) < 0;
  }

  /** There is another key to be told of. Who can make it from what it holds has time. */
  announce(target: Generation, now: Micros): void {
    if (!this.lacks(target) || this.#announced === idOf(target)) return;
    this.#announced = idOf(target);
    this.#wait = timing.resend;
    const spare = reaches(this.#heard, target, timing.stepsUntold - 1);
    this.#sendAt(spare ? micros(now + timing.stepNews) : now);
  }

  /**
   * What a message of the peer says about our key.
   * @param begunAnew whether the peer has another epoch: it may have lost what it held before
   */
  listen({ heard }: KeyMessage, target: Generation, begunAnew: boolean, now: Micros): void {
    // Nobody can hold what does not exist yet.
    const told = heard && compare(heard, target) <= 0 ? plain(heard) : undefined;
    if (begunAnew) this.#heard = told;
    else if (told && this.lacks(told)) this.#heard = told;
    if (!this.lacks(target)) this.#due = undefined;
    else if (this.#due === undefined) {
      this.#wait = timing.resend;
      this.#sendAt(micros(now + this.#wait));
    }
  }

  /** Answers a message that asks, or that shows that our key is not held, unless that was done just now. */
  answer(asked: boolean, target: Generation, held: Generation | undefined, now: Micros): void {
    if (!asked && !this.lacks(target)) return;
    const { at, said } = this.#last ?? {};
    if (said === sayingOf(target, held) && now < at! + timing.answerAgain) return;
    this.#answers = this.#answers.filter((before) => now < before + second);
    if (this.#answers.length >= timing.answersPerSecond) return;
    this.#answers.push(now);
    this.#sendAt(now);
  }

  /** A message goes out. It goes again, later each time, until the peer says that it holds our key. */
  sent(target: Generation, held: Generation | undefined, now: Micros): void {
    this.#last = { at: now, said: sayingOf(target, held) };
    this.#due = this.lacks(target) ? micros(now + this.#wait) : undefined;
    this.#wait = micros(Math.min(this.#wait * 2, timing.resendAtMost));
  }

  #sendAt(time: Micros): void {
    if (this.#due === undefined || time < this.#due) this.#due = time;
  }
}

const sayingOf = (target: Generation, held: Generation | undefined) =>
  `${idOf(target)} ${held ? idOf(held) : ''}`;

const second = 1_000_000;
