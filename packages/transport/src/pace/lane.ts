import type { Micros } from '@hellohaybye/core';
import type { OutgoingDatagram, Priority } from '../endpoint/types.js';
import { Fifo } from '../fifo.js';
import { Bucket } from './bucket.js';
import { GROUP_BYTES, LINE_RATE, MAX_BURST_BYTES, RESERVE_BYTES } from './limits.js';
import { MAX_QUEUED_DATAGRAMS } from './pacer.js';

/** What waits for one destination, and what that may be sent. */
export class Lane {
  /** Whether the destination is there; what waits for one that is gone may still leave. */
  present = false;
  readonly queues: Readonly<Record<Priority, Fifo<OutgoingDatagram>>> = {
    report: new Fifo(MAX_QUEUED_DATAGRAMS),
    audio: new Fifo(MAX_QUEUED_DATAGRAMS),
    frame: new Fifo(MAX_QUEUED_DATAGRAMS),
    repair: new Fifo(MAX_QUEUED_DATAGRAMS),
  };
  /** Bytes of frames, with their parity, and of repair that wait. */
  #frames = 0;
  #repair = 0;
  readonly #bucket: Bucket;
  /** Bytes a microsecond that the budget gives. */
  #budgetRate: number;
  /** Bytes that the next group waits for; 0 while one leaves. */
  #group = 0;
  /** Since when frames or repair have been waiting without a break. */
  #waitingSince = 0 as Micros;
  #lastFrameAt: Micros | undefined;
  /** When the newest frame has to be out. */
  #frameDue = 0 as Micros;
  /** Bytes of repair that may leave ahead of frames. */
  #repairAhead = REPAIR_AHEAD_BYTES;

  /** @param rate bytes a microsecond */
  constructor(
    readonly destination: string,
    rate: number,
  ) {
    this.#budgetRate = rate;
    this.#bucket = new Bucket(rate, IDLE_CREDIT);
  }

  /** Bytes of frames and repair that wait. */
  get bulk(): number {
    return this.#frames + this.#repair;
  }

  get empty(): boolean {
    return this.bulk === 0 && this.queues.report.length === 0 && this.queues.audio.length === 0;
  }

  /** @param rate bytes a microsecond that the budget gives */
  setBudgetRate(rate: number, now: Micros): void {
    this.#budgetRate = rate;
    this.#bucket.setRate(rate, now);
    this.#keepUp(now);
  }

  /** @param interval from frame to frame, microseconds */
  push(datagram: OutgoingDatagram, interval: number, now: Micros): void {
    const { priority, data } = datagram;
    if (priority === 'report' || priority === 'audio') return void this.queues[priority].push(datagram);
    if (this.bulk === 0) {
      this.#bucket.setBound(MAX_BURST_BYTES, now);
      this.#waitingSince = now;
    }
    if (priority === 'frame') this.#lastFrameAt = now;
    else if (this.#lastFrameAt !== now) {
      this.#repair += data.length;
      return void this.queues.repair.push(datagram);
    }
    // A frame, or its parity, which nobody has asked for yet: that leaves right after its frame.
    this.#frames += data.length;
    this.#frameDue = (now + FRAME_SHARE * interval) as Micros;
    this.queues.frame.push(datagram);
    this.#keepUp(now);
  }

  /** When reports and audio may leave. */
  urgentAt(): Micros {
    return this.#bucket.reaches(1);
  }

  /** When frames and repair may leave. */
  bulkAt(): Micros {
    return this.#bucket.reaches(RESERVE_BYTES + Math.max(1, this.#group));
  }

  /**
   * The group that left has used up the credit: the next one waits until it is worth a timer.
   * @param interval from frame to frame, microseconds
   */
  endGroup(interval: number, now: Micros): void {
    if (this.#group > 0) return;
    const waiting = this.#frames > 0 ? this.#frames : this.#repair;
    this.#group = Math.max(1, Math.min(waiting, GROUP_BYTES, this.#bucket.rate * GROUP_GAP));
    this.#bucket.setBound(creditBound(this.#waitingSince, interval, now), now);
  }

  takeUrgent(priority: 'report' | 'audio', now: Micros): OutgoingDatagram {
    const datagram = this.queues[priority].shift()!;
    this.#bucket.take(datagram.data.length, now);
    this.#keepUp(now);
    return datagram;
  }

  takeBulk(now: Micros): OutgoingDatagram {
    const { frame, repair } = this.queues;
    const repairFirst = repair.length > 0 && (frame.length === 0 || this.#repairAhead > 0);
    const datagram = (repairFirst ? repair : frame).shift()!;
    const { length } = datagram.data;
    this.#group = 0;
    this.#bucket.take(length, now);
    if (repairFirst) {
      this.#repair -= length;
      if (frame.length > 0) this.#repairAhead -= length;
    } else {
      this.#frames -= length;
      this.#repairAhead = Math.min(REPAIR_AHEAD_BYTES, this.#repairAhead + length * REPAIR_SHARE);
    }
    if (this.#frames === 0) this.#bucket.setRate(this.#budgetRate, now);
    else if (repairFirst) this.#keepUp(now);
    if (this.bulk === 0) this.#bucket.setBound(IDLE_CREDIT, now);
    return datagram;
  }

  /** Raises the rate to what the waiting frames need to be out in time. */
  #keepUp(now: Micros): void {
    if (this.#frames === 0) return;
    const missing = this.#frames + RESERVE_BYTES - this.#bucket.credit(now);
    const needed = Math.min(LINE_RATE, missing / Math.max(1, this.#frameDue - now));
    if (needed > this.#bucket.rate) this.#bucket.setRate(needed, now);
  }
}

/**
 * Most credit while something waits. When that takes more than half an interval, timers come too seldom for
 * bursts of that size: then the rate alone is the bound, or the queue would grow without end.
 */
export const creditBound = (waitingSince: Micros, interval: number, now: Micros): number =>
  now - waitingSince > interval / 2 ? Infinity : MAX_BURST_BYTES;

/** Most credit while nothing waits. */
const IDLE_CREDIT = GROUP_BYTES + RESERVE_BYTES;
/** Of the interval, to get a frame out: less than half, since others may still overtake its last packets. */
const FRAME_SHARE = 0.45;
/** Microseconds between groups, unless what waits is less: a timer that is due sooner costs more than it brings. */
const GROUP_GAP = 2000;
/** What may leave ahead of a frame at once: the answer to a few lost packets. */
const REPAIR_AHEAD_BYTES = 6000;
/** Bytes of repair that may leave for each byte of a frame, while both wait. */
const REPAIR_SHARE = 0.25;
