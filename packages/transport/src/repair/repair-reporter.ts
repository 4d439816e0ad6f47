import { micros, wrap, type Micros } from '@hellohaybye/core';
import type { Cadence } from './cadence.js';
import { writeFeedback, type RepairFeedback } from './feedback.js';
import { LossEstimate } from './loss-estimate.js';
import type { LossModel } from './loss-model.js';
import { QueueDelay } from './queue-delay.js';
import type { RepairedStream } from './repair.js';

/** What a request says of a frame. */
export type RequestedState = Pick<
  RepairFeedback,
  'absent' | 'inFull' | 'headMissing' | 'tailMissing' | 'timeLeft' | 'sequenceNumber' | 'received' | 'blocks'
> & { ahead?: number };

/**
 * Sends a receiver's feedback: requests, and reports of what gets lost for senders that are asked nothing,
 * since initial parity follows them. Every message has a number; the answer to it tells the round-trip time.
 */
export class RepairReporter {
  /** Requests sent so far. */
  requests = 0;
  readonly #estimate = new LossEstimate();
  readonly #queue: QueueDelay;
  /** When each message was sent, by its number. */
  readonly #sentAt = new Float64Array(256);
  #number = 0;
  #firstAt: Micros | undefined;
  #reportAt: Micros | undefined;
  #isEarly = true;
  /** The share of losses that was told last; -1 for none. */
  #told = -1;

  constructor(
    private readonly stream: RepairedStream,
    private readonly cadence: Cadence,
    /** Whether the sender understands it. */
    private readonly reports: boolean,
  ) {
    this.#queue = new QueueDelay(stream.clockRate);
  }

  /** A source packet came. */
  received(now: Micros): void {
    this.#estimate.update(this.stream.highest(), this.stream.isSeen);
    if (this.#firstAt !== undefined) return;
    this.#firstAt = now;
    if (this.reports) this.#reportAt = micros(now + FIRST_REPORT);
  }

  /** The first packet of a frame came. */
  begun(timestamp: number, now: Micros): void {
    this.#queue.begun(timestamp, now);
    this.tick(now);
  }

  restart(): void {
    this.#estimate.restart();
    this.#queue.restart();
  }

  /** Share of packets that get lost lately: 0 to 1. */
  get lossShare(): number {
    return this.#estimate.share;
  }

  /** How packets get lost lately. */
  get losses(): LossModel {
    return this.#estimate.model;
  }

  /** Whether nothing gets lost, for many packets. */
  get lossless(): boolean {
    return this.#estimate.lossless;
  }

  /** When the next report may be due. Where nothing gets lost it goes with a frame, and needs no timer. */
  get nextAt(): Micros | undefined {
    return this.#isEarly || this.lossShare > 0 ? this.#reportAt : undefined;
  }

  /** Reports losses where they changed and no request told of it. */
  tick(now: Micros): void {
    if (this.#reportAt === undefined || this.#reportAt > now) return;
    this.#reportAt = this.#nextReport(now);
    const { share } = this.losses;
    const changed = Math.abs(share - this.#told) > 0.1 * this.#told;
    if (changed || (share > 0 && this.#queue.standing > 0)) this.#send(now, reportOnly, false);
  }

  request(now: Micros, state: RequestedState): void {
    this.requests += 1;
    this.#send(now, state, true);
  }

  /** An answer came: the first one to a request tells the round-trip time. */
  measure(request: number, now: Micros): void {
    const sentAt = this.#sentAt[request]!;
    if (request === 0 || sentAt === 0) return;
    this.#sentAt[request] = 0;
    this.stream.roundTrip.update(micros(now - sentAt), now);
  }

  #send(now: Micros, state: RequestedState, asks: boolean): void {
    const mediaSsrc = this.stream.ssrc();
    if (mediaSsrc === undefined) return;
    this.#number = (this.#number % 255) + 1;
    this.#sentAt[this.#number] = now;
    const { share, burst } = this.losses;
    this.stream.send(
      writeFeedback({
        ahead: 0,
        ...state,
        asks,
        sequenceNumber: asks ? state.sequenceNumber : wrap(this.stream.highest(), 16),
        senderSsrc: this.stream.reporter(),
        mediaSsrc,
        request: this.#number,
        deadline: micros(this.stream.deadline + this.cadence.span),
        shareLost: share,
        burst,
        queueDelay: this.#queue.standing,
      }),
    );
    this.#told = share;
    if (this.reports) this.#reportAt = this.#nextReport(now);
  }

  #nextReport(now: Micros): Micros {
    this.#isEarly = this.#firstAt === undefined || now - this.#firstAt < EARLY;
    return micros(now + (this.#isEarly ? EARLY_REPORTS : REPORTS));
  }
}

const reportOnly: RequestedState = {
  absent: false,
  inFull: false,
  headMissing: false,
  tailMissing: false,
  timeLeft: 0 as Micros,
  sequenceNumber: 0,
  received: [],
  blocks: [],
};

/** So soon that the second frame is sent by somebody who knows the deadline. */
const FIRST_REPORT = 20_000;
/** In the first second little is known, and much may change. */
const EARLY = 1_000_000;
const EARLY_REPORTS = 100_000;
const REPORTS = 500_000;
