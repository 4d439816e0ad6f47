import { durationOf, micros, wrap, type Micros } from '@hellohaybye/core';
import type { RtpHeader } from '../packet/rtp.js';
import { PACKET_COST } from '../payload/frame-assembly.js';
import { AbsentFrames, type AbsentFrame } from './absent-frames.js';
import { AskTimes } from './ask-times.js';
import { Cadence, PACKET_GAP } from './cadence.js';
import { MAX_FEEDBACK_BITS } from './feedback.js';
import { FrameRepair } from './frame-repair.js';
import { OpenFrames } from './open-frames.js';
import { isAstray, readRepairHeader, REPAIR_HEADER_LENGTH } from './repair-packet.js';
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
  readonly #frames = new OpenFrames();
  readonly #cadence: Cadence;
  readonly #absent: AbsentFrames;
  readonly #reporter: RepairReporter;
  #newest: number | undefined;
  /** The newest one of which a source packet came. */
  #newestSource: number | undefined;
  /** The packet with the highest sequence number. */
  #latest: { sequenceNumber: number; timestamp: number; last: boolean } | undefined;
  readonly #times: AskTimes;
  #unaskedAt = -Infinity; // When parity came last that nobody had asked for.
  /** Frames that only repair packets came of. */
  #unseen = 0;
  readonly #counts = noCounts();

  constructor(
    private readonly stream: RepairedStream,
    /** Whether it asks, or lives on what comes unasked. */
    asks: boolean,
    /** Whether it tells the sender what gets lost. */
    reports: boolean,
  ) {
    this.#times = new AskTimes(stream, asks);
    this.#cadence = new Cadence(stream.clockRate, stream.deadline);
    this.#absent = new AbsentFrames(this.#cadence, stream.deadline);
    this.#reporter = new RepairReporter(stream, this.#cadence, reports);
  }

  source({ sequenceNumber, timestamp, first, last, packet }: SourceArrival, now: Micros): void {
    this.#reporter.received(now);
    let frame = this.#frames.find(timestamp);
    if (this.#newest === undefined || timestamp > this.#newest) {
      const latest = this.#latest;
      const follows = first && latest?.last === true && latest.sequenceNumber + 1 === sequenceNumber;
      this.#begin(timestamp, follows, now);
      if (follows) this.#absent.followed(sequenceNumber, timestamp);
      else if (first) this.#lookForSkipped(sequenceNumber, timestamp, now);
    }
    this.#reach(sequenceNumber, timestamp, last);
    if (!frame) {
      this.#absent.found(timestamp, false);
      frame = this.#open(timestamp, micros(now + this.#cadence.span + this.stream.deadline), now);
    }
    frame.source(sequenceNumber, packet, first, last);
    frame.lastAt = now;
    if (frame.overdue) {
      this.#times.late(now - frame.due);
      return;
    }
    if (timestamp !== this.#newest) return;
    // Its last packet comes no sooner.
    if (frame.deadline < now + this.stream.deadline) frame.deadline = micros(now + this.stream.deadline);
    // A gap before the last packet is known to be one. Parity that comes unasked comes right behind it.
    if (last) {
      const behind = now - this.#unaskedAt < UNASKED_LATELY ? PACKET_GAP : 0;
      this.#expectBy(frame, now + behind, this.#times.tolerance);
    } else if (!this.#times.nextTells) {
      const gap = this.#cadence.gapAfter(frame, now);
      const expected = Math.max(frame.firstAt + this.#cadence.span + SPAN_SLACK, now + gap);
      this.#expectBy(frame, expected, this.#times.patience);
    }
  }

  duplicate(): void {} // Nothing is sent twice on request.

  repair(packet: Uint8Array, header: RtpHeader, now: Micros): readonly Uint8Array[] {
    this.#counts.packets += 1;
    this.#counts.bytes += packet.length;
    const repair = readRepairHeader(packet, header);
    const ssrc = this.stream.ssrc();
    if (!repair || ssrc === undefined) return none;
    this.#reporter.measure(repair.request, now);
    const timestamp = this.stream.unwrapTimestamp(header.timestamp);
    const first = this.stream.unwrapSequenceNumber(repair.firstSequenceNumber);
    const ahead = timestamp - (this.#newestSource ?? timestamp);
    if (isAstray(ahead / this.stream.clockRate, first - this.stream.highest())) return none;
    if (this.stream.isDecided(timestamp)) return none;
    let frame = this.#frames.find(timestamp);
    if (!frame) {
      const absent = this.#absent.found(timestamp, true);
      frame = this.#open(timestamp, absent?.deadline ?? micros(now + this.stream.deadline), now);
      frame.wasAbsent(absent, now);
    }
    this.#learnOf(timestamp, first + repair.count - 1);
    const symbol = packet.subarray(header.payloadStart + REPAIR_HEADER_LENGTH, header.payloadEnd);
    frame.unanswered = 0;
    if (repair.request === 0) this.#unaskedAt = now;
    let restored: readonly Uint8Array[] = none;
    const cost = packet.length + PACKET_COST;
    const room = this.#frames.symbolBytes + cost <= MAX_SYMBOL_BYTES;
    if (room && frame.symbol(first, repair.count, repair.symbol, symbol, repair.request !== 0)) {
      frame.symbolBytes += cost;
      this.#frames.symbolBytes += cost;
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
    this.#askBy(frame, micros(now + gap + this.#times.tolerance), true);
    return restored;
  }

  decided(timestamp: number, outcome: Outcome, now: Micros): void {
    const frame = this.#frames.find(timestamp);
    if (!frame) return;
    this.#frames.remove(frame);
    if (outcome === 'given-up') return;
    const { behind, highest } = frame;
    if (behind && highest + 1 < behind.sequenceNumber)
      this.#absent.skipped(highest + 1, timestamp, behind, now, frame.deadline);
    this.#reach(highest, timestamp, true);
    if (frame.requests === 0 && frame.received > 0 && frame.lastAt === now)
      this.#cadence.spanned(micros(now - frame.firstAt));
  }

  restart(): void {
    this.#frames.clear();
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
    for (const { askAt } of this.#frames.all) if (askAt < earliest) earliest = askAt as Micros;
    for (const { askAt } of this.#absent.frames)
      if (askAt !== undefined && askAt < earliest) earliest = askAt;
    const absentAt = this.#absentAt;
    if (absentAt !== undefined && absentAt < earliest) earliest = absentAt;
    return earliest === Infinity ? undefined : earliest;
  }

  tick(now: Micros): void {
    for (const frame of this.#frames.all) if (frame.askAt <= now) this.#ask(frame, now);
    this.#absent.expire(now);
    const absentAt = this.#absentAt;
    if (absentAt !== undefined && absentAt <= now)
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

  /** When a frame of which nothing came is asked for, unless what follows comes first. */
  get #absentAt(): Micros | undefined {
    if (this.#times.nextTells || !this.#times.mayAsk) return undefined;
    const { nextAt } = this.#absent;
    return nextAt === undefined ? undefined : micros(nextAt + this.#times.patience);
  }

  /** A frame newer than all before begins: what came before it is overdue. */
  #begin(timestamp: number, follows: boolean, now: Micros): void {
    this.#newest = timestamp;
    this.#newestSource = timestamp;
    this.#absent.begun(timestamp, now);
    this.#cadence.begun(timestamp, now, follows);
    this.#reporter.begun(timestamp, now);
    const { interval, span } = this.#cadence;
    const next = interval === undefined ? undefined : durationOf(interval, this.stream.clockRate) + span;
    this.#times.begun(this.#reporter.lossless, this.#reporter.lossShare, next);
    const frames = this.#frames.all;
    for (let index = frames.length - 1; index >= 0; index -= 1) {
      const frame = frames[index]!;
      if (frame.timestamp < timestamp && !frame.overdue) this.#expectBy(frame, now, this.#times.tolerance);
      // The stream decides on frames that it has packets of.
      if (frame.deadline <= now && frame.received === 0) {
        this.#unseen += 1;
        this.#frames.remove(frame);
      }
    }
  }

  /** A repair packet tells of a frame, of which perhaps nothing else came. */
  #learnOf(timestamp: number, end: number): void {
    if (this.#newest === undefined || timestamp <= this.#newest) return;
    this.#newest = timestamp;
    this.#cadence.missed(timestamp);
    this.#absent.passOver(timestamp);
    if (!this.#latest || end > this.#latest.sequenceNumber)
      this.#latest = { sequenceNumber: end, timestamp, last: true };
  }

  /** One frame had ended, another begins: what was sent in between is lost, where nothing is known of it. */
  #lookForSkipped(sequenceNumber: number, timestamp: number, now: Micros): void {
    const latest = this.#latest;
    if (!latest?.last) return;
    for (const known of this.#frames.all)
      if (known.timestamp > latest.timestamp && known.timestamp < timestamp) return;
    this.#absent.skipped(latest.sequenceNumber + 1, latest.timestamp, { sequenceNumber, timestamp }, now);
  }

  #open(timestamp: number, deadline: Micros, now: Micros): FrameRepair {
    const frame = new FrameRepair(timestamp, now, deadline);
    this.#frames.add(frame);
    return frame;
  }

  /** Takes note of a packet, if its sequence number is the highest so far. */
  #reach(sequenceNumber: number, timestamp: number, last: boolean): void {
    const latest = this.#latest;
    if (!latest) this.#latest = { sequenceNumber, timestamp, last };
    else if (sequenceNumber > latest.sequenceNumber) {
      latest.sequenceNumber = sequenceNumber;
      latest.timestamp = timestamp;
      latest.last = last;
    }
  }

  /** All of a frame should be here by an instant, and is asked for some time later. */
  #expectBy(frame: FrameRepair, due: number, patience: number): void {
    frame.due = micros(due);
    this.#askBy(frame, micros(due + patience), false);
  }

  #askBy(frame: FrameRepair, at: Micros, overdue: boolean): void {
    if (!this.#times.mayAsk) return;
    if (overdue) frame.overdue = true;
    frame.askAt = at;
  }

  #ask(frame: FrameRepair, now: Micros): void {
    frame.overdue = true;
    frame.askAt = Infinity;
    const timeLeft = micros(frame.deadline - now);
    if (frame.copies === 0) {
      const { roundTrip, usualRoundTrip } = this.#times;
      const plan = planRequest(timeLeft, roundTrip, this.#reporter.losses, frame.unanswered, usualRoundTrip);
      if (!plan) return;
      frame.copies = plan.copies;
      frame.spacing = plan.spacing;
      frame.inFull = plan.inFull;
      frame.unanswered += 1;
    }
    do {
      if (frame.requests >= MAX_REQUESTS) return;
      const { first, ...missing } = frame.missing(MAX_FEEDBACK_BITS);
      this.#reporter.request(now, {
        ...missing,
        absent: false,
        inFull: frame.inFull,
        timeLeft,
        sequenceNumber: wrap(first ?? frame.lowestBlock ?? this.stream.highest(), 16),
        blocks: frame.blocks,
      });
      frame.requests += 1;
      frame.copies -= 1;
    } while (frame.copies > 0 && frame.spacing === 0);
    // All the time that is left has to be gone through with as many requests as are left.
    const pause = Math.max(
      this.#times.timeout + this.#times.tolerance,
      timeLeft / (MAX_REQUESTS + 1 - frame.requests),
    );
    frame.askAt = micros(now + (frame.copies > 0 ? frame.spacing : pause));
  }

  #askForAbsent(frame: AbsentFrame, now: Micros): void {
    frame.askAt = undefined;
    const timeLeft = micros(frame.deadline - now);
    if (!this.#times.mayAsk || timeLeft < this.#times.roundTrip || frame.asked >= MAX_ABSENT_REQUESTS) return;
    this.#reporter.request(now, {
      absent: true,
      // Where there is time, one packet first: perhaps nothing was lost, or nothing gets through yet.
      inFull:
        frame.overtaken ||
        (this.#absent.mostlyLost && roundsWithin(timeLeft, this.#times.usualRoundTrip) < 3),
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
    const late = mostlyLost && roundsWithin(timeLeft, this.#times.usualRoundTrip) < 3;
    const patience = mostlyLost ? 1 : Math.max(1, frame.asked / 2);
    const share = timeLeft / (MAX_ABSENT_REQUESTS + 1 - frame.asked);
    const pause = late
      ? Math.min(REPEAT, this.#times.timeout)
      : Math.max(share, this.#times.timeout * patience);
    frame.askAt = micros(now + pause);
  }
}

const none: readonly Uint8Array[] = [];
/** A frame takes a little longer now and then; one that was asked for too early does not tell how long it takes. */
const SPAN_SLACK = 500;
const PACING_GAP = 40; // What pacing adds for each packet, at most.
const UNASKED_LATELY = 250_000;
/** Repair symbols that are kept of all frames: more than the largest one needs. */
const MAX_SYMBOL_BYTES = 24 * 1024 * 1024;
/** A stated cap for each frame. */
const MAX_REQUESTS = 48;
const MAX_ABSENT_REQUESTS = 16;
/** Between requests that only one of can be answered in time. */
const REPEAT = 1250;
