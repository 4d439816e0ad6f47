import { micros, type Micros } from '@hellohaybye/core';
import { Candidate, type CandidateState } from './candidate.js';
import {
  CALM,
  KEEPALIVE,
  LEAST_HOLD,
  LEAST_PATIENCE,
  MAX_CANDIDATES,
  MAX_LEARNT,
  MOST_HOLD,
  MOST_MISSES,
  SETTLING,
  SLOWER_BY,
  SLOWER_FACTOR,
  SPARE_INTERVAL,
} from './limits.js';
import { plainAddress } from './plain-address.js';
import type { Transaction } from './probe-packet.js';

/** How the ways to one peer are. */
export interface PathStatistics {
  peer: string;
  /** The address in use. */
  address: string;
  /** Whether an address of this peer ever answered: an older version does not. */
  answered: boolean;
  /** Times that another address came into use. */
  changes: number;
  candidates: { address: string; state: CandidateState; learnt: boolean; roundTrip?: Micros }[];
}

/** What a peer's addresses want: a probe to go out, or that another one is used. */
export interface PathListener {
  probe(address: string): Transaction;
  use(address: string, previous: string | undefined): void;
}

/**
 * The addresses of one peer, best first, and the one in use: the first until one answers; from then on the best that
 * answers, until it does not.
 */
export class PathPeer {
  #told: readonly string[] = [];
  /** In order of preference: those that were told, then those that were learnt. */
  #candidates: Candidate[] = [];
  #used: Candidate | undefined;
  #answered = false;
  #changes = 0;
  #settlesUntil = -Infinity;
  #changedAt = -Infinity;
  #hold: number = LEAST_HOLD;

  constructor(
    readonly id: string,
    /** The control source of the peer. */
    readonly ssrc: number,
    private readonly listener: PathListener,
  ) {}

  /** The address in use. */
  get address(): string | undefined {
    return this.#used?.address;
  }

