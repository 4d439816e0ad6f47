import { durationOf, micros, millis, Unwrapper, type Micros } from '@hellohaybye/core';
import type { Drops } from '../drops.js';
import type { RtpHeader } from '../packet/rtp.js';
import type { ReportBlock } from '../packet/report-block.js';
import type { SenderReport } from '../packet/reports.js';
import { depacketizerFor } from '../payload/formats.js';
import { FrameAssembly } from '../payload/frame-assembly.js';
import { emptyFragment, type Depacketizer } from '../payload/payload-format.js';
import { Reception } from './reception.js';
import { SenderClock } from './sender-clock.js';
import type { Address, IncomingFrame, IncomingStatistics, IncomingStreamOptions } from './types.js';

/** What a stream tells its endpoint when it takes a packet. */
export interface StreamListener {
  frame(frame: IncomingFrame): void;
  /** The source begins anew. */
  restarted(stream: IncomingStream): void;
}

interface PendingFrame {
  timestamp: number;
  deadline: Micros;
  assembly: FrameAssembly;
  depacketizer: Depacketizer;
  /** Unwrapped sequence number of its first packet, once that is there. */
  firstSequenceNumber: number;
  highestSequenceNumber: number;
}

/**
 * A stream that comes in: packets are put in order, frames joined, given out and given up.
 *
 * A frame is given out as soon as it is whole, but never after a newer one: then it is counted `late`. One
 * that is not whole at its deadline is counted `incomplete`, except where that says nothing of the network:
 * the first frame of a source when its beginning was not seen (we joined in its middle), and frames that a
 * BYE, a restart or the stream's removal cut off.
 */
