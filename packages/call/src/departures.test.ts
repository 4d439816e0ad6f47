import { micros, millis } from '@hellohaybye/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Departures } from './departures.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function started(...members: string[]) {
  const gone: string[] = [];
  const clock = { now: () => micros(millis(Date.now())) };
  const departures: Departures = new Departures(clock, (id, reason) => {
    gone.push(`${id} ${reason}`);
    departures.forget(id);
  });
  for (const peer of members) departures.take({ type: 'source', peer, stream: 'video', ssrc: 1 });
  return { departures, gone };
}

describe('who has gone, without a server', () => {
  it('is not told by a BYE, as long as anything of theirs comes', () => {
    const { departures, gone } = started('anna', 'ben');
    departures.serverIs('lost');
    departures.take({ type: 'bye', peer: 'anna', stream: 'video' });
    vi.advanceTimersByTime(60_000);
    expect(gone).toEqual([]);
    // They were heard after it: this silence is another matter.
    departures.take({ type: 'timeout', peer: 'anna' });
    vi.advanceTimersByTime(24_000);
    expect(gone).toEqual([]);
    vi.advanceTimersByTime(2000);
    expect(gone).toEqual(['anna timed-out']);
  });

  it('is told by silence that follows a BYE, even of the last one', () => {
    const { departures, gone } = started('anna');
    departures.serverIs('lost');
    departures.take({ type: 'bye', peer: 'anna', stream: 'video' });
    vi.advanceTimersByTime(5000);
    departures.take({ type: 'timeout', peer: 'anna' });
    expect(gone).toEqual(['anna left']);
  });

  it('is told by silence of half a minute, unless they are heard again', () => {
    const { departures, gone } = started('anna', 'ben');
    departures.take({ type: 'timeout', peer: 'anna' });
    vi.advanceTimersByTime(100_000);
    expect(gone).toEqual([]);
    departures.serverIs('lost');
    vi.advanceTimersByTime(20_000);
    departures.take({ type: 'resumed', peer: 'anna' });
    vi.advanceTimersByTime(100_000);
    departures.take({ type: 'timeout', peer: 'anna' });
    vi.advanceTimersByTime(24_999);
    expect(gone).toEqual([]);
    vi.advanceTimersByTime(2);
    expect(gone).toEqual(['anna timed-out']);
  });

  it('is nobody where nobody is heard: then we are cut off ourselves', () => {
    const { departures, gone } = started('anna', 'ben');
    departures.serverIs('lost');
    departures.take({ type: 'timeout', peer: 'anna' });
    departures.take({ type: 'timeout', peer: 'ben' });
    vi.advanceTimersByTime(100_000);
    expect(gone).toEqual([]);
    departures.take({ type: 'resumed', peer: 'ben' });
    expect(gone).toEqual(['anna timed-out']);
  });

  it('is the server’s to say when there is one', () => {
    const { departures, gone } = started('anna', 'ben');
    departures.serverIs('lost');
    departures.take({ type: 'timeout', peer: 'anna' });
    departures.serverIs('there');
    departures.take({ type: 'bye', peer: 'ben', stream: 'video' });
    departures.take({ type: 'timeout', peer: 'ben' });
    vi.advanceTimersByTime(100_000);
    departures.close();
    expect(gone).toEqual([]);
  });
});
