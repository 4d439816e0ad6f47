import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { seconds, millis, type Micros } from '@hellohaybye/core';
import type { Person } from '../protocol/types.js';
import { PeopleNews } from './people-news.js';

let told: [connection: number, messages: unknown[]][];
let news: PeopleNews;
beforeEach(() => {
  vi.useFakeTimers();
  told = [];
  const clock = { now: () => millis(performance.now()) as Micros };
  news = new PeopleNews(clock, seconds(1), (connection, frames) => {
    told.push([connection, frames.map((frame) => JSON.parse(frame.subarray(2).toString()) as unknown)]);
  });
});
afterEach(() => {
  news.close();
  vi.useRealTimers();
});

const person = (id: string, muted: boolean) =>
  ({ type: 'person', person: { id, name: id, state: { muted } } as unknown as Person }) as const;

it('the first change is told at once, and those of the next second together, each person once', () => {
  news.add([1, 2], person('a', true));
  expect(told).toEqual([
    [1, [person('a', true)]],
    [2, [person('a', true)]],
  ]);
  told.length = 0;
  for (let times = 0; times < 100; times += 1) news.add([1, 2], person('b', times % 2 === 0));
  news.add([1, 2, 3], { type: 'person-gone', id: 'a' });
  expect(told).toEqual([]);
  vi.advanceTimersByTime(1000);
  const gone = { type: 'person-gone', id: 'a' };
  expect(told).toEqual([
    [1, [person('b', false), gone]],
    [2, [person('b', false), gone]],
    [3, [gone]],
  ]);
});

it('what changes nothing that is shown is no news', () => {
  news.add([1], person('a', true));
  vi.advanceTimersByTime(5000);
  told.length = 0;
  news.add([1], person('a', true));
  expect(told).toEqual([]);
});

it('who began to watch between two changes is told of the second, though it takes back the first', () => {
  news.add([1], person('a', false));
  news.add([1], person('a', true));
  news.add([1, 2], person('a', false));
  told.length = 0;
  vi.advanceTimersByTime(1000);
  expect(told).toEqual([
    [1, [person('a', false)]],
    [2, [person('a', false)]],
  ]);
});
