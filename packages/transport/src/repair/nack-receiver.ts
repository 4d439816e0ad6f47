import { durationOf, micros, wrap, type Micros } from '@hellohaybye/core';
import { writeNack } from '../packet/feedback.js';
import { LossEstimate } from './loss-estimate.js';
import {
  noCounts,
  type ReceivedRepairStatistics,
  type RepairedStream,
  type RepairReceiver,
  type SourceArrival,
} from './repair.js';

interface Missing {
  askAt: Micros;
  deadline: Micros;
  asked: boolean;
}

/**
 * Repair by asking for single packets (RFC 4585, section 6.2.1), which any sender that keeps to the standard
 * answers with the packet as it was. It serves sound, where a packet is all there is to a frame, and streams
 * of programs that know nothing else.
 */
export class NackReceiver implements RepairReceiver {
  /** By unwrapped sequence number, in order. */
  readonly #missing = new Map<number, Missing>();
  readonly #estimate = new LossEstimate();
  #highest: { sequenceNumber: number; timestamp: number; at: Micros } | undefined;
  /** Between packets, where each is a frame of its own. */
  #interval: Micros | undefined;
  /** How late packets come that are not lost. */
  #tolerance = 0;
  readonly #counts = noCounts();
  readonly span = 0 as Micros;

  constructor(private readonly stream: RepairedStream) {}

  source({ sequenceNumber, timestamp, packet }: SourceArrival, now: Micros): void {
    this.#estimate.update(this.stream.highest(), this.stream.isSeen);
    const missing = this.#missing.get(sequenceNumber);
    if (missing) {
      this.#missing.delete(sequenceNumber);
      if (missing.asked) {
        this.#counts.repaired.request += 1;
        this.#counts.packets += 1;
        this.#counts.resent += 1;
        this.#counts.bytes += packet.length;
      } else {
        // Not lost but overtaken.
        const lateness = now - (missing.askAt - this.#tolerance);
        this.#tolerance = micros(this.#tolerance + (Math.max(0, lateness) - this.#tolerance) / 4);
      }
    }
    const before = this.#highest;
    if (before && sequenceNumber <= before.sequenceNumber) return;
    this.#highest = { sequenceNumber, timestamp, at: now };
    if (!before) return;
    const gap = sequenceNumber - before.sequenceNumber;
    if (this.stream.single && timestamp > before.timestamp) {
      const interval = durationOf((timestamp - before.timestamp) / gap, this.stream.clockRate);
      this.#interval = interval < MAX_INTERVAL ? interval : undefined;
    }
    if (gap > MAX_GAP) return;
    for (let lost = before.sequenceNumber + 1; lost < sequenceNumber; lost += 1) {
      const age = (this.#interval ?? 0) * (sequenceNumber - lost);
      if (!this.#missing.has(lost)) this.#miss(lost, micros(now - age), micros(now + this.#tolerance));
    }
  }

  repair(): readonly Uint8Array[] {
    return none;
  }

  decided(timestamp: number): void {
    // A frame that is whole or given up has no packets that are worth asking for, if it is the latest one.
    if (!this.stream.single && timestamp === this.#highest?.timestamp) this.#missing.clear();
  }

  restart(): void {
    this.#missing.clear();
    this.#highest = undefined;
    this.#interval = undefined;
    this.#estimate.restart();
  }

  nextDeadline(): Micros | undefined {
    let earliest = this.#aheadAt ?? (Infinity as Micros);
    for (const { askAt } of this.#missing.values()) if (askAt < earliest) earliest = askAt;
    return earliest === Infinity ? undefined : earliest;
  }

  tick(now: Micros): void {
    const ahead = this.#aheadAt;
    if (ahead !== undefined && ahead <= now) {
      this.#miss(this.#nextAhead, micros(ahead - this.#slack), now);
    }
    const lost: number[] = [];
    const retryAt = micros(now + this.#timeout);
    for (const [sequenceNumber, missing] of this.#missing) {
      if (missing.deadline < now + (this.stream.roundTrip.smoothed ?? 0))
        this.#missing.delete(sequenceNumber);
      else if (missing.askAt <= now && lost.length < MAX_ASKED) {
        missing.asked = true;
        missing.askAt = retryAt;
        lost.push(wrap(sequenceNumber, 16));
      }
    }
    const mediaSsrc = this.stream.ssrc();
    if (lost.length === 0 || mediaSsrc === undefined) return;
    this.stream.send(writeNack({ senderSsrc: this.stream.reporter(), mediaSsrc, lost }));
    this.#counts.requests += 1;
  }

  statistics(): ReceivedRepairStatistics {
    return { ...this.#counts, repaired: { ...this.#counts.repaired } };
  }

  #miss(sequenceNumber: number, expectedAt: Micros, askAt: Micros): void {
    const deadline = micros(expectedAt + this.stream.deadline);
    this.#missing.set(sequenceNumber, { askAt, deadline, asked: false });
    if (this.#missing.size > MAX_MISSING) this.#missing.delete(this.#missing.keys().next().value!);
  }

  /** The first sequence number after the highest one that is not asked for yet. */
  get #nextAhead(): number {
    let next = this.#highest!.sequenceNumber + 1;
    while (this.#missing.has(next)) next += 1;
    return next;
  }

  /** When the packet after all that were seen is overdue; undefined when nobody can tell. */
  get #aheadAt(): Micros | undefined {
    if (!this.#highest || this.#interval === undefined) return undefined;
    const ahead = this.#nextAhead - this.#highest.sequenceNumber;
    if (ahead > MAX_AHEAD) return undefined;
    return micros(this.#highest.at + ahead * this.#interval + this.#slack);
  }

  get #slack(): number {
    return MIN_SLACK + this.#tolerance;
  }

  get #timeout(): Micros {
    return this.stream.roundTrip.timeout ?? UNKNOWN_TIMEOUT;
  }
}

const none: readonly Uint8Array[] = [];
/** Packets further apart say nothing of when the next one comes. */
const MAX_INTERVAL = 100_000;
const MIN_SLACK = 1000;
const UNKNOWN_TIMEOUT = 10_000 as Micros;
/** Packets that may fail to come, one after the other, before no more are asked for: the stream paused. */
const MAX_AHEAD = 3;
/** A longer gap is not worth repairing. */
const MAX_GAP = 256;
const MAX_MISSING = 512;
/** Named by one NACK. */
const MAX_ASKED = 128;
