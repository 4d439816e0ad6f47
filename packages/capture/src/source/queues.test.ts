import { describe, expect, it } from 'vitest';
import { BoundedQueue } from './bounded-queue.js';

describe('BoundedQueue of one', () => {
  it('gives a slow consumer the newest only, and counts what it missed', async () => {
    const latest = new BoundedQueue<number>(1);
    const iterator = latest[Symbol.asyncIterator]();
    for (const item of [1, 2, 3]) latest.put(item);
    expect(await iterator.next()).toEqual({ value: 3, done: false });
    expect(latest.dropped).toBe(2);
  });

  it('hands an item straight to who waits for it', async () => {
    const latest = new BoundedQueue<number>(1);
    const next = latest[Symbol.asyncIterator]().next();
    latest.put(1);
    latest.put(2);
    expect((await next).value).toBe(1);
    expect(latest.dropped).toBe(0);
  });

  it('ends for who waits and for who comes later', async () => {
    const latest = new BoundedQueue<number>(1);
    const iterator = latest[Symbol.asyncIterator]();
    const waiting = iterator.next();
    latest.close();
    latest.put(1);
    expect([await waiting, await iterator.next()]).toEqual([
      { value: undefined, done: true },
      { value: undefined, done: true },
    ]);
  });
});

describe('BoundedQueue', () => {
  it('keeps order, and lets the oldest go when there are too many', async () => {
    const queue = new BoundedQueue<number>(3);
    for (const item of [1, 2, 3, 4, 5]) queue.put(item);
    expect(queue.dropped).toBe(2);
    const taken: number[] = [];
    for await (const item of queue) {
      taken.push(item);
      if (item === 5) queue.close();
    }
    expect(taken).toEqual([3, 4, 5]);
  });

  it('hands an item straight to who waits for it', async () => {
    const queue = new BoundedQueue<number>(1);
    const next = queue[Symbol.asyncIterator]().next();
    queue.put(7);
    expect((await next).value).toBe(7);
  });
});