  /** Takes the addresses that are told, best first. Of those that stay, what is known stays; all are tried at once. */
  tell(addresses: readonly string[], now: Micros): void {
    const told = [...new Set(addresses.map(plainAddress))].slice(0, MAX_CANDIDATES);
    if (told.length === this.#told.length && told.every((address, index) => address === this.#told[index]))
      return;
    this.#told = told;
    const candidates = told.map((address) => this.#find(address) ?? new Candidate(address, false, now));
    for (const candidate of candidates) candidate.learnt = false;
    const learnt = this.#candidates.filter(
      (candidate) => candidate.learnt && !candidates.includes(candidate),
    );
    this.#candidates = [...candidates, ...learnt].slice(0, MAX_CANDIDATES);
    this.#settlesUntil = now + SETTLING;
    const stays =
      this.#used !== undefined && this.#used.answersSince !== undefined && candidates.includes(this.#used);
    if (!stays) this.#use(this.#best() ?? this.#candidates[0], now);
    this.#probeAll(now);
  }

  /** A request of the peer came from an address, which therefore leads to it, or did. */
  heardFrom(from: string, now: Micros): void {
    const address = plainAddress(from);
    let candidate = this.#find(address);
    if (!candidate) {
      candidate = new Candidate(address, true, now);
      if (!this.#makeRoom()) return;
      this.#candidates.push(candidate);
    } else if (candidate.answersSince !== undefined) return;
    if (now - candidate.sentAt >= LEAST_PATIENCE) this.#probe(candidate, now);
  }

  /** Takes an answer, wherever it came from. @returns false when nothing was asked that it answers */
  answer(transaction: Transaction, now: Micros): boolean {
    const answered = this.#candidates.find((candidate) =>
      candidate.answer(transaction, candidate === this.#used ? KEEPALIVE : SPARE_INTERVAL, now),
    );
    if (answered) this.#choose(now);
    return answered !== undefined;
  }

  /** The system has no way to an address now. @returns whether it is one of the peer's that is not in use */
  unreachable(address: string, now: Micros): boolean {
    const candidate = this.#find(plainAddress(address));
    if (!candidate) return false;
    const isUsed = candidate === this.#used;
    if (candidate.unreachable(now) && isUsed) {
      this.#probeAll(now);
      this.#choose(now);
    }
    return !isUsed;
  }

  nextDeadline(): number {
    let earliest = Infinity;
    for (const { due } of this.#candidates) if (due < earliest) earliest = due;
    return earliest;
  }

  tick(now: Micros): void {
    const missed = this.#candidates.filter((candidate) => candidate.miss(now));
    // So it is known what is left by the time that it is needed.
    if (this.#used && missed.includes(this.#used) && this.#used.misses <= MOST_MISSES) this.#probeAll(now);
    this.#candidates = this.#candidates.filter(
      (candidate) => candidate === this.#used || !candidate.isForgotten,
    );
    for (const candidate of this.#candidates) if (candidate.due <= now) this.#probe(candidate, now);
    this.#choose(now);
  }

  statistics(): PathStatistics {
    return {
      peer: this.id,
      address: this.address ?? '',
      answered: this.#answered,
      changes: this.#changes,
      candidates: this.#candidates.map(({ address, state, learnt, roundTrip }) => ({
        ...{ address, state, learnt },
        ...(roundTrip === undefined ? {} : { roundTrip }),
      })),
    };
  }

  /** Changes to the best address, if there is a reason to and it is time. */
  #choose(now: Micros): void {
    const used = this.#used;
    const best = this.#best();
    if (!best) return;
    if (best === used) {
      if (!this.#answered) this.#use(best, now);
      return;
    }
    // One that works is left for a better one with care: links that come and go must not take the call with them.
    if (used?.answersSince !== undefined && now >= this.#settlesUntil) {
      const hold = now - this.#changedAt < CALM ? this.#hold : LEAST_HOLD;
      if (now - best.answersSince! < hold || now - this.#changedAt < hold) return;
    }
    this.#use(best, now);
  }

  /** The first that answers, unless a later one is much faster. */
  #best(): Candidate | undefined {
    let best: Candidate | undefined;
    for (const candidate of this.#candidates) {
      // The one in use is not left for one loss.
      const counts = candidate === this.#used ? candidate.answersSince !== undefined : candidate.isSound;
      if (counts && (!best || isMuchSlower(best, candidate))) best = candidate;
    }
    return best;
  }

  #use(candidate: Candidate | undefined, now: Micros): void {
    if (!candidate) return;
    const isFirstAnswer = candidate.isSound && !this.#answered;
    const previous = this.#used?.address;
    if (candidate === this.#used && !isFirstAnswer) return;
    if (isFirstAnswer) this.#answered = true;
    if (candidate !== this.#used) {
      if (this.#used) this.#count(now);
      this.#used = candidate;
      // From now on it is asked as often as the one in use is.
      if (candidate.isSound) candidate.due = micros(Math.min(candidate.due, now + KEEPALIVE));
    }
    const isNews = previous !== undefined || candidate.isSound;
    if (isNews) this.listener.use(candidate.address, previous === candidate.address ? undefined : previous);
  }

  #count(now: Micros): void {
    this.#changes += 1;
    if (now < this.#settlesUntil) return;
    this.#hold = now - this.#changedAt < CALM ? Math.min(MOST_HOLD, this.#hold * 2) : LEAST_HOLD;
    this.#changedAt = now;
  }

  /** Probes all but those that were just probed. */
  #probeAll(now: Micros): void {
    for (const candidate of this.#candidates) {
      if (!candidate.isAwaited && now - candidate.sentAt >= LEAST_PATIENCE) this.#probe(candidate, now);
    }
  }

  #probe(candidate: Candidate, now: Micros): void {
    candidate.send(this.listener.probe(candidate.address), now);
  }

  #find(address: string): Candidate | undefined {
    return this.#candidates.find((candidate) => candidate.address === address);
  }

  /** Makes room for one more that is learnt, if need be by forgetting one that is silent. @returns whether there is */
  #makeRoom(): boolean {
    const learnt = this.#candidates.filter((candidate) => candidate.learnt);
    if (learnt.length < MAX_LEARNT && this.#candidates.length < MAX_CANDIDATES) return true;
    const silent = learnt.find((candidate) => candidate !== this.#used && candidate.misses >= MOST_MISSES);
    if (!silent) return false;
    this.#candidates = this.#candidates.filter((candidate) => candidate !== silent);
    return true;
  }
}

const isMuchSlower = ({ roundTrip: one }: Candidate, { roundTrip: other }: Candidate): boolean =>
  one !== undefined && other !== undefined && one > SLOWER_FACTOR * other + SLOWER_BY;
