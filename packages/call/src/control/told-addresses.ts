import type { Micros } from '@hellohaybye/core';
import { normalizeAddress, type Candidate, type Participant } from '@hellohaybye/signaling';

interface Told {
  candidates: readonly Candidate[];
  /** What the server said of them then. */
  before: readonly Candidate[];
}

/** What else a peer may tell at once, and since when that is so. */
interface Allowance {
  left: number;
  since: Micros;
}

/**
 * Where people are who told it themselves, over their control streams. It counts until the server says the same, or
 * something else than it did when they told it: then that is newer. Pure.
 */
export class ToldAddresses {
  readonly #told = new Map<string, Told>();
  readonly #allowances = new Map<string, Allowance>();

  /**
   * Somebody tells where they are.
   * @param participant as the server says that they are
   * @returns whether it is taken; it is not when they tell far more often than addresses change
   */
  tell(participant: Participant, candidates: readonly Candidate[], now: Micros): boolean {
    const { id, media } = participant;
    if (isSame(this.#told.get(id)?.candidates ?? media.candidates, candidates)) return false;
    if (!this.#allow(id, now)) return false;
    this.#told.set(id, { candidates, before: media.candidates });
    return true;
  }

  /** Somebody as they are to be sent to, from how the server says that they are. */
  apply(participant: Participant): Participant {
    const { id, media, observedAddress } = participant;
    const told = this.#told.get(id);
    if (!told) return participant;
    const { candidates, before } = told;
    if (isSame(media.candidates, candidates) || !isSame(media.candidates, before)) {
      this.#told.delete(id);
      return participant;
    }
    const observed = normalizeAddress(observedAddress);
    // Where the server saw them they are no more, if that was one of theirs.
    const isLeft = has(before, observed) && !has(candidates, observed);
    return {
      ...participant,
      ...(isLeft && { observedAddress: candidates[0]!.address }),
      media: { ...media, candidates: [...candidates] },
    };
  }

  forget(id: string): void {
    this.#told.delete(id);
    this.#allowances.delete(id);
  }

  #allow(id: string, now: Micros): boolean {
    const { left, since } = this.#allowances.get(id) ?? { left: mostAtOnce, since: now };
    const allowed = Math.min(mostAtOnce, left + ((now - since) / 1e6) * mostASecond);
    this.#allowances.set(id, { left: allowed < 1 ? allowed : allowed - 1, since: now });
    return allowed >= 1;
  }
}

const has = (candidates: readonly Candidate[], address: string): boolean =>
  candidates.some((candidate) => normalizeAddress(candidate.address) === address);

const isSame = (one: readonly Candidate[], other: readonly Candidate[]): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

/** Whoever looks every second whether its addresses have changed tells less. Each has up to 16 places probed at once. */
const mostAtOnce = 8;
const mostASecond = 2;
