import { durationOf, millis, unwrapNear, type Micros } from '@hellohaybye/core';
import { parseRtp, type RtpHeader } from '../packet/rtp.js';
import type { ReportBlock } from '../packet/report-block.js';
import type { SenderReport } from '../packet/reports.js';
import { depacketizerFor } from '../payload/formats.js';
import { FrameAssembly } from '../payload/frame-assembly.js';
import type { Depacketizer } from '../payload/payload-format.js';
import type { RepairReceiver } from '../repair/repair.js';
import { emptyRead, FrameJoiner, type PendingFrame, type ReadPacket } from './frame-joiner.js';
import type { Peer } from './peers.js';
import { Reception } from './reception.js';
import { SenderClock } from './sender-clock.js';
import { incomingCounts } from './stream-statistics.js';
import type { StreamSurroundings } from './stream-surroundings.js';
import { Timeline } from './timeline.js';
import type { Address, IncomingFrame, IncomingStatistics, IncomingStreamOptions } from './types.js';

/**
 * A stream that comes in: packets are put in order, missing ones repaired, frames joined, given out and given
 * up.
 *
 * A frame is given out as soon as it is whole, also after a newer one that was whole earlier: whoever plays
 * them puts them in order by timestamp, and knows best what is too late. One that is not whole at its
 * deadline is counted `givenUp`, except where that says nothing of the network: the first frame of a source
 * when its beginning was not seen (we joined in its middle), and frames that a BYE, a restart or the
 * stream's removal cut off.
 */
