import { micros, wrap, type Micros } from '@hellohaybye/core';
import type { RtpHeader } from '../packet/rtp.js';
import { PACKET_COST } from '../payload/frame-assembly.js';
import { AbsentFrames, type AbsentFrame } from './absent-frames.js';
import { Cadence } from './cadence.js';
import { MAX_FEEDBACK_BITS } from './feedback.js';
import { FrameRepair } from './frame-repair.js';
import { readRepairHeader, REPAIR_HEADER_LENGTH } from './repair-packet.js';
import {
  noCounts,
  type Outcome,
  type ReceivedRepairStatistics,
  type RepairedStream,
  type RepairReceiver,
  type SourceArrival,
} from './repair.js';
import { RepairReporter } from './repair-reporter.js';
import { planRequest, roundsWithin } from './request-plan.js';

/**
 * The receiving half of repair: restores packets from parity, and asks for more when a frame's packets are
 * overdue, as long as an answer can come before the frame's deadline. Requests carry all that is there, so
 * that a lost request or answer costs a round trip and nothing else.
 */
export class ParityReceiver implements RepairReceiver {
  /** Frames that are not decided, by timestamp. */
  readonly #frames = new Map<number, FrameRepair>();
  readonly #cadence: Cadence;
  readonly #absent: AbsentFrames;
  readonly #reporter: RepairReporter;
  #newest: number | undefined;
  /** The newest one of which a source packet came. */
  #newestSource: number | undefined;
  /** The packet with the highest sequence number. */
  #latest: { sequenceNumber: number; timestamp: number; last: boolean } | undefined;
  /** How late packets come that are not lost. */
  #tolerance = 0;
  /** Of repair packets that wait for others. */
  #symbolBytes = 0;
  /** Frames that only repair packets came of. */
  #unseen = 0;
  readonly #counts = noCounts();

  constructor(
    private readonly stream: RepairedStream,
    /** Whether it asks, or lives on what comes unasked. */
    private readonly asks: boolean,
    /** Whether it tells the sender what gets lost. */
    reports: boolean,
  ) {
    this.#cadence = new Cadence(stream.clockRate);
    this.#absent = new AbsentFrames(this.#cadence, stream.deadline);
    this.#reporter = new RepairReporter(stream, this.#cadence, reports);
  }

