import { micros, seconds, ticksIn, type Micros } from '@hellohaybye/core';
import type { IncomingFrame } from '@hellohaybye/transport';

type Timing = Pick<IncomingFrame, 'arrivedAt' | 'capturedAt'>;

/** A sender whose clock says that a frame took longer than this, or left that much later, has another clock. */
const unbelievable = seconds(5);
/** The longest gap in audio that is filled with silence; after a longer one the file has a gap too. */
const longestFill = seconds(10);
/** What comes at most so late belongs to a place that has been filled, not to a new beginning. */
const lateness = seconds(1);
/** How much slower than ours a sender's clock may be. */
const drift = 0.001;
/** RTP ticks a second of JPEG (RFC 2435 3). */
export const pictureRate = 90_000;
/** How fast sound follows the sender's clock: a share of its length. */
const slew = 0.005;

/**
 * Tells when a frame was captured, on our clock. A sender's reports relate the clocks of all its streams, and
 * the first frame they tell of relates that to ours, so streams keep their true distance whatever the network
 * and their start did. Without reports it is the arrival. The stream that is reported of first does not jump: that
 * frame may have come late, the others of its stream tell better when it was due.
 */
export class RecordingClock {
  #shift: number | undefined;

  /** @param expected where the frame belongs by those of its stream before it; undefined when they tell nothing */
  instantOf({ arrivedAt, capturedAt }: Timing, expected?: Micros): Micros {
    if (capturedAt === undefined) return arrivedAt;
    const off = capturedAt + (this.#shift ?? Infinity) - arrivedAt;
    const isNear = expected !== undefined && Math.abs(expected - arrivedAt) <= lateness;
    if (Math.abs(off) > unbelievable) this.#shift = (isNear ? expected : arrivedAt) - capturedAt;
    return micros(capturedAt + this.#shift!);
  }
}

/**
 * Lays pictures in time. As long as the sender says nothing of its clock they are as far apart as it captured
 * them, not as they arrived, and as early as any arrival shows that they can be.
 */
export class PictureTimeline {
  #last: { at: number; timestamp: number } | undefined;

  /**
   * @param instant when the picture was captured, or arrived
   * @returns the instant at which it is shown
   */
  place({ timestamp, capturedAt }: Pick<IncomingFrame, 'timestamp' | 'capturedAt'>, instant: Micros): Micros {
    const at = capturedAt === undefined ? this.#byTimestamp(timestamp, instant) : instant;
    this.#last = { at, timestamp };
    return micros(at);
  }

  /** Where a picture belongs by its timestamp and the picture before it; undefined for the first and an older one. */
  expected({ timestamp }: Pick<IncomingFrame, 'timestamp'>): Micros | undefined {
    const step = this.#stepTo(timestamp);
    return step === undefined ? undefined : micros(this.#last!.at + step);
  }

  #byTimestamp(timestamp: number, arrivedAt: Micros): number {
    const step = this.#stepTo(timestamp);
    if (step === undefined) return arrivedAt;
    const expected = this.#last!.at + step;
    // What is not near it belongs to another source or follows a pause that the timestamps do not tell of.
    if (Math.abs(arrivedAt - expected) > lateness) return arrivedAt;
    return Math.min(arrivedAt, expected + drift * step);
  }

  #stepTo(timestamp: number): number | undefined {
    if (!this.#last) return undefined;
    const step = ((timestamp - this.#last.timestamp) * 1e6) / pictureRate;
    return step < 0 ? undefined : step;
  }
}

/** Where a packet of audio goes. */
export interface AudioPlace {
  /** Silence to be put before it, samples of each channel. */
  silence: number;
  /** The instant of the first sample, of the silence if there is some. */
  at: Micros;
}

/** Lays packets of audio one after the other; lost ones and pauses leave silence. */
export class AudioTimeline {
  /** The instant, microseconds and parts of them, and the RTP timestamp at which what is there ends. */
  #end: number | undefined;
  #expected = 0;

  /** @param rate samples a second of each channel */
  constructor(
    private readonly channels: number,
    private readonly rate: number,
  ) {}

  /**
   * @param instant when the packet was captured, or arrived
   * @returns undefined when its place has been filled
   */
  place(
    frame: Pick<IncomingFrame, 'timestamp' | 'data' | 'capturedAt'>,
    instant: Micros,
  ): AudioPlace | undefined {
    const samples = this.#samplesIn(frame);
    const end = this.#end;
    const step = this.#stepTo(frame);
    if (end !== undefined && step < 0 && step >= -ticksIn(lateness, this.rate)) return undefined;
    this.#expected = frame.timestamp + samples;
    const goesOn = end !== undefined && this.#isFilled(step);
    const { silence, at } = goesOn
      ? { silence: step, at: end + this.#drift(frame, instant, end, step) }
      : this.#beginning(instant);
    this.#end = at + this.#microsOf(silence + samples);
    return { silence, at: micros(at) };
  }

  /** Where a packet belongs by its timestamp and the packet before it; undefined when that tells nothing. */
  expected(frame: Pick<IncomingFrame, 'timestamp' | 'data'>): Micros | undefined {
    const step = this.#stepTo(frame);
    if (this.#end === undefined || !this.#isFilled(step)) return undefined;
    return micros(this.#end + this.#microsOf(step));
  }

  #stepTo(frame: Pick<IncomingFrame, 'timestamp' | 'data'>): number {
    const step = frame.timestamp - this.#expected;
    // Some senders' timestamps are made of milliseconds: that neither is a gap nor comes late.
    return Math.abs(step) < this.#samplesIn(frame) / 2 ? 0 : step;
  }

  #isFilled = (step: number): boolean => step >= 0 && step <= ticksIn(longestFill, this.rate);

  #samplesIn = ({ data }: Pick<IncomingFrame, 'data'>): number => data.length / 2 / this.channels;

  /** What follows a pause or belongs to another source: its timestamps say nothing about its place. */
  #beginning(instant: Micros): { silence: number; at: number } {
    const pause = this.#end === undefined ? Infinity : instant - this.#end;
    if (pause > longestFill) return { silence: 0, at: instant };
    return { silence: Math.max(0, ticksIn(micros(pause), this.rate)), at: this.#end! };
  }

  /** Two clocks drift apart. What is heard stays as it is; its timestamps follow, too slowly to be noticed. */
  #drift(
    { data, capturedAt }: Pick<IncomingFrame, 'data' | 'capturedAt'>,
    instant: Micros,
    end: number,
    silence: number,
  ): number {
    if (capturedAt === undefined) return 0;
    const most = slew * this.#microsOf(data.length / 2 / this.channels);
    return Math.max(-most, Math.min(most, instant - this.#microsOf(silence) - end));
  }

  #microsOf = (samples: number): number => (samples * 1e6) / this.rate;
}
