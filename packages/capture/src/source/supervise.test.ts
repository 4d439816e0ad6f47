import { HhbError } from '@hellohaybye/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Notice } from '../types.js';
import { supervise, type Attempt } from './supervise.js';

/** Runs that do what the test says. */
class Runs {
  readonly all: { alive: () => void; end: (reason: string) => void; stopped: boolean }[] = [];
  readonly notices: Notice[] = [];
  readonly options = {
    label: 'Camera',
    openTimeout: 5000,
    onNotice: (notice: Notice) => this.notices.push(notice),
    start: (alive: () => void): Attempt => {
      let settle: (reason: HhbError) => void = () => {};
      const ended = new Promise<HhbError>((resolve) => (settle = resolve));
      const run = {
        alive,
        end: (reason: string) => settle(new HhbError('source-failed', reason)),
        stopped: false,
      };
      this.all.push(run);
      return {
        ended,
        stop: () => {
          run.stopped = true;
          run.end('stopped');
          return Promise.resolve();
        },
      };
    },
  };
  get last() {
    return this.all.at(-1) as (typeof this.all)[0];
  }
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('supervise', () => {
  it('fails with the reason of a first run that ends before its first item', async () => {
    const runs = new Runs();
    const opening = supervise(runs.options);
    runs.last.end('no such camera');
    await expect(opening).rejects.toThrow('no such camera');
    expect(runs.notices).toEqual([]);
  });

  it('fails, and ends the run, when nothing comes in time', async () => {
    const runs = new Runs();
    const opening = expect(supervise(runs.options)).rejects.toThrow('Camera gave nothing within 5 s');
    await vi.advanceTimersByTimeAsync(5000);
    await opening;
    expect(runs.last.stopped).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('fails, and ends the run, when it is given up before its first item', async () => {
    const runs = new Runs();
    const giveUp = new AbortController();
    const opening = expect(supervise({ ...runs.options, signal: giveUp.signal })).rejects.toThrow(
      'Camera was given up',
    );
    giveUp.abort();
    await opening;
    expect(runs.last.stopped).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('goes on when it is given up after its first item: then it is there, and to be closed', async () => {
    const runs = new Runs();
    const giveUp = new AbortController();
    const opening = supervise({ ...runs.options, signal: giveUp.signal });
    runs.last.alive();
    const opened = await opening;
    giveUp.abort();
    await vi.advanceTimersByTimeAsync(0);
    expect(runs.last.stopped).toBe(false);
    await opened.close();
  });

  it('starts again after 0.5, 1, 2, 4, 8, 8 s, and says so once', async () => {
    const runs = new Runs();
    const opening = supervise(runs.options);
    runs.last.alive();
    const source = await opening;
    for (const [n, wait] of [500, 1000, 2000, 4000, 8000, 8000].entries()) {
      runs.last.end('unplugged');
      await vi.advanceTimersByTimeAsync(wait - 1);
      expect(runs.all).toHaveLength(n + 1);
      await vi.advanceTimersByTimeAsync(1);
      expect(runs.all).toHaveLength(n + 2);
    }
    expect(runs.notices.map(({ code }) => code)).toEqual(['source-lost']);
    expect(runs.notices[0]?.message).toBe('Camera was lost: unplugged. Trying again');
    await source.close();
  });

  it('says when it is back, and then begins with the short wait again', async () => {
    const runs = new Runs();
    const opening = supervise(runs.options);
    runs.last.alive();
    const source = await opening;
    for (const wait of [500, 1000]) {
      runs.last.end('unplugged');
      await vi.advanceTimersByTimeAsync(wait);
    }
    runs.last.alive();
    runs.last.alive();
    expect(runs.notices.map(({ code }) => code)).toEqual(['source-lost', 'source-restored']);
    runs.last.end('unplugged');
    await vi.advanceTimersByTimeAsync(500);
    expect(runs.all).toHaveLength(4);
    await source.close();
  });

  it('ends a run that falls silent, and starts another', async () => {
    const runs = new Runs();
    const opening = supervise({ ...runs.options, stallTimeout: 3000 });
    runs.last.alive();
    const source = await opening;
    await vi.advanceTimersByTimeAsync(2000);
    runs.last.alive();
    await vi.advanceTimersByTimeAsync(2999);
    expect(runs.last.stopped).toBe(false);
    await vi.advanceTimersByTimeAsync(501);
    expect(runs.all).toHaveLength(2);
    expect(runs.notices[0]?.message).toContain('Nothing came for 3 s');
    await source.close();
  });

  it('calls nothing a loss when it is closed soon after: so Ctrl-C looks', async () => {
    const runs = new Runs();
    const opening = supervise(runs.options);
    runs.last.alive();
    const source = await opening;
    runs.last.end('ffmpeg exited with code 255');
    await vi.advanceTimersByTimeAsync(400);
    await source.close();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(runs.notices).toEqual([]);
    expect(runs.all).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});
