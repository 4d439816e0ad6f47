import { micros, type Micros } from '@hellohaybye/core';
import type { Drops } from '../drops.js';
import { FrameAssembly } from '../payload/frame-assembly.js';
import { emptyFragment, type Depacketizer, type Fragment } from '../payload/payload-format.js';
import type { SourceArrival } from '../repair/repair.js';

/** A frame that waits for packets. */
export interface PendingFrame {
  /** Unwrapped. */
  timestamp: number;
  deadline: Micros;
  assembly: FrameAssembly;
  depacketizer: Depacketizer;
  /** Unwrapped sequence number of its first packet, once that is there. */
  firstSequenceNumber: number;
}

/** A packet as the stream read it. */
export interface ReadPacket extends SourceArrival {
  payloadStart: number;
  depacketizer: Depacketizer;
  fragment: Fragment;
}

/** One to fill for each packet. */
export const emptyRead = (depacketizer: Depacketizer): ReadPacket => ({
  packet: new Uint8Array(0),
  payloadStart: 0,
  depacketizer,
  fragment: emptyFragment(),
  sequenceNumber: 0,
  timestamp: 0,
  first: false,
  last: false,
});

type Ending = 'whole' | 'given-up' | 'late';

/** Joins the packets of frames, in whatever order they come, until each is whole or its deadline is there. */
export class FrameJoiner {
  /** By timestamp, in order of arrival. */
  readonly #pending = new Map<number, PendingFrame>();
  /** The one that the last packet was of: all but the first of a frame are, as a rule. */
  #current: PendingFrame | undefined;
  /** When the next frame is given up; `Infinity` when none waits. */
  #earliest = Infinity;
  #cost = 0;
  /** Of a frame that is done with, for the next one. */
  #spare: FrameAssembly | undefined;
  /** How the last frames ended, oldest first. */
  readonly #decided = new Map<number, Ending>();
  latePackets = 0;
  duplicates = 0;
  /** Frames that were given up and whose packets came after all. */
  lateFrames = 0;

  /**
   * @param givenUp is told of a frame that is given up
   */
  constructor(
    private readonly deadline: Micros,
    private readonly drops: Drops,
    private readonly givenUp: (frame: PendingFrame) => void,
  ) {}

  get size(): number {
    return this.#pending.size;
  }

  has(timestamp: number): boolean {
    return this.#find(timestamp) !== undefined;
  }

