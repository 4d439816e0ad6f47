import { micros, millis, toMillis } from '@hellohaybye/core';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Overdue, PATIENCE } from './overdue.js';

const patience = toMillis(PATIENCE);
const told: string[] = [];
let overdue: Overdue;
beforeEach(() => {
  vi.useFakeTimers();
  told.length = 0;
  overdue = new Overdue({ now: () => micros(Date.now() * 1000) }, (id) => told.push(id));
});
afterEach(() => void vi.useRealTimers());

it('tells once of who is waited for too long', () => {
  overdue.wait('anna');
  vi.advanceTimersByTime(patience - 10);
  expect(told).toEqual([]);
  vi.advanceTimersByTime(20);
  expect(told).toEqual(['anna']);
  overdue.wait('anna');
  vi.advanceTimersByTime(3 * patience);
  expect(told).toEqual(['anna']);
});

it('counts from when the waiting began, for each of them', () => {
  overdue.wait('anna');
  vi.advanceTimersByTime(patience / 2);
  overdue.wait('anna');
  overdue.wait('ben');
  vi.advanceTimersByTime(patience / 2 + 10);
  expect(told).toEqual(['anna']);
  vi.advanceTimersByTime(patience / 2);
  expect(told).toEqual(['anna', 'ben']);
});

it('tells nothing of who has come or gone in time, and again of who is waited for again', () => {
  overdue.wait('anna');
  overdue.wait('ben');
  vi.advanceTimersByTime(patience - 10);
  overdue.done('anna');
  vi.advanceTimersByTime(patience);
  expect(told).toEqual(['ben']);
  overdue.done('ben');
  overdue.wait('ben');
  vi.advanceTimersByTime(patience + 10);
  expect(told).toEqual(['ben', 'ben']);
});

it('keeps no timer once nobody is waited for', () => {
  overdue.wait('anna');
  overdue.wait('ben');
  overdue.clear();
  expect(vi.getTimerCount()).toBe(0);
  overdue.wait('anna');
  overdue.done('anna');
  expect(vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(3 * millis(patience));
  expect(told).toEqual([]);
});
