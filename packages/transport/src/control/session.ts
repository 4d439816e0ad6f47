import type { Random } from '@hellohaybye/core';

/**
 * What a packet's sessions mean: it belongs to the present ones; it is the first to do so; it proves that the
 * other side began anew; or it proves nothing, and is answered by a hello.
 */
export type SessionNews = 'current' | 'begun' | 'restarted' | 'unproven';

/**
 * Tells the present life of a peer from earlier ones. Each side has a random session number toward the other,
 * and every packet names both. What names our number was sent by somebody who has just heard it; so nothing that
 * was sent to, or by, an earlier life is taken for a part of this one, however late it comes. Both numbers
 * change when either side begins anew.
 */
export class Session {
  #own: number;
  #peer: number | undefined;
  /** The number that we told somebody who may be the peer's next life. */
  #candidate: { own: number; peer: number } | undefined;

  constructor(private readonly random: Random) {
    this.#own = this.#draw();
  }

  get own(): number {
    return this.#own;
  }

  /** The other side's number; undefined while it is not known. */
  get peer(): number | undefined {
    return this.#peer;
  }

  /** Takes in what a packet names: the session of its sender, and ours as its sender knows it. */
  receive(from: number, to: number, hello: boolean): SessionNews {
    if (to === this.#own) {
      if (from === this.#peer) return 'current';
      if (this.#peer === undefined) {
        this.#peer = from;
        return 'begun';
      }
      if (!hello) return 'unproven';
      // It has forgotten what it knew of us, and our number with it. The old one must not be valid any more.
      this.#adopt(this.#candidate?.peer === from ? this.#candidate.own : this.#draw(), from);
      return 'restarted';
    }
    // A hello may answer one that we sent to an earlier life: who sends it has not taken that number over.
    if (hello || from === this.#peer || to !== this.#candidate?.own) return 'unproven';
    this.#adopt(to, from);
    return 'restarted';
  }

  /** Our number for a hello that answers somebody. */
  answer(from: number): number {
    if (this.#peer === undefined || this.#peer === from) return this.#own;
    if (this.#candidate?.peer !== from) this.#candidate = { own: this.#draw(), peer: from };
    return this.#candidate.own;
  }

  /** Begins anew. */
  renew(): void {
    this.#adopt(this.#draw(), undefined);
  }

  #adopt(own: number, peer: number | undefined): void {
    this.#own = own;
    this.#peer = peer;
    this.#candidate = undefined;
  }

  /** On the wire 0 means that nothing is known. */
  #draw(): number {
    return this.random.uint32() || 1;
  }
}