  isDecided(timestamp: number): boolean {
    if (timestamp === this.#current?.timestamp) return false;
    return this.#decided.has(timestamp) || this.#isOlder(timestamp);
  }

  /**
   * Takes a packet in.
   * @param allowance what is added to the deadline of a frame that begins with it
   * @returns its frame, when that is whole now, or whether it was of use
   */
  add(read: ReadPacket, allowance: Micros, now: Micros): PendingFrame | 'kept' | 'of-no-use' {
    const { timestamp, depacketizer, packet, fragment, sequenceNumber } = read;
    const frame = this.#find(timestamp) ?? this.#begin(read, allowance, now);
    if (!frame) return 'of-no-use';
    if (frame.depacketizer !== depacketizer) return this.#drop('inconsistent-fragment');
    const { assembly } = frame;
    const before = assembly.cost;
    const problem = assembly.add(packet, read.payloadStart, fragment);
    if (problem === 'duplicate') {
      this.duplicates += 1;
      return 'of-no-use';
    }
    if (problem) return this.#drop(problem);
    this.#cost += assembly.cost - before;
    if (fragment.offset === 0) frame.firstSequenceNumber = sequenceNumber;
    if (assembly.complete) {
      this.#decide(frame, 'whole');
      return frame;
    }
    while (this.#pending.size > MAX_PENDING_FRAMES || this.#cost > MAX_PENDING_BYTES) {
      this.drops.count('too-much-pending');
      this.#giveUp(this.#pending.values().next().value!);
    }
    return 'kept';
  }

  /** Takes a whole frame back, whose packets were joined. */
  release({ assembly }: PendingFrame): void {
    // A large frame's arrays are not kept.
    if (assembly.count > MAX_SPARE_PACKETS) return;
    assembly.clear();
    this.#spare = assembly;
  }

  /**
   * When frames have to be given up if nothing came meanwhile; `Infinity` when none waits. Nobody is told of a frame
   * that is given up, so this is later than its deadline: nearly always some packet comes first, and spares a timer.
   */
  get dueBy(): number {
    return this.#earliest + UNHEARD_OF;
  }

  /** Gives up frames whose deadline has passed. To be called before anything else of an input. */
  tick(now: Micros): void {
    if (this.#earliest > now) return;
    for (const frame of this.#pending.values()) if (frame.deadline <= now) this.#giveUp(frame);
    this.#findEarliest();
  }

  /** A packet came by itself, of a frame that is under way: its last packet comes no sooner. */
  prolong(timestamp: number, now: Micros): void {
    const frame = this.#find(timestamp);
    const deadline = now + this.deadline;
    // `#earliest` may be too early then, which is harmless.
    if (frame && frame.deadline < deadline) frame.deadline = micros(deadline);
  }

  restart(): void {
    this.#pending.clear();
    this.#current = undefined;
    this.#earliest = Infinity;
    this.#cost = 0;
    this.#decided.clear();
  }

  #begin(read: ReadPacket, allowance: Micros, now: Micros): PendingFrame | undefined {
    const { timestamp, depacketizer, sequenceNumber } = read;
    const ending = this.#decided.get(timestamp);
    if (ending !== undefined || this.#isOlder(timestamp)) {
      this.latePackets += 1;
      if (ending === 'given-up') {
        this.#decided.set(timestamp, 'late');
        this.lateFrames += 1;
      }
      return undefined;
    }
    const frame: PendingFrame = {
      timestamp,
      deadline: micros(now + this.deadline + allowance),
      assembly: this.#spare ?? new FrameAssembly(),
      depacketizer,
      firstSequenceNumber: sequenceNumber,
    };
    this.#spare = undefined;
    this.#pending.set(timestamp, frame);
    this.#current = frame;
    if (frame.deadline < this.#earliest) this.#earliest = frame.deadline;
    return frame;
  }

  #find(timestamp: number): PendingFrame | undefined {
    if (timestamp !== this.#current?.timestamp) this.#current = this.#pending.get(timestamp);
    return this.#current;
  }

  /** Whether a frame is older than all whose end is remembered. */
  #isOlder(timestamp: number): boolean {
    if (this.#decided.size < MAX_DECIDED) return false;
    for (const decided of this.#decided.keys()) if (decided <= timestamp) return false;
    return true;
  }

  #giveUp(frame: PendingFrame): void {
    this.#decide(frame, 'given-up');
    this.givenUp(frame);
  }

  #decide(frame: PendingFrame, ending: Ending): void {
    this.#pending.delete(frame.timestamp);
    this.#current = undefined;
    if (frame.deadline === this.#earliest || this.#pending.size === 0) this.#findEarliest();
    this.#cost -= frame.assembly.cost;
    this.#decided.set(frame.timestamp, ending);
    if (this.#decided.size > MAX_DECIDED) this.#decided.delete(this.#decided.keys().next().value!);
  }

  #findEarliest(): void {
    this.#earliest = Infinity;
    for (const { deadline } of this.#pending.values())
      if (deadline < this.#earliest) this.#earliest = deadline;
  }

  #drop(reason: Parameters<Drops['count']>[0]): 'of-no-use' {
    this.drops.count(reason);
    return 'of-no-use';
  }
}

/** Incomplete frames of a stream: the oldest is given up for one more. */
const MAX_PENDING_FRAMES = 64;
/** Bytes that incomplete frames of a stream hold: twice the largest frame, and what holding it costs. */
const MAX_PENDING_BYTES = 48 * 1024 * 1024;
/** Decided frames whose packets are still known to be late. */
const MAX_DECIDED = 128;
const MAX_SPARE_PACKETS = 1024;
/** Microseconds that a frame beyond its deadline may stay while nothing comes. */
const UNHEARD_OF = 1_000_000;
