import { millis } from '@hellohaybye/core';
import type { IncomingFrame } from '@hellohaybye/transport';
import { describe, expect, it } from 'vitest';
import { FrameOrder } from './frame-order.js';

const frame = (stream: string, timestamp: number, arrivedAtMs: number): IncomingFrame => ({
  ...{ peer: 'sender', stream, format: 'generic', data: new Uint8Array(0), sequenceNumber: 0 },
  timestamp,
  arrivedAt: millis(arrivedAtMs),
});
const timestamps = (frames: IncomingFrame[]) => frames.map(({ timestamp }) => timestamp);

describe('FrameOrder', () => {
  it('puts a frame that was overtaken where it belongs', () => {
    const order = new FrameOrder();
    expect(order.push(frame('video', 1, 0))).toEqual([]);
    expect(order.push(frame('video', 3, 66))).toEqual([]);
    expect(order.push(frame('video', 2, 90))).toEqual([]);
    expect(timestamps(order.push(frame('video', 4, 100)))).toEqual([1]);
    expect(timestamps(order.push(frame('video', 5, 166)))).toEqual([2, 3]);
    expect(timestamps(order.flush())).toEqual([4, 5]);
  });

  it('leaves out what comes when its place is taken', () => {
    const order = new FrameOrder();
    order.push(frame('video', 2, 0));
    expect(timestamps(order.push(frame('video', 3, 100)))).toEqual([2]);
    order.push(frame('video', 1, 110));
    expect(timestamps(order.flush())).toEqual([3]);
  });

  it('keeps streams apart, and a source that begins anew', () => {
    const order = new FrameOrder();
    order.push(frame('video', 900, 0));
    order.push(frame('audio', 5, 1));
    expect(timestamps(order.restart('video'))).toEqual([900]);
    order.push(frame('video', 10, 50));
    expect(timestamps(order.flush()).toSorted((a, b) => a - b)).toEqual([5, 10]);
  });
});
