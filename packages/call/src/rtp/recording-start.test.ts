import { millis, type Micros } from '@hellohaybye/core';
import type { IncomingFrame } from '@hellohaybye/transport';
import { describe, expect, it } from 'vitest';
import { RecordingStart } from './recording-start.js';

const ms = (value: number): Micros => millis(1_000_000 + value);
const rates = { picture: 90_000, sound: 48_000 };

/** A frame that was sent and that arrived at an instant, milliseconds. */
const frame = (
  stream: 'picture' | 'sound',
  sent: number,
  arrived: number,
  reported = false,
): IncomingFrame => ({
  ...{ peer: 'sender', stream, format: stream === 'sound' ? 'l16' : 'jpeg', sequenceNumber: 0 },
  data: new Uint8Array(0),
  timestamp: 7000 + (sent * rates[stream]) / 1000,
  arrivedAt: ms(arrived),
  ...(reported && { capturedAt: millis(sent) }),
});

/** @returns how many frames were held, and when each of them was due and captured, milliseconds */
const begin = (frames: IncomingFrame[], of: typeof rates | { sound: number } = rates) => {
  const start = new RecordingStart(of);
  const held = frames.findIndex((next) => start.push(next)) + 1;
  const due = start.release().map(({ format, arrivedAt, capturedAt }) => ({
    sound: format === 'l16',
    at: Math.round((arrivedAt - ms(0)) / 1000),
    ...(capturedAt !== undefined && { captured: capturedAt / 1000 }),
  }));
  return { held, due };
};
const every = (step: number, from: number, to: number) =>
  Array.from({ length: Math.ceil((to - from) / step) }, (_, index) => from + index * step);

describe('RecordingStart', () => {
  it('takes the earliest of the first half second for when all of them were due, each stream by itself', () => {
    // The first pictures are 80 ms late, the first sound 35; both are in time by the end.
    const pictures = every(40, 0, 600).map((at) => frame('picture', at, at + Math.max(5, 80 - at / 4)));
    const sounds = every(10, 0, 600).map((at) => frame('sound', at, at + Math.max(5, 35 - at / 10)));
    const all = [...pictures, ...sounds].toSorted((one, other) => one.arrivedAt - other.arrivedAt);
    const { held, due } = begin(all);
    expect(held).toBeGreaterThan(50);
    const [seen, heard] = [false, true].map((sound) => due.filter((one) => one.sound === sound));
    expect(seen!.map(({ at }) => at)).toEqual(every(40, 5, 600).slice(0, seen!.length));
    expect(heard!.map(({ at }) => at)).toEqual(every(10, 5, 600).slice(0, heard!.length));
  });

  it('holds nothing for longer than half a second after both streams began', () => {
    const all = every(20, 0, 2000).flatMap((at) => [frame('picture', at, at), frame('sound', at, at)]);
    expect(all[begin(all).held - 1]!.arrivedAt).toBe(ms(500));
  });

  it('holds nothing for longer than a second in all, whatever does not come', () => {
    const alone = every(20, 0, 2000).map((at) => frame('picture', at, at));
    expect(alone[begin(alone).held - 1]!.arrivedAt).toBe(ms(1000));
    const late = [...alone, ...every(10, 700, 2000).map((at) => frame('sound', at, at))];
    const sorted = late.toSorted((one, other) => one.arrivedAt - other.arrivedAt);
    expect(sorted[begin(sorted).held - 1]!.arrivedAt).toBe(ms(1000));
  });

  it('waits for one stream where one is all there is', () => {
    const sounds = every(10, 0, 900).map((at) => frame('sound', at, at));
    expect(begin(sounds, { sound: rates.sound }).held).toBe(51);
  });

  it('needs no more time when both senders have reported, and knows of all when they were captured', () => {
    const { held, due } = begin([
      frame('picture', 0, 70),
      frame('sound', 10, 75),
      frame('picture', 40, 80, true),
      frame('sound', 20, 81),
      frame('sound', 30, 90, true),
      frame('sound', 40, 91, true),
    ]);
    expect(held).toBe(5);
    expect(due.map(({ captured }) => captured)).toEqual([0, 10, 40, 20, 30]);
  });

  it('leaves another source and what follows a pause where they arrived', () => {
    const { due } = begin([
      frame('sound', 0, 30),
      frame('sound', 10, 31),
      frame('sound', 90_000, 45),
      frame('sound', 90_010, 50),
    ]);
    expect(due.map(({ at }) => at)).toEqual([21, 31, 45, 50]);
  });

  it('is empty until something comes', () => {
    const start = new RecordingStart(rates);
    expect([start.isEmpty, start.release()]).toEqual([true, []]);
    start.push(frame('sound', 0, 0));
    expect(start.isEmpty).toBe(false);
  });
});
