import { micros, type Micros } from '@hellohaybye/core';
import { LASTING_BURST, marginFor, type LossModel } from './loss-model.js';
import type { RepairFeedback } from './feedback.js';
import type { SentRepairStatistics } from './repair.js';
import type { RoundTrip } from './round-trip.js';

/** How initial parity is decided: by what the listener reports, or a fixed share of each block. */
export type ParityPolicy = 'adaptive' | number;

/** What the sender of a stream knows of one listener: how it fares, and what repair may take. */
export class ListenerRepair {
  readonly counts: SentRepairStatistics = {
    parity: 0,
    answers: 0,
    bytes: 0,
    requests: 0,
    overBudget: 0,
    shareLost: 0,
  };
  #burst = 1;
  #deadline: Micros | undefined;
  #queueDelay = 0 as Micros;
  /** When the first frame was sent to it. */
  #begun: Micros | undefined;
  #tokens = 0;
  #largest = 0;
  /** What is left of a packet: parity is a fraction on average. */
  #fraction = 0;

  constructor(
    private readonly roundTrip: RoundTrip,
    private readonly policy: ParityPolicy,
  ) {}

  /** A frame was sent: repair may take more. @param bytes at IP level, like all of the budget */
  sent(bytes: number, now: Micros): void {
    const cold = this.#begun === undefined;
    this.#begun ??= now;
    this.#largest = Math.max(bytes, this.#largest * 0.98);
    const saved = Math.max(this.#largest * BUDGET_FRAMES, BUDGET_BYTES);
    const earned = bytes * (this.#queues ? QUEUEING_SHARE : NORMAL_SHARE);
    this.#tokens = cold ? saved : Math.min(saved, this.#tokens + earned);
  }

  /** Takes in what a listener says of itself. */
  heard({ shareLost, burst, deadline, queueDelay }: RepairFeedback): void {
    this.counts.shareLost = shareLost;
    this.#burst = Math.max(1, burst);
    this.#deadline = deadline;
    this.#queueDelay = queueDelay;
    if (this.#queues) this.#tokens = Math.min(this.#tokens, this.#largest * QUEUEING_SHARE);
  }

  /** Repair packets to send along with a block, unasked. */
  initialParity(count: number, now: Micros): number {
    if (this.policy !== 'adaptive') return this.#whole(count * this.policy, 254 - count);
    const share = this.counts.shareLost;
    const cold = now - this.#begun! < COLD_TIME;
    // Whoever understands repair says so within the first moments.
    if (this.#deadline === undefined && !cold) return 0;
    // What is missing is known at a frame's end, not at its beginning.
    const rounds = this.#deadline === undefined ? 0 : this.#roundsWithin(micros(this.#deadline - FRAME_SPAN));
    if (this.#queues || rounds > 1 || (share === 0 && !cold)) return 0;
    const most = Math.min(count, 254 - count);
    // With time for one answer, what gets lost on average goes along: fewer answers then need a margin. Where losses
    // come in bursts most frames lose nothing, and the bytes are better spent on those that do.
    if (rounds === 1)
      return this.#burst < 2 ? this.#whole((EXPECTED_LOSS * share * count) / this.#burst ** 2, most) : 0;
    const model = { share, burst: this.#burst };
    const margin = marginFor(count, model, acceptedRisk(model), most);
    if (!cold) return this.#whole(margin, most);
    const share0 = now - this.#begun! < COLDEST_TIME ? COLDEST_PARITY : COLD_PARITY;
    return this.#whole(Math.max(margin, share0 * count), most);
  }

  /**
   * Packets to answer with where some are missing.
   * @param lostAnswers packets that were sent for them already, after the last one that came
   * @param lastLost whether the last packet that was sent of the frame got lost
   * @param timeLeft of the frame at the listener, when it asked
   */
  answer(missing: number, lostAnswers: number, lastLost: boolean, timeLeft: Micros, most: number): number {
    const share = this.counts.shareLost;
    const rounds = this.#roundsWithin(timeLeft);
    if (share === 0 || this.#queues) return Math.min(missing, most);
    // A burst took all that was sent: only more packets get past its end.
    const lasting = this.#burst >= LASTING_BURST;
    if (this.#burst >= 2 && !lasting) missing += Math.min(lostAnswers, Math.ceil(2 * this.#burst));
    if (rounds > 2) return Math.min(missing, most);
    // What lasts for a time takes a margin as well: none helps.
    if (lasting) return Math.min(missing, most);
    const model = { share, burst: this.#burst, lastLost };
    // Where there were chances before, few frames come to the last one.
    const before = this.#roundsWithin(this.#deadline ?? timeLeft) > 1;
    const risk = rounds > 1 ? 0.03 : acceptedRisk(model) * (before ? 1.2 : this.#burst < 2 ? 0.35 : 0.95);
    return this.#whole(missing + marginFor(missing, model, risk, Math.min(count(missing), most)), most);
  }

  /** Takes from the budget. @returns how many of so many packets it lets through */
  take(packets: number, bytesEach: number): number {
    const allowed = Math.max(0, Math.min(packets, Math.floor(this.#tokens / bytesEach)));
    this.#tokens -= allowed * bytesEach;
    this.counts.overBudget += packets - allowed;
    return allowed;
  }

  /** Before this instant what was sent has arrived, or is lost. */
  arrivedBefore(now: Micros): Micros {
    return micros(now - (this.roundTrip.shortest ?? UNKNOWN_ROUND_TRIP));
  }

  /** How often one could ask and be answered within a time. */
  #roundsWithin(time: Micros): number {
    const roundTrip = this.roundTrip.usual ?? UNKNOWN_ROUND_TRIP;
    if (time < roundTrip + ANSWERING) return 0;
    return Math.floor((time - ANSWERING) / (roundTrip + ANSWERING));
  }

  /** Whether packets queue on the way: then more packets make it worse. */
  get #queues(): boolean {
    return this.#queueDelay >= STANDING_QUEUE;
  }

  /** Rounds so that the average is right. */
  #whole(packets: number, most: number): number {
    const wanted = packets + this.#fraction;
    const whole = Math.floor(wanted);
    this.#fraction = wanted - whole;
    return Math.max(0, Math.min(whole, most));
  }
}

const count = (missing: number): number => 8 + 3 * missing;

/**
 * The share of frames that the last chance to repair them may leave broken: the more gets lost, and the more
 * of it at once, the more each further nine costs.
 */
const acceptedRisk = ({ share, burst }: LossModel): number => Math.max(1e-4, 0.038 * share ** 1.2 * burst);

/** Until a round trip was measured. */
const UNKNOWN_ROUND_TRIP = 50_000 as Micros;
/** How long a frame's packets take to come, about. */
const FRAME_SPAN = 500;
/** What asking and answering take beside the network. */
const ANSWERING = 850;
/** So long little is known of losses. */
const COLD_TIME = 500_000;
const COLD_PARITY = 0.08;
const COLDEST_TIME = 200_000;
const COLDEST_PARITY = 0.2;
const EXPECTED_LOSS = 1;
/** A queue that never empties over some frames: a full one is told from stalls and bursts by that. */
const STANDING_QUEUE = 8000;
/** Repair may take as many bytes as the stream itself, or little where packets queue. */
const NORMAL_SHARE = 1;
const QUEUEING_SHARE = 0.02;
/** Largest frames' worth of budget that may be saved up, and bytes, where frames are small. */
const BUDGET_FRAMES = 5;
const BUDGET_BYTES = 12_000;
