import type { Micros } from '@hellohaybye/core';
import type { OutgoingDatagram } from '../endpoint/types.js';
import { Bucket } from './bucket.js';
import { FrameInterval } from './frame-interval.js';
import { creditBound, Lane } from './lane.js';
import { GROUP_BYTES, LINE_RATE, MAX_BURST_BYTES, RESERVE_BYTES } from './limits.js';
import { MAX_QUEUED_DATAGRAMS, type Pacer } from './pacer.js';

/**
 * Lets datagrams leave in groups: few timers a frame, and no burst that a cheap switch would drop.
 *
 * - **Rate.** Each destination gets its budget times 1.25; 200 Mbit/s where the budget is `Infinity`, and
 *   never under 2 Mbit/s, so that sound and reports pass. While a frame waits the rate is at least what gets
 *   it out within half the frame interval, which is learnt from when frames come (33 ms at first). All
 *   destinations together get 1 Gbit/s.
 * - **Bursts.** After a pause a group of `GROUP_BYTES` leaves at once, then groups at the rate, some 2 ms
 *   apart: a frame of 34 datagrams of 1200 bytes is out in 0.4 ms, or with the next timer. A timer that comes
 *   late lets out what has become due, up to `MAX_BURST_BYTES`, which also bounds all destinations together.
 * - **Coarse timers.** Where they tick at 15 ms a frame of 34 datagrams takes one tick, and one of 90 kB as
 *   well; arriving packets and sound move things on in between. When such bursts are not enough and a queue
 *   has not run empty for half a frame interval, only the rates bound it: better long bursts than a growing
 *   queue.
 * - **Order.** Reports, then audio, then frames, then repair; first in, first out within each. Sound and
 *   reports find credit set aside for them and leave in the midst of a frame. Parity that comes with its frame
 *   leaves right behind it. Repair that was asked for is for an older frame, which is due sooner than the one
 *   that waits: up to 6000 bytes leave ahead of it, then one byte for every four of the frame.
 */
export class GroupPacer implements Pacer {
  readonly #lanes: Lane[] = [];
  readonly #byDestination = new Map<string, Lane>();
  /** The lane that is looked at first. */
  #turn = 0;
  readonly #line = new Bucket(LINE_RATE, MAX_BURST_BYTES);
  /** Bytes that the next group of all waits for; 0 while one leaves. */
  #group = 0;
  #waitingSince = 0 as Micros;
  readonly #interval = new FrameInterval();
  #now = 0 as Micros;
  /** Datagrams that wait. */
  #length = 0;
  readonly #urgent = { report: 0, audio: 0 };
  /** Bytes of frames and repair that wait. */
  #bulk = 0;
  /** Nothing leaves before this instant, unless something is pushed or changed: found once all was drained. */
  #restsUntil = 0;