export class IncomingStream {
  readonly peer: string;
  readonly id: string;
  readonly channel: string;
  readonly sender: Peer;
  readonly socket: string;
  /** When something is to be done: a frame given up, a request sent. `Infinity` for nothing. */
  dueBy = Infinity;
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
  readonly #reception: Reception;
  readonly #senderClock: SenderClock;
  readonly #joiner: FrameJoiner;
  readonly #repair: RepairReceiver;
  readonly #timeline = new Timeline();
  /** Timestamp of the first packet of this source. */
  #joinedAt: number | undefined;
  #from: Address | undefined;
  /** Highest sequence number when the source said BYE. */
  #endedAfter = -Infinity;
  /** The packet at hand: one object for all. */
  readonly #read: ReadPacket;
  /** For packets that are frames by themselves. */
  readonly #single = new FrameAssembly();
  readonly #counts = {
    frames: 0,
    packets: 0,
    bytes: 0,
    givenUp: 0,
    late: 0,
    latePackets: 0,
    duplicates: 0,
    restarts: 0,
    addressChanges: 0,
  };

  constructor(
    options: IncomingStreamOptions,
    private readonly surroundings: StreamSurroundings,
  ) {
    this.peer = options.peer;
    this.id = options.id;
    this.channel = options.channel;
    this.sender = surroundings.sender;
    this.socket = surroundings.socket;
    this.ssrc = options.ssrc;
    this.#latches = options.ssrc === undefined;
    this.#deadline = options.deadline ?? DEFAULT_DEADLINE;
    this.#clockRate = options.formats[0]!.clockRate;
    this.#reception = new Reception(this.#clockRate);
    this.#senderClock = new SenderClock(this.#clockRate);
    for (const format of options.formats)
      this.#depacketizers.set(format.payloadType, depacketizerFor(format));
    const [depacketizer] = this.#depacketizers.values();
    this.#read = emptyRead(depacketizer!);
    this.#joiner = new FrameJoiner(this.#deadline, surroundings.drops, (frame) => this.#givenUp(frame));
    this.#repair = surroundings.repair.receiver({
      ssrc: () => this.ssrc,
      reporter: () => surroundings.reporter(),
      send: (packet) => surroundings.feedback(this, packet),
      roundTrip: surroundings.roundTrip,
      clockRate: this.#clockRate,
      deadline: this.#deadline,
      single: depacketizer!.single,
      requests: options.repair ?? (this.#latches ? 'none' : 'parity'),
      highest: () => this.#reception.highest,
      isSeen: (sequenceNumber) => this.#reception.isSeen(sequenceNumber),
      unwrapSequenceNumber: (wrapped) => unwrapNear(wrapped, this.#reception.highest, 16),
      unwrapTimestamp: (wrapped) => this.#timeline.near(wrapped),
      isDecided: (timestamp) => this.#joiner.isDecided(timestamp),
    });
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
    const { drops } = this.surroundings;
    this.#joiner.tick(now);
    const depacketizer = this.#depacketizers.get(header.payloadType);
    if (!depacketizer) return drops.count('unknown-payload-type');
    const problem = depacketizer.parse(packet, header, this.#read.fragment);
    if (problem) return drops.count(problem);
    const first = !this.#reception.started;
    const arrival = this.#reception.receive(header.sequenceNumber);
    this.#count(packet, from, now);
    if (arrival === 'duplicate') {
      this.#repair.duplicate(this.#reception.sequenceNumber);
      return void (this.#counts.duplicates += 1);
    }
    if (arrival === 'jump') return drops.count('sequence-jump');
    if (arrival === 'restart') this.#restart();
    const { sequenceNumber } = this.#reception;
    let timestamp = this.#timeline.unwrap(header.timestamp);
    // Not an old packet, for its sequence number is new: the sender's clock was set, or its file began again.
    if (this.#timeline.wentBack(timestamp, sequenceNumber) && !this.#joiner.has(timestamp)) {
      this.#restart();
      timestamp = this.#timeline.unwrap(header.timestamp);
    }
    if (first) this.surroundings.restarted(this);
    // Only what was sent after the BYE revokes it, not what was overtaken by it.
    if (sequenceNumber > this.#endedAfter) this.ended = false;
    this.#joinedAt ??= timestamp;
    this.#reception.measure(now, timestamp);
    this.#take(packet, header, depacketizer, sequenceNumber, timestamp, true, now);
    this.#repairDue(now);
  }

  /** Takes a repair packet of this stream's, out of protection. */
  receiveRepair(packet: Uint8Array, header: RtpHeader, now: Micros): void {
    this.lastHeard = now;
    this.#joiner.tick(now);
    // Without a packet of the stream there is nothing to unwrap its numbers by.
    if (!this.#reception.started) return;
    for (const restored of this.#repair.repair(packet, header, now)) {
      const source = parseRtp(restored);
      const depacketizer = source && this.#depacketizers.get(source.payloadType);
      if (!depacketizer || depacketizer.parse(restored, source, this.#read.fragment) !== undefined) {
        this.surroundings.drops.count('malformed-repair');
        continue;
      }
      const sequenceNumber = unwrapNear(source.sequenceNumber, this.#reception.highest, 16);
      const timestamp = this.#timeline.near(source.timestamp);
      this.#take(restored, source, depacketizer, sequenceNumber, timestamp, false, now);
    }
    this.#repairDue(now);
  }

  /** A sender report of this stream's source. @returns whether it is the first one, and there is a stream to report of */
  senderReport(report: SenderReport, now: Micros): boolean {
    this.lastHeard = now;
    return this.#senderClock.update(report, now) && this.#reception.started;
  }

  /** The source said BYE, which may overtake its last packets: they still count. @returns whether that is news */
  goodbye(): boolean {
    if (this.ended) return false;
    this.ended = true;
    this.#endedAfter = this.#reception.highest;
    return true;
  }

  /** Finds anew when something is to be done. */
  reschedule(): void {
    this.#schedule(this.#repair.nextDeadline());
  }

  /** Does what is due. */
  tick(now: Micros): void {
    this.#joiner.tick(now);
    this.#repairDue(now);
  }

  /** What a report says of this stream; undefined before the first packet. */
  report(now: Micros): ReportBlock | undefined {
    if (this.ssrc === undefined || !this.#reception.started) return undefined;
    return { ssrc: this.ssrc, ...this.#reception.report(), ...this.#senderClock.lastReport(now) };
  }

  statistics(now: Micros): IncomingStatistics {
    this.#joiner.tick(now);
    return {
      peer: this.peer,
      stream: this.id,
      ...(this.ssrc === undefined ? {} : { ssrc: this.ssrc }),
      ...(this.cname === undefined ? {} : { cname: this.cname }),
      ...incomingCounts(this.#counts, this.#joiner, this.#reception, this.#repair.statistics()),
      jitter: durationOf(this.#reception.jitter, this.#clockRate),
    };
  }

  #take(
    packet: Uint8Array,
    header: RtpHeader,
    depacketizer: Depacketizer,
    sequenceNumber: number,
    timestamp: number,
    arrived: boolean,
    now: Micros,
  ): void {
    this.#timeline.add(timestamp, sequenceNumber);
    const read = this.#read;
    read.packet = packet;
    read.payloadStart = header.payloadStart;
    read.depacketizer = depacketizer;
    read.sequenceNumber = sequenceNumber;
    read.timestamp = timestamp;
    read.first = read.fragment.offset === 0;
    read.last = header.marker;
    if (depacketizer.single) {
      if (arrived) this.#repair.source(read, now);
      return this.#takeSingle(now);
    }
    const joined = this.#joiner.add(read, this.#repair.span, now);
    // What the frame has no use for is not kept for repair either.
    if (arrived && joined !== 'of-no-use' && (joined !== 'kept' || this.#joiner.has(timestamp))) {
      this.#repair.source(read, now);
      if (timestamp === this.#timeline.newest) this.#joiner.prolong(timestamp, now);
    }
    if (typeof joined === 'string') return;
    this.#repair.decided(timestamp, 'whole', now);
    this.#give(joined.assembly, joined.depacketizer, timestamp, joined.firstSequenceNumber, now);
    this.#joiner.release(joined);
  }

  /**
   * Each packet a frame: they are given out as they come, also out of order, because whoever plays sound
   * puts it in order by timestamp anyway and knows best what is too late.
   */
  #takeSingle(now: Micros): void {
    const { packet, payloadStart, depacketizer, fragment, timestamp, sequenceNumber } = this.#read;
    if (durationOf(this.#timeline.newest - timestamp, this.#clockRate) > this.#deadline) {
      return void (this.#counts.late += 1);
    }
    this.#single.add(packet, payloadStart, fragment);
    this.#give(this.#single, depacketizer, timestamp, sequenceNumber, now);
    this.#single.clear();
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
      this.#counts.givenUp += 1;
      return this.surroundings.drops.count('missing-jpeg-tables');
    }
    this.#counts.frames += 1;
    const capturedAt = this.#senderClock.instantOf(timestamp);
    const frame: IncomingFrame = {
      peer: this.peer,
      stream: this.id,
      format: depacketizer.format,
      data,
      timestamp,
      arrivedAt: now,
      sequenceNumber,
    };
    if (capturedAt !== undefined) frame.capturedAt = capturedAt;
    this.surroundings.frame(frame);
  }

  #givenUp(frame: PendingFrame): void {
    this.#repair.decided(frame.timestamp, 'given-up', frame.deadline);
    // Joined in mid-frame: what came before the first packet was never for us.
    const joined =
      this.#joinedAt !== undefined && frame.timestamp <= this.#joinedAt && !frame.assembly.hasFirst;
    // Cut off by a BYE: nobody promised the rest.
    if (!joined && !this.ended) this.#counts.givenUp += 1;
  }

  #repairDue(now: Micros): void {
    const next = this.#repair.nextDeadline();
    if (next === undefined || next > now) return this.#schedule(next);
    this.#repair.tick(now);
    this.reschedule();
  }

  /** @param repair when repair has something to do */
  #schedule(repair: Micros | undefined): void {
    const giveUp = this.#joiner.dueBy;
    this.dueBy = repair === undefined || this.ended || giveUp < repair ? giveUp : repair;
  }

  #count(packet: Uint8Array, from: Address, now: Micros): void {
    this.lastHeard = now;
    this.#counts.packets += 1;
    this.#counts.bytes += packet.length;
    const before = this.#from;
    if (before?.port === from.port && before.address === from.address) return;
    if (before) this.#counts.addressChanges += 1;
    this.#from = from;
  }

  #restart(): void {
    this.#counts.restarts += 1;
    this.#begin();
    this.surroundings.restarted(this);
  }

  #begin(): void {
    this.ended = false;
    this.#endedAfter = -Infinity;
    this.#timeline.restart();
    this.#reception.restartTimestamps();
    this.#senderClock.reset();
    this.#joiner.restart();
    this.#repair.restart();
    this.#joinedAt = undefined;
  }
}

const DEFAULT_DEADLINE = millis(100);
/** A source that was silent for this long may be followed by another. */
const LATCH_SILENCE = millis(500);
