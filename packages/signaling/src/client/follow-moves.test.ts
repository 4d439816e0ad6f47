import { expect, it } from 'vitest';
import { followMoves, type LostServer } from './lost-server.js';

const { signal } = new AbortController();
const lost = (url: string, movedTo?: string) => ({ url, movedTo }) as LostServer;

it('tries where the server moved to, where it was, and where it was at first, in turn', async () => {
  const locate = followMoves('ws://first');
  const moved = lost('ws://second', 'ws://third');
  const tries = [];
  for (let count = 0; count < 4; count += 1) tries.push(await locate(moved, signal));
  expect(tries).toEqual(['ws://third', 'ws://second', 'ws://first', 'ws://third']);
  expect(await locate(lost('ws://third'), signal)).toBe('ws://third');
});

it('is not led from TLS into the clear', async () => {
  const locate = followMoves('wss://first#pin');
  const moved = lost('wss://first#pin', 'ws://elsewhere');
  expect([await locate(moved, signal), await locate(moved, signal)]).toEqual([
    'wss://first#pin',
    'wss://first#pin',
  ]);
});
