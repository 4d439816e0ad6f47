import { expect, it } from 'vitest';
import type { LostServer } from './lost-server.js';
import { spreadOut } from './spread-out.js';

const lostServer = (hostedBy?: string) => ({ url: 'ws://a', hostedBy }) as LostServer;
const { signal } = new AbortController();
const wait = async (locate: ReturnType<typeof spreadOut>, lost: LostServer) => {
  const began = performance.now();
  await locate(lost, signal);
  return performance.now() - began;
};

it('the first tries of many are spread, and later ones and those of a host’s clients are not held up', async () => {
  const first = await Promise.all(
    Array.from({ length: 100 }, () =>
      wait(
        spreadOut(() => Promise.resolve('ws://b')),
        lostServer(),
      ),
    ),
  );
  expect(Math.max(...first) - Math.min(...first)).toBeGreaterThan(50);
  const locate = spreadOut(() => Promise.resolve('ws://b'));
  const lost = lostServer();
  await locate(lost, signal);
  const soon = [...(await Promise.all([wait(locate, lost), wait(locate, lostServer('anna'))]))];
  expect(Math.max(...soon)).toBeLessThan(40);
});
