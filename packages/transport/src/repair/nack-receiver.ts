import { durationOf, micros, wrap, type Micros } from '@hellohaybye/core';
import { writeNack } from '../packet/feedback.js';
import { ArrivalPattern } from './arrival-pattern.js';
import {
  noCounts,
  type Outcome,
  type ReceivedRepairStatistics,
  type RepairedStream,
  type RepairReceiver,
  type SourceArrival,
} from './repair.js';

interface Missing {
  /** Timestamp of the packet that showed that it is missing, unwrapped. */
  before: number;
  /** When it should have come. */
  due: Micros;
  askAt: Micros;
  deadline: Micros;
  /** When it was asked for first. */
  askedAt: Micros | undefined;
}

/**
 * Repair by asking for single packets (RFC 4585, section 6.2.1), which any sender that keeps to the standard
 * answers with the packet as it was. It serves sound, where a packet is all there is to a frame, and streams
 * of programs that know nothing else.
 */
export class NackReceiver implements RepairReceiver {
  /** By unwrapped sequence number, in order. */
  readonly #missing = new Map<number, Missing>();
  /** Sequence numbers that were counted as repaired lately. */
  readonly #answered = new Set<number>();
  #highest: { sequenceNumber: number; timestamp: number; at: Micros } | undefined;
  /** RTP ticks between packets, where each is a frame of its own. */
  #interval: number | undefined;
  readonly #pattern: ArrivalPattern;
  /** How late packets come that are not lost. */
  #tolerance = 0;
  /** Highest sequence number that was expected before anything of it, or behind it, came. */
  #expected = -Infinity;
  /** Packets that came since one was missing. */
  #inOrder = 0;
  readonly #counts = noCounts();
  readonly span = 0 as Micros;

  constructor(private readonly stream: RepairedStream) {
    this.#pattern = new ArrivalPattern(stream.clockRate, micros(stream.deadline * 0.75));
  }

