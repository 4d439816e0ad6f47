import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { waitFor } from './interruption.js';

describe('waitFor', () => {
  const never = new AbortController().signal;

  it('ends after its time, and leaves no listener behind', async () => {
    await waitFor(1, never);
    expect(getEventListeners(never, 'abort')).toEqual([]);
  });

  it('ends at once when the signal aborts, before or while it waits', async () => {
    await waitFor(1e6, AbortSignal.abort());
    const controller = new AbortController();
    const waiting = waitFor(undefined, controller.signal);
    controller.abort();
    await waiting;
  });

  it('fails when what goes on meanwhile does, and goes on when that just ends', async () => {
    await expect(waitFor(1e6, never, Promise.reject(new Error('gone')))).rejects.toThrow('gone');
    await waitFor(1, never, Promise.resolve());
    expect(getEventListeners(never, 'abort')).toEqual([]);
  });
});
