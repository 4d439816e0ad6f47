import { durationOf, micros, millis, samples, ticksIn, type Micros } from '@hellohaybye/core';
import type { IncomingFrame, PayloadFormat } from '@hellohaybye/transport';

/** The longest loss of sound that is filled with silence. What comes after a longer one tells by its instant. */
const longestFill = millis(100);

/**
 * Puts frames in order for who watches live. The transport gives them out as they become whole, also after newer ones:
 * such a picture has nothing to show any more and is left out, as on the page; such a packet of sound is put where it
 * belongs, and what stays lost becomes silence, so that the timestamps of what goes on count all that was captured.
 * Nothing waits where nothing is missing. Pure; for the streams of one sender.
 */
export class LiveOrder {
  /** Pictures and packets of sound that were left out, because others after them had been given out. */
  overtaken = 0;
  #newestPicture = -Infinity;
  /** Packets of sound that wait for one before them, by their sequence numbers. */
  #waiting: IncomingFrame[] = [];
  /** The sequence number of the next packet of sound, and the timestamp at which the last one ended. */
  #next: number | undefined;
  #end = 0;

  /**
   * @param sound the format of the packets of sound
   * @param patience how long they wait for one that is missing
   */
  constructor(
    private readonly sound: Pick<PayloadFormat, 'clockRate' | 'channels'>,
    private readonly patience: Micros,
  ) {}

  /** Takes a frame. @returns those whose turn it is, lost sound as silence before what came after it */
  push(frame: IncomingFrame): IncomingFrame[] {
    if (frame.format === 'l16') return this.#pushSound(frame);
    if (frame.timestamp < this.#newestPicture) return this.#leaveOut();
    this.#newestPicture = frame.timestamp;
    return [frame];
  }

  /** A stream, `video` or `audio`, begins anew: its timestamps start over. @returns what still waited */
  restart(stream: string): IncomingFrame[] {
    if (stream !== 'audio') {
      this.#newestPicture = -Infinity;
      return [];
    }
    const rest = this.#waiting.splice(0).map((frame) => this.#take(frame));
    this.#next = undefined;
    return rest;
  }

  #pushSound(frame: IncomingFrame): IncomingFrame[] {
    if (this.#next !== undefined && frame.sequenceNumber < this.#next) return this.#leaveOut();
    const after = this.#waiting.findIndex(({ sequenceNumber }) => sequenceNumber > frame.sequenceNumber);
    this.#waiting.splice(after === -1 ? this.#waiting.length : after, 0, frame);
    const due = frame.arrivedAt - this.patience;
    // Who has waited long enough lets those before it go as well.
    const over = this.#waiting.findLastIndex(({ arrivedAt }) => arrivedAt <= due);
    const given: IncomingFrame[] = [];
    for (let index = 0; this.#waiting.length > 0; index += 1) {
      const isNext = this.#next === undefined || this.#waiting[0]!.sequenceNumber === this.#next;
      if (!isNext && index > over) break;
      given.push(this.#take(this.#waiting.shift()!));
    }
    return given;
  }

  /** Takes a packet of sound as the next one. */
  #take(frame: IncomingFrame): IncomingFrame {
    const { sequenceNumber, timestamp, data } = frame;
    const { clockRate, channels = 1 } = this.sound;
    const isAfterLoss = this.#next !== undefined && sequenceNumber > this.#next;
    const missing = isAfterLoss ? timestamp - this.#end : 0;
    this.#next = sequenceNumber + 1;
    this.#end = timestamp + data.length / 2 / channels;
    if (missing <= 0 || missing > ticksIn(longestFill, clockRate)) return frame;
    const filled = new Uint8Array(missing * 2 * channels + data.length);
    filled.set(data, missing * 2 * channels);
    const earlier = (instant: Micros) => micros(instant - durationOf(samples(missing), clockRate));
    return {
      ...frame,
      data: filled,
      timestamp: this.#end - filled.length / 2 / channels,
      arrivedAt: earlier(frame.arrivedAt),
      ...(frame.capturedAt !== undefined && { capturedAt: earlier(frame.capturedAt) }),
    };
  }

  #leaveOut(): [] {
    this.overtaken += 1;
    return [];
  }
}
