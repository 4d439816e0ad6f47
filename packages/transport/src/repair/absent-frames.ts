import { micros, type Micros } from '@hellohaybye/core';
import type { Cadence } from './cadence.js';

/** A frame of which nothing was seen, though it should have come. */
export interface AbsentFrame {
  /** About its timestamp. */
  timestamp: number;
  /** How far its timestamp may be from that. */
  within: number;
  /** One after the highest sequence number that was seen before it: unwrapped. */
  sequenceNumber: number;
  /** How many frames after the one with that number it is. */
  ahead: number;
  /** When its last packet should have come. */
  due: Micros;
  deadline: Micros;
  askAt: Micros | undefined;
  asked: number;
  /** Whether a newer frame came: then it was not just held back. */
  overtaken: boolean;
  /** Where a gap showed that it is missing: the frame behind that, for the gap may hold more. */
  behind: { sequenceNumber: number; timestamp: number } | undefined;
}

/**
 * Frames that should have come by the stream's cadence. Whether they got lost, or are held back by a radio
 * that stalls, can't be told at first; how the last ones ended says which is likely.
 */
export class AbsentFrames {
  readonly frames: AbsentFrame[] = [];
  /** Frames of which nothing ever came. */
  unseen = 0;
  #passed = 0;
  /** When the next frame is overdue, and of which cadence and frame that is. */
  #nextAt: Micros | undefined;
  #nextOfCadence = -1;
  #nextPassed = -1;
  #lost = 0;
  #late = 0;

  constructor(
    private readonly cadence: Cadence,
    private readonly deadline: Micros,
  ) {}

  /** When the next frame is overdue. */
  get nextAt(): Micros | undefined {
    if (this.#passed >= MAX_PASSED) return undefined;
    if (this.#nextPassed !== this.#passed || this.#nextOfCadence !== this.cadence.changes) {
      const next = this.cadence.expected(this.#passed);
      this.#nextAt = next && micros(next.at + this.cadence.span);
      this.#nextPassed = this.#passed;
      this.#nextOfCadence = this.cadence.changes;
    }
    return this.#nextAt;
  }

  /**
   * Takes up the next frame.
   * @param highest sequence number seen so far
   * @param ended whether that is of its frame's last packet
   */
  expect(highest: number, ended: boolean, now: Micros): void {
    const { timestamp } = this.cadence.expected(this.#passed)!;
    const due = this.nextAt!;
    this.frames.push({
      timestamp,
      within: this.cadence.interval! / 2,
      sequenceNumber: highest + 1,
      // What follows on a packet in the midst of a frame is of that frame.
      ahead: ended ? this.#passed : this.#passed + 1,
      due,
      deadline: micros(due + this.deadline),
      askAt: now,
      asked: 0,
      overtaken: false,
      behind: undefined,
    });
    this.#passed += 1;
  }

  /** A newer frame than all before is known of: expected is the one after it, anew. */
  passOver(timestamp: number): void {
    this.#passed = 0;
    for (let index = this.frames.length - 1; index >= 0; index -= 1) {
      const frame = this.frames[index]!;
      if (frame.timestamp - frame.within >= timestamp) this.frames.splice(index, 1);
    }
  }

  /** The first packet of a frame came that is newer than all before. */
  begun(timestamp: number, now: Micros): void {
    this.passOver(timestamp);
    if (this.frames.length === 0) return;
    this.found(timestamp, false);
    for (const frame of this.frames) {
      if (frame.overtaken || frame.timestamp > timestamp) continue;
      frame.overtaken = true;
      if (frame.asked > 0) frame.askAt = now;
    }
  }

  /**
   * A frame began that follows on the end of the one before it: what was thought to be between the two was
   * never sent.
   * @param sequenceNumber of its first packet
   */
  followed(sequenceNumber: number, timestamp: number): void {
    for (let index = this.frames.length - 1; index >= 0; index -= 1) {
      const frame = this.frames[index]!;
      if (frame.sequenceNumber !== sequenceNumber || frame.timestamp >= timestamp) continue;
      this.frames.splice(index, 1);
      if (frame.asked > 0) this.#count(false);
    }
  }

  /**
   * A frame began that did not follow on the end of the one before it.
   * @param sequenceNumber of the first packet in between
   * @param before timestamp of the frame that ended
   * @param behind the frame that began
   */
  skipped(
    sequenceNumber: number,
    before: number,
    behind: NonNullable<AbsentFrame['behind']>,
    now: Micros,
    deadline = micros(now + this.deadline / 2),
  ): void {
    this.expire(now);
    if (this.frames.some((frame) => frame.overtaken && frame.sequenceNumber <= sequenceNumber)) return;
    // One at least is missing; whether there are more is known once this one is there.
    this.frames.push({
      timestamp: (before + behind.timestamp) / 2,
      within: (behind.timestamp - before) / 2,
      sequenceNumber,
      ahead: 0,
      due: now,
      deadline,
      askAt: now,
      asked: 0,
      overtaken: true,
      behind,
    });
  }

  /** Something of a frame came: it is absent no longer. @returns what was known of it */
  found(timestamp: number, lost: boolean): AbsentFrame | undefined {
    if (this.frames.length === 0) return undefined;
    const index = this.frames.findIndex((frame) => Math.abs(frame.timestamp - timestamp) < frame.within);
    if (index < 0) return undefined;
    const frame = this.frames[index]!;
    this.frames.splice(index, 1);
    if (frame.asked > 0) this.#count(lost);
    return frame;
  }

  /** Whether frames that are absent mostly turn out to be lost: then they are asked for as a whole. */
  get mostlyLost(): boolean {
    return this.#lost > 2 * this.#late;
  }

  /** Forgets those that are of no use any more. */
  expire(now: Micros): void {
    for (let index = this.frames.length - 1; index >= 0; index -= 1) {
      const { deadline, overtaken } = this.frames[index]!;
      if (deadline > now) continue;
      this.frames.splice(index, 1);
      if (!overtaken) continue;
      this.unseen += 1;
      this.#count(true);
    }
  }

  restart(): void {
    this.frames.length = 0;
    this.#passed = 0;
  }

  #count(lost: boolean): void {
    this.#lost *= 0.9;
    this.#late *= 0.9;
    if (lost) this.#lost += 1;
    else this.#late += 1;
  }
}

/** Frames that may fail to come, one after the other, before no more are expected: the stream paused. */
const MAX_PASSED = 3;
