import { micros, seconds } from '@hellohaybye/core';
import { describe, expect, it } from 'vitest';
import { QueueDelay } from './queue-delay.js';

/** Frames at 30 a second whose travel takes what a function says, microseconds. */
function after(
  frames: number,
  travel: (frame: number) => number,
  queue = new QueueDelay(90_000),
): QueueDelay {
  for (let frame = 0; frame < frames; frame += 1)
    queue.begun(frame * 3000 + 1e9, micros(frame * (1e5 / 3) + travel(frame)));
  return queue;
}

describe('the delay of queues', () => {
  it('is none while travel takes the same, or after too few frames', () => {
    expect(after(100, () => 5000).standing).toBeLessThanOrEqual(1);
    expect(after(3, (frame) => frame * 9000).standing).toBe(0);
  });

  it('is what stands over some frames', () => {
    expect(after(100, (frame) => (frame < 50 ? 1000 : 21_000)).standing).toBeCloseTo(20_000, -2);
  });

  it('passes over jitter, and over a stall that delivers all in a burst', () => {
    expect(after(100, (frame) => (frame * 7919) % 8000).standing).toBeLessThan(3000);
    // 200 ms of frames are held back, and come together at its end.
    expect(after(57, (frame) => (frame < 50 ? 1000 : Math.max(1000, (56 - frame) * 33_333))).standing).toBe(
      0,
    );
  });

  it('falls back when the queue is empty again', () => {
    expect(after(120, (frame) => (frame > 40 && frame < 80 ? 30_000 : 1000)).standing).toBeLessThanOrEqual(1);
  });

  it('does not take clocks that drift apart for a queue', () => {
    // 100 parts in a million, over 10 minutes.
    expect(after(18_000, (frame) => 1000 + frame * 3.33).standing).toBeLessThan(2500);
  });

  it('takes a longer path for a queue for a while only', () => {
    const queue = after(1000, (frame) => (frame < 100 ? 1000 : 31_000));
    expect(queue.standing).toBeLessThanOrEqual(1);
    queue.restart();
    expect(queue.standing).toBe(0);
    queue.begun(0, seconds(99));
    expect(queue.standing).toBe(0);
  });

  it('is not what a clock was set by, or a machine slept for', () => {
    for (const by of [86_400_000_000, 300_000, -300_000, -86_400_000_000]) {
      const queue = after(100, (frame) => 1000 + (frame < 50 ? 0 : by));
      expect(queue.standing).toBeLessThanOrEqual(1);
    }
    // A queue that grows by less stands.
    expect(after(100, (frame) => (frame < 50 ? 1000 : 201_000)).standing).toBeCloseTo(200_000, -3);
  });

  it('begins anew with a new source, whose clock is another', () => {
    const queue = after(400, () => 1000);
    queue.restart();
    expect(after(400, () => 30_000, queue).standing).toBeLessThanOrEqual(1);
  });
});