  source({ sequenceNumber, timestamp, packet }: SourceArrival, now: Micros): void {
    const missing = this.#missing.get(sequenceNumber);
    this.#missing.delete(sequenceNumber);
    if (missing && this.#isAnswer(missing, now)) {
      this.#counts.repaired.request += 1;
      this.#counts.packets += 1;
      this.#counts.resent += 1;
      this.#counts.bytes += packet.length;
      this.#answered.add(sequenceNumber);
      if (this.#answered.size > MAX_MISSING) this.#answered.delete(this.#answered.values().next().value!);
    } else {
      if (missing) this.#late(missing, now);
      this.#pattern.arrived(timestamp, now);
    }
    this.#tolerance *= PATIENCE_KEPT;
    const before = this.#highest;
    if (before && sequenceNumber <= before.sequenceNumber) return;
    this.#highest = { sequenceNumber, timestamp, at: now };
    this.#inOrder += 1;
    if (!before) return;
    const gap = sequenceNumber - before.sequenceNumber;
    if (this.stream.single && timestamp > before.timestamp) {
      const interval = (timestamp - before.timestamp) / gap;
      this.#interval = durationOf(interval, this.stream.clockRate) < MAX_INTERVAL ? interval : undefined;
    }
    if (gap > MAX_GAP) return;
    for (let lost = before.sequenceNumber + 1; lost < sequenceNumber; lost += 1) {
      if (this.#missing.has(lost)) continue;
      const age = durationOf((this.#interval ?? 0) * (sequenceNumber - lost), this.stream.clockRate);
      this.#miss(lost, timestamp, now, micros(now + this.#tolerance), micros(now - age));
    }
  }

  duplicate(sequenceNumber: number): void {
    // Asked for, and sent twice: what came first was the packet itself, and nothing was lost.
    if (!this.#answered.delete(sequenceNumber)) return;
    this.#counts.repaired.request -= 1;
    this.#counts.resent -= 1;
  }

  repair(): readonly Uint8Array[] {
    return none;
  }

  decided(timestamp: number, outcome: Outcome): void {
    if (outcome === 'whole') return;
    // What came before the packets of a frame that is given up is of that frame, or of an older one.
    for (const [sequenceNumber, { before }] of this.#missing)
      if (before <= timestamp) this.#missing.delete(sequenceNumber);
  }

  restart(): void {
    this.#missing.clear();
    this.#answered.clear();
    this.#highest = undefined;
    this.#interval = undefined;
    this.#pattern.restart();
    this.#expected = -Infinity;
  }

  nextDeadline(): Micros | undefined {
    let earliest = this.#aheadAt ?? (Infinity as Micros);
    for (const { askAt } of this.#missing.values()) if (askAt < earliest) earliest = askAt;
    return earliest === Infinity ? undefined : earliest;
  }

  tick(now: Micros): void {
    const ahead = this.#aheadAt;
    if (ahead !== undefined && ahead <= now) {
      this.#expected = this.#nextAhead;
      const due = micros(ahead - MIN_SLACK);
      this.#miss(this.#expected, Infinity, due, now, due);
    }
    const lost: number[] = [];
    const retryAt = micros(now + this.#timeout);
    for (const [sequenceNumber, missing] of this.#missing) {
      if (missing.deadline < now + (this.stream.roundTrip.shortest ?? 0))
        this.#missing.delete(sequenceNumber);
      else if (missing.askAt <= now && lost.length < MAX_ASKED) {
        missing.askedAt ??= now;
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

  #miss(sequenceNumber: number, before: number, due: Micros, askAt: Micros, expectedAt: Micros): void {
    const deadline = micros(expectedAt + this.stream.deadline);
    this.#inOrder = 0;
    this.#missing.set(sequenceNumber, { before, due, askAt, deadline, askedAt: undefined });
    if (this.#missing.size > MAX_MISSING) this.#missing.delete(this.#missing.keys().next().value!);
  }

  /** Whether a packet that comes now is the answer to a request, not the first one, which was only late. */
  #isAnswer({ askedAt }: Missing, now: Micros): boolean {
    return askedAt !== undefined && now - askedAt >= (this.stream.roundTrip.shortest ?? 0) / 2;
  }

  /** A packet was not lost but late, or overtaken. Much later than usual is a stall, which no patience helps against. */
  #late({ due }: Missing, now: Micros): void {
    const lateness = Math.max(0, now - due);
    if (lateness < this.stream.deadline / 2) this.#tolerance += (lateness - this.#tolerance) / 4;
  }

  /** The first sequence number after the highest one that was not expected yet. */
  get #nextAhead(): number {
    return Math.max(this.#highest!.sequenceNumber, this.#expected) + 1;
  }

  /** When the packet after all that were seen is overdue; undefined when nobody can tell. */
  get #aheadAt(): Micros | undefined {
    if (!this.#highest || this.#interval === undefined || this.#nextTells) return undefined;
    const ahead = this.#nextAhead - this.#highest.sequenceNumber;
    if (ahead > MAX_AHEAD) return undefined;
    const overdueAt = this.#pattern.overdueAt(this.#highest.timestamp + ahead * this.#interval);
    return overdueAt === undefined ? undefined : micros(overdueAt + MIN_SLACK);
  }

  /**
   * Whether nothing gets lost, and if something did the next packet would come early enough to tell: then no timer,
   * which costs as much as ten packets, looks out for each.
   */
  get #nextTells(): boolean {
    if (this.#inOrder < LOSSLESS) return false;
    const next = 2 * durationOf(this.#interval!, this.stream.clockRate);
    return next + this.#tolerance + 2 * this.#timeout <= this.stream.deadline;
  }

  get #timeout(): Micros {
    return this.stream.roundTrip.timeout ?? UNKNOWN_TIMEOUT;
  }
}

const none: readonly Uint8Array[] = [];
/** Packets further apart say nothing of when the next one comes. */
const MAX_INTERVAL = 100_000;
const MIN_SLACK = 1000;
/** From packet to packet: half of it in some seconds of sound. */
const PATIENCE_KEPT = 0.998;
/** Packets without a loss: ten seconds of sound. */
const LOSSLESS = 1000;
const UNKNOWN_TIMEOUT = 10_000 as Micros;
/** Packets that may fail to come, one after the other, before no more are asked for: the stream paused. */
const MAX_AHEAD = 3;
/** A longer gap is not worth repairing. */
const MAX_GAP = 256;
const MAX_MISSING = 512;
/** Named by one NACK. */
const MAX_ASKED = 128;