  source({ sequenceNumber, timestamp, first, last, packet }: SourceArrival, now: Micros): void {
    this.#reporter.received(now);
    let frame = this.#frames.get(timestamp);
    if (this.#newest === undefined || timestamp > this.#newest) {
      const latest = this.#latest;
      const follows = first && latest?.last === true && latest.sequenceNumber + 1 === sequenceNumber;
      this.#begin(timestamp, follows, now);
      if (follows) this.#absent.followed(sequenceNumber, timestamp);
      else if (first) this.#lookForSkipped(timestamp, now);
    }
    if (!this.#latest || sequenceNumber > this.#latest.sequenceNumber)
      this.#latest = { sequenceNumber, timestamp, last };
    if (!frame) {
      this.#absent.found(timestamp, false);
      frame = this.#open(timestamp, micros(now + this.#cadence.span + this.stream.deadline), now);
    }
    frame.source(sequenceNumber, packet, first, last);
    frame.lastAt = now;
    if (frame.overdue) {
      // It was only late. Much later than usual is a stall, which no patience helps against.
      const lateness = now - frame.due;
      if (lateness < this.stream.deadline / 2)
        this.#tolerance = micros(this.#tolerance + (lateness - this.#tolerance) / 4);
      return;
    }
    if (timestamp !== this.#newest) return;
    const expected = last ? now : Math.max(frame.firstAt + this.#cadence.span, now + PACKET_GAP);
    this.#expectBy(frame, expected);
    // Its last packet comes no sooner.
    if (frame.deadline < now + this.stream.deadline) frame.deadline = micros(now + this.stream.deadline);
  }

  repair(packet: Uint8Array, header: RtpHeader, now: Micros): readonly Uint8Array[] {
    this.#counts.packets += 1;
    this.#counts.bytes += packet.length;
    const repair = readRepairHeader(packet, header);
    const ssrc = this.stream.ssrc();
    if (!repair || ssrc === undefined) return none;
    this.#reporter.measure(repair.request, now);
    const timestamp = this.stream.unwrapTimestamp(header.timestamp);
    const first = this.stream.unwrapSequenceNumber(repair.firstSequenceNumber);
    if (this.#isAstray(timestamp, first) || this.stream.isDecided(timestamp)) return none;
    let frame = this.#frames.get(timestamp);
    if (!frame) {
      const absent = this.#absent.found(timestamp, true);
      const deadline = absent?.deadline ?? micros(now + this.stream.deadline);
      frame = this.#open(timestamp, deadline, now);
      frame.due = absent?.due ?? now;
      frame.overdue = true;
      frame.requests = absent?.asked ?? 0;
    }
    this.#learnOf(timestamp, first + repair.count - 1);
    const symbol = packet.subarray(header.payloadStart + REPAIR_HEADER_LENGTH, header.payloadEnd);
    frame.unanswered = 0;
    let restored: readonly Uint8Array[] = none;
    const cost = packet.length + PACKET_COST;
    const room = this.#symbolBytes + cost <= MAX_SYMBOL_BYTES;
    if (room && frame.symbol(first, repair.count, repair.symbol, symbol, repair.request !== 0)) {
      frame.symbolBytes += cost;
      this.#symbolBytes += cost;
      const result = frame.restore(first, ssrc);
      if (result) {
        restored = result.packets;
        this.#counts.repaired.parity += result.unasked;
        this.#counts.repaired.request += result.packets.length - result.unasked;
      }
    }
    // What is still missing once all of an answer is here, is asked for at once.
    frame.copies = 0;
    const gap = repair.following === 0 ? 0 : PACKET_GAP + repair.following * PACING_GAP;
    this.#askBy(frame, micros(now + gap + this.#tolerance), true);
    return restored;
  }

  decided(timestamp: number, outcome: Outcome, now: Micros): void {
    const frame = this.#frames.get(timestamp);
    if (!frame) return;
    this.#forget(frame);
    if (outcome === 'whole' && this.#latest && frame.highest > this.#latest.sequenceNumber)
      this.#latest = { sequenceNumber: frame.highest, timestamp, last: true };
    if (outcome === 'whole' && frame.requests === 0 && frame.received > 0 && frame.lastAt === now) {
      this.#cadence.spanned(micros(now - frame.firstAt));
    }
  }

  restart(): void {
    this.#frames.clear();
    this.#symbolBytes = 0;
    this.#absent.restart();
    this.#cadence.restart();
    this.#reporter.restart();
    this.#newest = undefined;
    this.#newestSource = undefined;
    this.#latest = undefined;
  }

  get span(): Micros {
    return this.#cadence.span;
  }

  nextDeadline(): Micros | undefined {
    let earliest = this.#reporter.nextAt ?? (Infinity as Micros);
    for (const { askAt } of this.#frames.values())
      if (askAt !== undefined && askAt < earliest) earliest = askAt;
    for (const { askAt } of this.#absent.frames)
      if (askAt !== undefined && askAt < earliest) earliest = askAt;
    if (this.#mayAsk) {
      const absentAt = this.#absent.nextAt;
      if (absentAt !== undefined && absentAt + this.#tolerance < earliest)
        earliest = micros(absentAt + this.#tolerance);
    }
    return earliest === Infinity ? undefined : earliest;
  }

  tick(now: Micros): void {
    for (const frame of this.#frames.values()) {
      if (frame.askAt !== undefined && frame.askAt <= now) this.#ask(frame, now);
    }
    this.#absent.expire(now);
    const absentAt = this.#mayAsk ? this.#absent.nextAt : undefined;
    if (absentAt !== undefined && absentAt + this.#tolerance <= now)
      this.#absent.expect(this.#latest!.sequenceNumber, this.#latest!.last, now);
    for (const frame of this.#absent.frames) {
      if (frame.askAt !== undefined && frame.askAt <= now) this.#askForAbsent(frame, now);
    }
    this.#reporter.tick(now);
  }

  statistics(): ReceivedRepairStatistics {
    return {
      ...this.#counts,
      repaired: { ...this.#counts.repaired },
      requests: this.#reporter.requests,
      unseen: this.#unseen + this.#absent.unseen,
    };
  }

  /** A frame newer than all before begins: what came before it is overdue. */
  #begin(timestamp: number, follows: boolean, now: Micros): void {
    this.#newest = timestamp;
    this.#newestSource = timestamp;
    this.#absent.begun(timestamp, now);
    this.#cadence.begun(timestamp, now, follows);
    this.#reporter.begun(timestamp, now);
    for (const frame of this.#frames.values()) {
      if (frame.timestamp < timestamp && !frame.overdue) this.#expectBy(frame, now);
      // The stream decides on frames that it has packets of.
      if (frame.deadline <= now && frame.received === 0) {
        this.#unseen += 1;
        this.#forget(frame);
      }
    }
  }

  /**
   * Whether a repair packet is too far ahead of the stream to be of it. Believed, it would have all that comes
   * meanwhile pass for old.
   */
  #isAstray(timestamp: number, first: number): boolean {
    const ahead = timestamp - (this.#newestSource ?? timestamp);
    return ahead > MAX_AHEAD * this.stream.clockRate || first - this.stream.highest() > MAX_PACKETS_AHEAD;
  }

  /** A repair packet tells of a frame, of which perhaps nothing else came. */
  #learnOf(timestamp: number, end: number): void {
    if (this.#newest === undefined || timestamp <= this.#newest) return;
    this.#newest = timestamp;
    this.#cadence.missed(timestamp);
    this.#absent.passOver();
    if (!this.#latest || end > this.#latest.sequenceNumber)
      this.#latest = { sequenceNumber: end, timestamp, last: true };
  }

  /** One frame had ended, another begins: what was sent in between is lost, where nothing is known of it. */
  #lookForSkipped(timestamp: number, now: Micros): void {
    const latest = this.#latest;
    if (!latest?.last) return;
    for (const known of this.#frames.keys()) if (known > latest.timestamp && known < timestamp) return;
    this.#absent.skipped(latest.sequenceNumber + 1, latest.timestamp, timestamp, now);
  }

  #open(timestamp: number, deadline: Micros, now: Micros): FrameRepair {
    const frame = new FrameRepair(timestamp, now, deadline);
    this.#frames.set(timestamp, frame);
    if (this.#frames.size > MAX_FRAMES) this.#forget(this.#frames.values().next().value!);
    return frame;
  }

  #forget(frame: FrameRepair): void {
    this.#frames.delete(frame.timestamp);
    this.#symbolBytes -= frame.symbolBytes;
  }

  /** All of a frame should be here by an instant. */
  #expectBy(frame: FrameRepair, due: number): void {
    frame.due = micros(due);
    this.#askBy(frame, micros(due + this.#tolerance), false);
  }

  #askBy(frame: FrameRepair, at: Micros, overdue: boolean): void {
    if (!this.#mayAsk) return;
    if (overdue) frame.overdue = true;
    frame.askAt = at;
  }

  /** Whether there is time to ask at all. */
  get #mayAsk(): boolean {
    return this.asks && this.#roundTrip < this.stream.deadline;
  }

  get #roundTrip(): Micros {
    return this.stream.roundTrip.shortest ?? micros(Math.min(UNKNOWN_ROUND_TRIP, this.stream.deadline / 3));
  }

  get #timeout(): Micros {
    return this.stream.roundTrip.timeout ?? this.#roundTrip;
  }

  #ask(frame: FrameRepair, now: Micros): void {
    frame.overdue = true;
    frame.askAt = undefined;
    const timeLeft = micros(frame.deadline - now);
    if (frame.copies === 0) {
      const plan = planRequest(timeLeft, this.#roundTrip, this.#reporter.losses, frame.unanswered);
      if (!plan) return;
      frame.copies = plan.copies;
      frame.spacing = plan.spacing;
      frame.inFull = plan.inFull;
      frame.unanswered += 1;
    }
    do {
      if (frame.requests >= MAX_REQUESTS) return;
      const { first, ...missing } = frame.missing(MAX_FEEDBACK_BITS);
      const seen = frame.received > 0;
      this.#reporter.request(now, {
        ...missing,
        absent: false,
        inFull: frame.inFull,
        timeLeft,
        sequenceNumber: wrap(seen ? first : (frame.lowestBlock ?? this.stream.highest()), 16),
        blocks: frame.blocks,
      });
      frame.requests += 1;
      frame.copies -= 1;
    } while (frame.copies > 0 && frame.spacing === 0);
    frame.askAt = micros(now + (frame.copies > 0 ? frame.spacing : this.#timeout + this.#tolerance));
  }

  #askForAbsent(frame: AbsentFrame, now: Micros): void {
    frame.askAt = undefined;
    const timeLeft = micros(frame.deadline - now);
    if (!this.#mayAsk || timeLeft < this.#roundTrip || frame.asked >= MAX_ABSENT_REQUESTS) return;
    this.#reporter.request(now, {
      absent: true,
      // Where there is time, one packet first: perhaps nothing was lost, or nothing gets through yet.
      inFull: frame.overtaken || (this.#absent.mostlyLost && roundsWithin(timeLeft, this.#roundTrip) < 3),
      headMissing: false,
      tailMissing: false,
      timeLeft,
      sequenceNumber: wrap(frame.sequenceNumber, 16),
      ahead: frame.ahead,
      received: [],
      blocks: [],
    });
    frame.asked += 1;
    // Less and less often, unless it is losses that keep it away rather than a stall.
    const { mostlyLost } = this.#absent;
    const late = mostlyLost && roundsWithin(timeLeft, this.#roundTrip) < 3;
    const patience = mostlyLost ? 1 : Math.max(1, frame.asked / 2);
    const pause = late ? Math.min(REPEAT, this.#timeout) : this.#timeout * patience;
    frame.askAt = micros(now + pause);
  }
}

const none: readonly Uint8Array[] = [];
/** Between packets of a frame that are sent at once, and what pacing adds for each. */
const PACKET_GAP = 300;
const PACING_GAP = 40;
const UNKNOWN_ROUND_TRIP = 10_000;
/** As many as the stream keeps, and some of which only repair packets came. */
const MAX_FRAMES = 72;
/** Of a repair packet to the newest source packet: seconds, and sequence numbers. */
const MAX_AHEAD = 1;
const MAX_PACKETS_AHEAD = 8192;
/** Repair symbols that are kept of all frames: more than the largest one needs. */
const MAX_SYMBOL_BYTES = 24 * 1024 * 1024;
/** A stated cap for each frame. */
const MAX_REQUESTS = 48;
const MAX_ABSENT_REQUESTS = 16;
/** Between requests that only one of can be answered in time. */
const REPEAT = 1250;
