import { plain } from './generation.js';
import type { Generation, KeyMember } from './types.js';

/**
 * How far those who have gone had come: their older keys, which who left before may have, are not taken when
 * they come back in the same session and old messages are played again.
 */
export class Floors {
  readonly #newest = new Map<string, Generation>();

  of(member: KeyMember): Generation | undefined {
    return this.#newest.get(nameOf(member));
  }

  set(member: KeyMember, newest: Generation): void {
    const name = nameOf(member);
    this.#newest.delete(name);
    this.#newest.set(name, plain(newest));
    for (const [oldest] of this.#newest) {
      if (this.#newest.size <= atMost) break;
      this.#newest.delete(oldest);
    }
  }
}

const nameOf = ({ identity, session }: KeyMember) => `${identity} ${session}`;

const atMost = 1000;
