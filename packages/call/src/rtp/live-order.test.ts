import { millis } from '@hellohaybye/core';
import type { IncomingFrame } from '@hellohaybye/transport';
import { describe, expect, it } from 'vitest';
import { LiveOrder } from './live-order.js';

const rate = 8000;
/** Samples of each channel in a packet: 10 ms. */
const length = 80;
const order = (channels = 1) => new LiveOrder({ clockRate: rate, channels }, millis(40));

const picture = (timestamp: number): IncomingFrame => ({
  ...{ peer: 'anna', stream: 'video', format: 'jpeg', data: new Uint8Array(1), sequenceNumber: 0 },
  ...{ timestamp, arrivedAt: millis(0) },
});

/** The packet of a number, captured 10 ms after the one before; it arrives as late as is said. */
const sound = (number: number, { lateMs = 0, channels = 1 } = {}): IncomingFrame => ({
  ...{ peer: 'anna', stream: 'audio', format: 'l16', sequenceNumber: number },
  data: new Uint8Array(length * 2 * channels).fill(1),
  timestamp: number * length,
  capturedAt: millis(5000 + number * 10),
  arrivedAt: millis(number * 10 + lateMs),
});
const numbers = (frames: IncomingFrame[]) => frames.map(({ sequenceNumber }) => sequenceNumber);

describe('LiveOrder', () => {
  it('gives out at once what comes in order', () => {
    const live = order();
    expect([1, 2, 3].map((number) => numbers(live.push(sound(number))))).toEqual([[1], [2], [3]]);
    expect([10, 20].map((timestamp) => live.push(picture(timestamp)).length)).toEqual([1, 1]);
    expect(live.overtaken).toBe(0);
  });

  it('leaves out a picture that was overtaken, until the source begins anew', () => {
    const live = order();
    live.push(picture(20));
    expect(live.push(picture(10))).toEqual([]);
    expect(live.overtaken).toBe(1);
    live.restart('video');
    expect(live.push(picture(10))).toHaveLength(1);
  });

  it('holds sound back for a packet that is missing, and gives all out when it comes', () => {
    const live = order();
    live.push(sound(1));
    expect(live.push(sound(3))).toEqual([]);
    expect(live.push(sound(4))).toEqual([]);
    const given = live.push(sound(2, { lateMs: 25 }));
    expect(numbers(given)).toEqual([2, 3, 4]);
    expect(given.map(({ data }) => data.length)).toEqual([160, 160, 160]);
  });

  it.each([1, 2])('makes silence of sound that stays lost, in %i channels', (channels) => {
    const live = order(channels);
    live.push(sound(1, { channels }));
    for (const number of [4, 5, 6, 7]) expect(live.push(sound(number, { channels }))).toEqual([]);
    const given = live.push(sound(8, { channels }));
    expect(numbers(given)).toEqual([4, 5, 6, 7, 8]);
    const [filled] = given as [IncomingFrame];
    expect(filled).toMatchObject({ timestamp: 2 * length, capturedAt: millis(5020), arrivedAt: millis(20) });
    expect([...filled.data]).toEqual([
      ...new Uint8Array(2 * 160 * channels),
      ...new Uint8Array(160 * channels).fill(1),
    ]);
    expect(live.push(sound(3, { channels, lateMs: 60 }))).toEqual([]);
    expect(live.overtaken).toBe(1);
  });

  it('waits for no more than one loss at a time', () => {
    const live = order();
    live.push(sound(1));
    for (const number of [3, 5, 6]) live.push(sound(number));
    // The third has waited long enough; the fifth has not.
    expect(numbers(live.push(sound(7)))).toEqual([3]);
    expect(numbers(live.push(sound(4, { lateMs: 35 })))).toEqual([4, 5, 6, 7]);
  });

  it('fills neither a pause nor what was lost for long', () => {
    const live = order();
    live.push(sound(1));
    // Nothing is lost: no number is missing.
    const [later] = live.push({ ...sound(2), timestamp: 50 * length });
    expect(later!.data).toHaveLength(160);
    live.push(sound(100));
    const [given] = live.restart('audio');
    expect(given!.data).toHaveLength(160);
  });

  it('gives out what waits when the source begins anew, whose numbers are others', () => {
    const live = order();
    live.push(sound(70));
    live.push(sound(72));
    expect(numbers(live.restart('audio'))).toEqual([72]);
    expect(numbers(live.push(sound(3)))).toEqual([3]);
  });
});