export class IncomingStream {
  readonly peer: string;
  readonly id: string;
  readonly channel: string;
  /** The source at present. */
  ssrc: number | undefined;
  /** Whether the source said BYE. */
  ended = false;
  cname: string | undefined;
  lastHeard: Micros | undefined;
  readonly #latches: boolean;
  readonly #clockRate: number;
  readonly #deadline: Micros;
  readonly #depacketizers = new Map<number, Depacketizer>();
  readonly #reception = new Reception();
  readonly #senderClock: SenderClock;
  readonly #fragment = emptyFragment();
  #timestamps = new Unwrapper(32);
  /** By unwrapped timestamp, in order of arrival, so of deadline. */
  readonly #pending = new Map<number, PendingFrame>();
  #pendingCost = 0;
  /** Timestamps of frames that were decided, newest last. */
  #decided: number[] = [];
  #newest: { timestamp: number; sequenceNumber: number } | undefined;
  /** Timestamp of the first packet of this source. */
  #joinedAt: number | undefined;
  #from: Address | undefined;
  /** Highest sequence number when the source said BYE. */
  #endedAfter = -Infinity;
  readonly #counts = {
    frames: 0,
    packets: 0,
    bytes: 0,
    incomplete: 0,
    late: 0,
    latePackets: 0,
    duplicates: 0,
    restarts: 0,
    addressChanges: 0,
  };

  constructor(
    options: IncomingStreamOptions,
    private readonly drops: Drops,
    private readonly listener: StreamListener,
  ) {
    this.peer = options.peer;
    this.id = options.id;
    this.channel = options.channel;
    this.ssrc = options.ssrc;
    this.#latches = options.ssrc === undefined;
    this.#deadline = options.deadline ?? DEFAULT_DEADLINE;
    this.#clockRate = options.formats[0]!.clockRate;
    this.#senderClock = new SenderClock(this.#clockRate);
    for (const format of options.formats)
      this.#depacketizers.set(format.payloadType, depacketizerFor(format));
  }

  /** Whether a source that belongs to nobody may become this stream's. */
  takesSource(payloadType: number, now: Micros): boolean {
    if (!this.#latches || !this.#depacketizers.has(payloadType)) return false;
    if (this.ssrc === undefined || this.ended || this.lastHeard === undefined) return true;
    return now - this.lastHeard >= LATCH_SILENCE;
  }

  /** Another source carries on, or the first begins. */
  takeSource(ssrc: number): void {
    if (this.ssrc !== undefined) {
      this.#counts.restarts += 1;
      this.#reception.restart();
    }
    this.ssrc = ssrc;
    this.#begin();
  }

  /** Takes a packet of this stream's source, out of protection. */
  receive(packet: Uint8Array, header: RtpHeader, from: Address, now: Micros): void {
    const depacketizer = this.#depacketizers.get(header.payloadType);
    if (!depacketizer) return this.drops.count('unknown-payload-type');
    const problem = depacketizer.parse(packet, header, this.#fragment);
    if (problem) return this.drops.count(problem);
    const first = !this.#reception.started;
    const arrival = this.#reception.receive(header.sequenceNumber);
    this.#count(packet, from, now);
    if (arrival === 'duplicate') return void (this.#counts.duplicates += 1);
    if (arrival === 'jump') return this.drops.count('sequence-jump');
    if (arrival === 'restart') this.#restart();
    const { sequenceNumber } = this.#reception;
    let timestamp = this.#timestamps.unwrap(header.timestamp);
    if (this.#newest && timestamp < this.#newest.timestamp && sequenceNumber > this.#newest.sequenceNumber) {
      // Not an old packet, for its sequence number is new: the sender's clock was set, or its file began again.
      if (!this.#pending.has(timestamp)) {
        this.#restart();
        timestamp = this.#timestamps.unwrap(header.timestamp);
      }
    }
    if (first) this.listener.restarted(this);
    // Only what was sent after the BYE revokes it, not what was overtaken by it.
    if (sequenceNumber > this.#endedAfter) this.ended = false;
    this.#joinedAt ??= timestamp;
    this.#reception.measure((now * this.#clockRate) / 1e6, timestamp);
    if (depacketizer.single) this.#takeSingle(packet, depacketizer, timestamp, header, now);
    else this.#takeFragment(packet, depacketizer, timestamp, header, now);
  }

  /** A sender report of this stream's source. */
  senderReport(report: SenderReport, now: Micros): void {
    this.lastHeard = now;
    this.#senderClock.update(report, now);
  }

  /** The source said BYE, which may overtake its last packets: they still count. @returns whether that is news */
  goodbye(): boolean {
    if (this.ended) return false;
    this.ended = true;
    this.#endedAfter = this.#reception.highest;
    return true;
  }

  /** When the oldest incomplete frame is given up. */
  nextDeadline(): Micros | undefined {
    for (const { deadline } of this.#pending.values()) return deadline;
    return undefined;
  }

  /** Gives up what has reached its deadline. */
  tick(now: Micros): void {
    for (const frame of this.#pending.values()) {
      if (frame.deadline > now) return;
      this.#giveUp(frame);
    }
  }

  /** What a report says of this stream; undefined before the first packet. */
  report(now: Micros): ReportBlock | undefined {
    if (this.ssrc === undefined || !this.#reception.started) return undefined;
    return { ssrc: this.ssrc, ...this.#reception.report(), ...this.#senderClock.lastReport(now) };
  }

  statistics(): IncomingStatistics {
    return {
      peer: this.peer,
      stream: this.id,
      ...(this.ssrc === undefined ? {} : { ssrc: this.ssrc }),
      ...(this.cname === undefined ? {} : { cname: this.cname }),
      ...this.#counts,
      lost: this.#reception.lost,
      jitter: durationOf(this.#reception.jitter, this.#clockRate),
      pending: this.#pending.size,
    };
  }

  #count(packet: Uint8Array, from: Address, now: Micros): void {
    this.lastHeard = now;
    this.#counts.packets += 1;
    this.#counts.bytes += packet.length;
    if (this.#from && (this.#from.port !== from.port || this.#from.address !== from.address)) {
      this.#counts.addressChanges += 1;
    }
    this.#from = from;
  }

  #restart(): void {
    this.#counts.restarts += 1;
    this.#begin();
    this.listener.restarted(this);
  }

  #begin(): void {
    this.ended = false;
    this.#endedAfter = -Infinity;
    this.#timestamps = new Unwrapper(32);
    this.#reception.restartTimestamps();
    this.#senderClock.reset();
    this.#pending.clear();
    this.#pendingCost = 0;
    this.#decided = [];
    this.#newest = undefined;
    this.#joinedAt = undefined;
  }

  /**
   * Each packet a frame: they are given out as they come, also out of order, because whoever plays sound
   * puts it in order by timestamp anyway and knows best what is too late.
   */
  #takeSingle(
    packet: Uint8Array,
    depacketizer: Depacketizer,
    timestamp: number,
    header: RtpHeader,
    now: Micros,
  ): void {
    const { sequenceNumber } = this.#reception;
    if (!this.#newest || timestamp > this.#newest.timestamp) this.#newest = { timestamp, sequenceNumber };
    else if (durationOf(this.#newest.timestamp - timestamp, this.#clockRate) > this.#deadline) {
      return void (this.#counts.late += 1);
    }
    const assembly = new FrameAssembly(depacketizer.format);
    assembly.add(packet, header.payloadStart, this.#fragment);
    this.#give(assembly, depacketizer, timestamp, sequenceNumber, now);
  }

  #takeFragment(
    packet: Uint8Array,
    depacketizer: Depacketizer,
    timestamp: number,
    header: RtpHeader,
    now: Micros,
  ): void {
    const frame = this.#pending.get(timestamp) ?? this.#beginFrame(timestamp, depacketizer, now);
    if (!frame) return void (this.#counts.latePackets += 1);
    if (frame.depacketizer !== depacketizer) return this.drops.count('inconsistent-fragment');
    const { assembly } = frame;
    const before = assembly.cost;
    const problem = assembly.add(packet, header.payloadStart, this.#fragment);
    if (problem === 'duplicate') return void (this.#counts.duplicates += 1);
    if (problem) return this.drops.count(problem);
    this.#pendingCost += assembly.cost - before;
    const { sequenceNumber } = this.#reception;
    if (this.#fragment.offset === 0) frame.firstSequenceNumber = sequenceNumber;
    frame.highestSequenceNumber = Math.max(frame.highestSequenceNumber, sequenceNumber);
    if (assembly.complete) this.#finish(frame, now);
    while (this.#pending.size > MAX_PENDING_FRAMES || this.#pendingCost > MAX_PENDING_BYTES) {
      this.drops.count('too-much-pending');
      this.#giveUp(this.#pending.values().next().value!);
    }
  }

  /** @returns undefined when the frame was decided already */
  #beginFrame(timestamp: number, depacketizer: Depacketizer, now: Micros): PendingFrame | undefined {
    if (this.#decided.includes(timestamp)) return undefined;
    if (this.#decided.length === MAX_DECIDED && timestamp < Math.min(...this.#decided)) return undefined;
    const frame: PendingFrame = {
      timestamp,
      deadline: micros(now + this.#deadline),
      assembly: new FrameAssembly(depacketizer.format),
      depacketizer,
      firstSequenceNumber: this.#reception.sequenceNumber,
      highestSequenceNumber: this.#reception.sequenceNumber,
    };
    this.#pending.set(timestamp, frame);
    return frame;
  }

  #finish(frame: PendingFrame, now: Micros): void {
    const { timestamp, assembly, depacketizer, firstSequenceNumber, highestSequenceNumber } = frame;
    this.#decide(frame);
    if (this.#newest && timestamp <= this.#newest.timestamp) return void (this.#counts.late += 1);
    this.#newest = { timestamp, sequenceNumber: highestSequenceNumber };
    this.#give(assembly, depacketizer, timestamp, firstSequenceNumber, now);
  }

  #give(
    assembly: FrameAssembly,
    depacketizer: Depacketizer,
    timestamp: number,
    sequenceNumber: number,
    now: Micros,
  ): void {
    const data = depacketizer.join(assembly);
    if (!data) {
      this.#counts.incomplete += 1;
      return this.drops.count('missing-jpeg-tables');
    }
    this.#counts.frames += 1;
    const capturedAt = this.#senderClock.instantOf(timestamp);
    this.listener.frame({
      peer: this.peer,
      stream: this.id,
      format: depacketizer.format,
      data,
      timestamp,
      ...(capturedAt === undefined ? {} : { capturedAt }),
      arrivedAt: now,
      sequenceNumber,
    });
  }

  #giveUp(frame: PendingFrame): void {
    this.#decide(frame);
    // Joined in mid-frame: what came before the first packet was never for us.
    const joined =
      this.#joinedAt !== undefined && frame.timestamp <= this.#joinedAt && !frame.assembly.hasFirst;
    // Cut off by a BYE: nobody promised the rest.
    if (!joined && !this.ended) this.#counts.incomplete += 1;
  }

  #decide(frame: PendingFrame): void {
    this.#pending.delete(frame.timestamp);
    this.#pendingCost -= frame.assembly.cost;
    this.#decided.push(frame.timestamp);
    if (this.#decided.length > MAX_DECIDED) this.#decided.shift();
  }
}

const DEFAULT_DEADLINE = millis(100);
/** A source that was silent for this long may be followed by another. */
const LATCH_SILENCE = millis(500);
/** Incomplete frames of a stream: the oldest is given up for one more. */
const MAX_PENDING_FRAMES = 64;
/** Bytes that incomplete frames of a stream hold: twice the largest frame, and what holding it costs. */
const MAX_PENDING_BYTES = 48 * 1024 * 1024;
/** Decided frames whose packets are still known to be late. */
const MAX_DECIDED = 128;