  push(datagram: OutgoingDatagram, now: Micros): boolean {
    if (this.#length >= MAX_QUEUED_DATAGRAMS) return false;
    const { destination, priority, data } = datagram;
    this.#now = now;
    if (priority === 'frame') this.#interval.packet(now);
    const lane = this.#byDestination.get(destination) ?? this.#add(destination);
    lane.push(datagram, this.#interval.value, now);
    this.#length += 1;
    this.#restsUntil = 0;
    if (priority === 'report' || priority === 'audio') this.#urgent[priority] += 1;
    else {
      if (this.#bulk === 0) this.#waitingSince = now;
      this.#bulk += data.length;
    }
    return true;
  }

  pop(now: Micros): OutgoingDatagram | undefined {
    if (this.#length === 0) return undefined;
    this.#now = now;
    if (now < this.#restsUntil) return undefined;
    const datagram = this.#popUrgent('report', now) ?? this.#popUrgent('audio', now) ?? this.#popBulk(now);
    this.#restsUntil = datagram || this.#length === 0 ? 0 : this.#earliest();
    return datagram;
  }

  nextDeadline(): Micros | undefined {
    if (this.#length === 0) return undefined;
    return (this.#restsUntil > 0 ? this.#restsUntil : this.#earliest()) as Micros;
  }

  setBudget(destination: string, bitsPerSecond: number): void {
    this.#restsUntil = 0;
    const lane = this.#byDestination.get(destination) ?? this.#add(destination);
    lane.present = true;
    lane.setBudgetRate(rateOf(bitsPerSecond), this.#now);
  }

  forget(destination: string): void {
    this.#restsUntil = 0;
    const lane = this.#byDestination.get(destination);
    if (!lane) return;
    lane.present = false;
    if (lane.empty) this.#remove(lane);
  }

  /** When the next datagram of those that wait may leave. It asks all destinations. */
  #earliest(): number {
    const urgentAt = this.#line.reaches(1);
    const bulkAt = this.#bulkAt();
    let earliest = Infinity;
    for (const lane of this.#lanes) {
      const { report, audio } = lane.queues;
      if (report.length > 0 || audio.length > 0)
        earliest = Math.min(earliest, Math.max(urgentAt, lane.urgentAt()));
      if (lane.bulk > 0) earliest = Math.min(earliest, Math.max(bulkAt, lane.bulkAt()));
    }
    return earliest;
  }

  #popUrgent(priority: 'report' | 'audio', now: Micros): OutgoingDatagram | undefined {
    if (this.#urgent[priority] === 0 || this.#line.reaches(1) > now) return undefined;
    for (let count = this.#lanes.length; count > 0; count -= 1) {
      const lane = this.#nextLane();
      if (lane.queues[priority].length === 0 || lane.urgentAt() > now) continue;
      this.#urgent[priority] -= 1;
      return this.#leave(lane.takeUrgent(priority, now), lane, now);
    }
    return undefined;
  }

  #popBulk(now: Micros): OutgoingDatagram | undefined {
    if (this.#bulk === 0) return undefined;
    const interval = this.#interval.value;
    if (this.#bulkAt() > now) {
      if (this.#group === 0) {
        this.#group = Math.min(this.#bulk, GROUP_BYTES);
        this.#line.setBound(creditBound(this.#waitingSince, interval, now), now);
      }
      return undefined;
    }
    // One datagram a destination in turn: none gets a longer burst than needed.
    for (let count = this.#lanes.length; count > 0; count -= 1) {
      const lane = this.#nextLane();
      if (lane.bulk === 0) continue;
      if (lane.bulkAt() > now) {
        lane.endGroup(interval, now);
        continue;
      }
      const datagram = lane.takeBulk(now);
      this.#group = 0;
      this.#bulk -= datagram.data.length;
      return this.#leave(datagram, lane, now);
    }
    return undefined;
  }

  #leave(datagram: OutgoingDatagram, lane: Lane, now: Micros): OutgoingDatagram {
    this.#length -= 1;
    this.#line.take(datagram.data.length, now);
    if (this.#bulk === 0) this.#line.setBound(MAX_BURST_BYTES, now);
    if (!lane.present && lane.empty) this.#remove(lane);
    return datagram;
  }

  /** When the line has room for frames and repair. */
  #bulkAt(): Micros {
    const reserve = Math.min(MAX_BURST_BYTES / 4, RESERVE_BYTES * this.#lanes.length);
    return this.#line.reaches(reserve + Math.max(1, this.#group));
  }

  #nextLane(): Lane {
    const lane = this.#lanes[this.#turn]!;
    this.#turn = (this.#turn + 1) % this.#lanes.length;
    return lane;
  }

  #add(destination: string): Lane {
    const lane = new Lane(destination, rateOf(Infinity));
    this.#byDestination.set(destination, lane);
    this.#lanes.push(lane);
    return lane;
  }

  #remove(lane: Lane): void {
    this.#byDestination.delete(lane.destination);
    this.#lanes.splice(this.#lanes.indexOf(lane), 1);
    this.#turn = 0;
  }
}

/** Bytes a microsecond that a budget gives. */
function rateOf(bitsPerSecond: number): number {
  if (bitsPerSecond === Infinity) return DEFAULT_RATE / 8e6;
  const rate = bitsPerSecond > MIN_RATE ? bitsPerSecond * BUDGET_FACTOR : MIN_RATE;
  return Math.min(LINE_RATE, rate / 8e6);
}

/** Room to catch up what a pause left, without much of a queue on the way. */
const BUDGET_FACTOR = 1.25;
/** Bits a second, of a destination without a bound. */
const DEFAULT_RATE = 200e6;
/** Bits a second: two channels of 16-bit sound, reports and a little more. */
const MIN_RATE = 2e6;
