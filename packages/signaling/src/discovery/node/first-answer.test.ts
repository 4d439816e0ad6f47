import { expect, it } from 'vitest';
import { firstAnswer } from './first-answer.js';

const never = (signal: AbortSignal) =>
  new Promise<undefined>((resolve) => signal.addEventListener('abort', () => resolve(undefined)));
const silent = () => Promise.resolve(undefined);
const broken = () => Promise.reject(new Error('broken'));

it('gives the first answer, and ends the other attempts', async () => {
  let ended = false;
  const waiting = (signal: AbortSignal) => never(signal).finally(() => (ended = true));
  expect(await firstAnswer([waiting, silent, broken, () => Promise.resolve('here')])).toBe('here');
  await Promise.resolve();
  expect(ended).toBe(true);
});

it('gives nothing when nobody answers, is asked, or has answered until the signal', async () => {
  expect(await firstAnswer([silent, broken])).toBeUndefined();
  expect(await firstAnswer([])).toBeUndefined();
  const ending = new AbortController();
  const asked = firstAnswer([never, never], ending.signal);
  ending.abort();
  expect(await asked).toBeUndefined();
});
