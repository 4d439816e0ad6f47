import { millis, type Micros } from '@hellohaybye/core';

/**
 * The time from one frame to the next, learnt from when frames come: a mean over some eight of them, of all
 * streams together, because each has to be out before the next of any stream comes.
 */
export class FrameInterval {
  /** Microseconds. */
  value: number = DEFAULT_INTERVAL;
  #last: Micros | undefined;

  /** A packet of a frame came; those of one instant are one frame. */
  packet(now: Micros): void {
    if (now === this.#last) return;
    if (this.#last !== undefined) {
      // A pause counts as no more than a frame left out: what follows it must not be slow.
      const gap = Math.min(now - this.#last, 2 * this.value);
      this.value = Math.min(MAX_INTERVAL, Math.max(MIN_INTERVAL, this.value + (gap - this.value) / 8));
    }
    this.#last = now;
  }
}

/** Of 30 frames a second. */
const DEFAULT_INTERVAL = millis(1000 / 30);
/** Of 200 frames a second: who sends more often has messages, not pictures. */
const MIN_INTERVAL = millis(5);
const MAX_INTERVAL = millis(1000);
