import { micros, millis, seconds, type Micros } from '@hellohaybye/core';
import type { IncomingFrame } from '@hellohaybye/transport';

/** Ticks a second of the timestamps of the streams that are expected. */
export interface StreamRates {
  picture?: number;
  sound?: number;
}

/** How long each stream's first frames are held. */
const settling = millis(500);
/** How long the first frame of all waits for the other stream's. */
const patience = seconds(1);
/** What is further from where the timestamps put it belongs to another source or follows a pause. */
const nearness = seconds(1);

/**
 * Holds what comes first of a recording. On a busy machine the first frames are taken late, and those of each stream
 * differently; the earliest of the first half second shows when all of them were due. Pure.
 */
export class RecordingStart {
  readonly #held: IncomingFrame[] = [];

  constructor(private readonly rates: StreamRates) {}

  /**
   * Holds one more frame.
   * @returns whether there is no reason to hold any longer: every stream has come, and its sender has reported or half
   *   a second has passed; or a second has passed in all
   */
  push(frame: IncomingFrame): boolean {
    this.#held.push(frame);
    const now = frame.arrivedAt;
    if (now - this.#held[0]!.arrivedAt >= patience) return true;
    const streams = [
      ...(this.rates.picture === undefined ? [] : [this.#of('picture')]),
      ...(this.rates.sound === undefined ? [] : [this.#of('sound')]),
    ];
    return streams.every(
      (frames) => frames.some(isReported) || now - (frames[0]?.arrivedAt ?? now) >= settling,
    );
  }

  get isEmpty(): boolean {
    return this.#held.length === 0;
  }

  /**
   * All frames that are held, in their order. Each has arrived when it would have, had none been late; where the
   * sender reported in this time, it is known of all of them when they were captured.
   */
  release(): IncomingFrame[] {
    const { picture, sound } = this.rates;
    const pictures = settle(this.#of('picture'), picture);
    const sounds = settle(this.#of('sound'), sound);
    return this.#held.map((frame) => (kindOf(frame) === 'sound' ? sounds : pictures)(frame));
  }

  #of(kind: keyof StreamRates): IncomingFrame[] {
    return this.#held.filter((frame) => kindOf(frame) === kind);
  }
}

const kindOf = ({ format }: IncomingFrame): keyof StreamRates => (format === 'l16' ? 'sound' : 'picture');

const isReported = ({ capturedAt }: IncomingFrame): boolean => capturedAt !== undefined;

/** @param frames the first ones of one stream */
function settle(
  frames: readonly IncomingFrame[],
  rate: number | undefined,
): (frame: IncomingFrame) => IncomingFrame {
  const [first] = frames;
  if (!first || rate === undefined) return (frame) => frame;
  const sent = ({ timestamp }: IncomingFrame) => ((timestamp - first.timestamp) * 1e6) / rate;
  const lead = (frame: IncomingFrame) => frame.arrivedAt - sent(frame);
  const own = frames.filter((frame) => Math.abs(lead(frame) - first.arrivedAt) < nearness);
  const due = Math.min(...own.map(lead));
  const reported = own.find(isReported);
  const capturedAt = (frame: IncomingFrame): { capturedAt?: Micros } =>
    reported && !isReported(frame)
      ? { capturedAt: micros(reported.capturedAt! + sent(frame) - sent(reported)) }
      : {};
  return (frame) =>
    own.includes(frame) ? { ...frame, arrivedAt: micros(due + sent(frame)), ...capturedAt(frame) } : frame;
}
